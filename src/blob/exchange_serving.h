// Serving: what peers want and ask for, and what they are given.
#pragma once

#include "blob/exchange_fetches.h"

namespace steelyard::blob {

/// A part of Exchange: single-threaded, no clock. What returns an error expects that the peer is
/// dropped.
class Serving {
public:
    using Time = Exchange::Time;

    Serving(ExchangeSender& sender, ExchangeFiles& files, Fetches& fetches)
        : sender_(sender), files_(files), fetches_(fetches) {}

    void add_peer(PeerId id) { askers_[id]; }
    void remove_peer(PeerId id, Time now);
    void drained(PeerId id);

    void receive(PeerId from, const Want& want, Time now);
    void receive(PeerId from, const Cancel& cancel, Time now);
    Result<void> receive(PeerId from, const GetTree& get);
    Result<void> receive(PeerId from, const GetGroup& get);

    /// A relay goes no further than the furthest of those that want it asks.
    void review_relay(const Hash256& id, Time now);

    /// The blob is whole here now: those who want it are told.
    void became_whole(const Hash256& id);

    // Answers of the files.
    void found(PeerId asker, std::span<const Hash256> whole, Time now);
    void tree_loaded(PeerId asker, const Hash256& id, Result<TreeMessage> tree);
    void group_loaded(PeerId asker, const GetGroup& asked, Result<GroupMessage> group);

    void add_to(ExchangeStats& stats) const;

private:
    /// What is read at a time for one peer: so one answer is under way while the next is read.
    static constexpr std::size_t loads_per_peer_max = 2;

    struct Wanted {
        enum class State : std::uint8_t { fresh, looked_for, not_here };

        Hash256 id{};
        std::uint32_t hops = 0;
        State state = State::fresh;
    };

    /// A question that is not answered.
    struct Request {
        Hash256 id{};
        std::optional<std::uint32_t> group{};  ///< nothing: the tree
        bool is_loading = false;
        std::optional<ExchangeMessage> answer{};  ///< when it is loaded

        /// Of what is loaded at once.
        std::size_t bytes_max() const {
            return group ? group_bytes_max : groups_max * sizeof(Hash256);
        }
    };

    struct Asker {
        std::deque<Wanted> wanted{};     ///< the youngest last
        bool is_looking = false;         ///< the files are asked which of them are here
        std::deque<Hash256> haves{};     ///< to be told
        std::deque<Request> requests{};  ///< answered in this order
    };

    Result<void> ask(PeerId from, Request request);
    Request* find_loading(PeerId id, const Hash256& blob, std::optional<std::uint32_t> group);
    void unwant(Asker& asker, const Hash256& id, Time now);
    std::size_t count_relays(const Asker& asker) const;
    void look(PeerId id, Asker& asker);
    void say_have(PeerId id, Asker& asker, const Hash256& blob);
    void pump(PeerId id, Asker& asker);
    bool send_answer(PeerId id, Asker& asker);
    void load();
    std::optional<bool> load_one(PeerId id, Asker& asker);
    void unload(Request& request);

    ExchangeSender& sender_;
    ExchangeFiles& files_;
    Fetches& fetches_;
    std::map<PeerId, Asker> askers_;
    PeerId turn_ = 0;               ///< who was read for last
    std::size_t loaded_bytes_ = 0;  ///< at most, of all that is loading or loaded
    std::uint64_t bytes_served_ = 0;
};

}  // namespace steelyard::blob
