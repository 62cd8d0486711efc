// Client: follows a chain by its headers, through providers of which one may be honest.
//
// doc/spec/light-client.md has the rules. Security rests on: less than a third of the validators of
// a header being faulty until its trusting period is over, and one provider being honest.
#pragma once

#include "consensus/light/detector.h"
#include "consensus/light/trusted_store.h"

namespace steelyard::light {

enum class Mode : std::uint8_t {
    skipping,    ///< as few blocks as the signatures allow
    sequential,  ///< every block
};

struct ClientOptions {
    chain::ChainId chain_id{};
    TrustAnchor anchor{};
    VerifyOptions verify{};
    Mode mode = Mode::skipping;

    /// How old the latest block of a healthy node gets.
    std::chrono::nanoseconds max_block_lag = std::chrono::seconds(10);

    /// How many blocks the store keeps.
    std::size_t stored_blocks_max = 1'000;
};

/// A provider that was given up, and why.
struct DroppedProvider {
    std::string name;
    std::string reason;

    bool operator==(const DroppedProvider&) const = default;
};

/// Used by one thread. All time comes in as arguments; calls last as long as providers take.
class Client {
public:
    static constexpr std::size_t providers_max = 32;

    /// Opens the client over its store. The first provider is the primary, the others, at least
    /// one, are witnesses; all of them, and the store, outlive the client.
    ///
    /// An anchor that the store was started from, or that it holds, changes nothing and asks
    /// nobody. Any other one makes the store start anew from the anchor's block, once a provider
    /// has given the block, its validators have signed it, and no witness has another one.
    static Result<std::unique_ptr<Client>> open(
        ClientOptions options,
        std::vector<Provider*> providers,
        storage::KvStore& store,
        chain::Timestamp now
    );

    /// The block of a height, from the store or verified now and stored. Errors:
    ///   not_found, io  no provider has it, no witness has confirmed it, one has not come so far
    ///                  yet, or its time has not come: ask again later, and often;
    ///   too_large      it is too far away: verify a nearer one first;
    ///   denied         trust has expired, there is an attack(), or fewer than two providers are
    ///                  left: a person must decide;
    ///   invalid        the providers sent wrong blocks;
    ///   corrupt, ...   the store failed.
    Result<chain::LightBlock> verify_at(chain::Height height, chain::Timestamp now);

    /// Verifies the primary's latest block and returns it, or nothing if it is not a newer one.
    /// A block that a witness had not come to is tried again before a later one is.
    Result<std::optional<chain::LightBlock>> update(chain::Timestamp now);

    const TrustedStore& store() const { return store_; }

    /// The latest trusted block.
    Result<chain::LightBlock> latest() const { return store_.load(store_.last()); }

    /// Once set, the client verifies nothing more: of two histories with enough signatures it
    /// cannot know the right one. Calls of verify_at and update then only hand over evidence that a
    /// provider has not taken yet: a node cannot judge it before the next block is committed.
    const std::optional<Attack>& attack() const { return attack_; }

    /// The primary, then the witnesses.
    std::vector<std::string> providers() const;
    const std::vector<DroppedProvider>& dropped() const { return dropped_; }

private:
    struct Member {
        Provider* provider;

        /// The first height that it was found not to have, and when. A witness that has it not
        /// either after a while is dropped.
        struct Lag {
            chain::Height height;
            chain::Timestamp since;
        };
        std::optional<Lag> lag{};
    };

    struct Report {
        Provider* receiver;
        chain::LightClientAttackEvidence evidence;
    };

    Client(ClientOptions options, std::vector<Provider*> providers, TrustedStore store);

    Result<void> check_anchor(chain::Timestamp now);
    Result<void> check_ready();

    Result<std::optional<chain::LightBlock>> advance(
        const chain::LightBlock& trusted, std::optional<chain::Height> height, chain::Timestamp now
    );
    Result<Trace> find_path(
        Provider& primary,
        const chain::LightBlock& trusted,
        std::optional<chain::Height> height,
        chain::Timestamp now
    ) const;
    Result<chain::LightBlock> descend(
        const chain::LightBlock& trusted, chain::Height height, chain::Timestamp now
    );

    template <typename T, typename Attempt>
    Result<T> try_providers(Attempt attempt);

    Result<void> confirm_anchor(const chain::LightBlock& block);
    Result<void> cross_check(const Trace& trace, chain::Timestamp now);
    bool lags_too_long(
        Member& witness, const Testimony& testimony, chain::Height height, chain::Timestamp now
    ) const;
    Result<void> halt(Attack attack, Provider& witness);
    void hand_over_reports();
    void drop(std::size_t index, std::string_view reason);

    ClientOptions options_;
    std::vector<Member> members_;  ///< the primary first
    TrustedStore store_;
    std::vector<DroppedProvider> dropped_;
    std::optional<chain::Height> awaited_;  ///< the block that a witness had not come to
    std::optional<Attack> attack_;
    std::vector<Report> reports_;  ///< that no receiver has taken
};

}  // namespace steelyard::light
