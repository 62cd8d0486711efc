// Chains of light blocks for tests, whose validators change as a test says, and providers of them.
#pragma once

#include "consensus/light/ports.h"
#include "tests/support/chain_builders.h"

#include <map>
#include <set>

namespace steelyard::test {

/// A validator: the number of its key, as in private_key, and its power.
struct Seat {
    int number = 0;
    crypto::KeyType type = crypto::KeyType::secp256k1;
    chain::VotingPower power = 10;
};
using Seats = std::vector<Seat>;

enum class KeyMix : std::uint8_t { secp256k1, ed25519, mixed };
std::string_view to_string(KeyMix mix);

/// Validators numbered from `first` on, with these powers.
Seats seats(
    int first, const std::vector<chain::VotingPower>& powers, KeyMix mix = KeyMix::secp256k1
);

/// What is special about a block. Without anything, its validators are those that the block before
/// named, they stay, all of them sign in round 0, and it comes a minute after the one before.
struct BlockPlan {
    std::optional<Seats> validators{};
    std::optional<Seats> next{};
    std::set<int> absent{};  ///< the numbers of those that do not sign
    chain::Round round{};
    chain::Timestamp time{};  ///< zero: a minute after the one before
    int state = 0;            ///< another number: another application hash, as liars state it
    int data = 0;             ///< another number: other transactions
};

/// Heights from 1 on without a gap. Block h has the time `time_after(60 * h)` unless planned
/// otherwise.
class LightChain {
public:
    LightChain(const chain::ChainId& chain_id, Seats first) : chain_id_(chain_id), next_(first) {}

    void append(const BlockPlan& plan = {});

    /// Blocks without anything special, up to a height.
    void grow_to(std::int64_t height);

    /// The blocks up to a height, to go on from differently.
    LightChain up_to(std::int64_t height) const;

    std::int64_t tip() const { return static_cast<std::int64_t>(blocks_.size()); }
    const chain::LightBlock& at(std::int64_t height) const;
    const Seats& seats_at(std::int64_t height) const;
    chain::Hash256 hash_at(std::int64_t height) const { return at(height).signed_header().hash(); }

private:
    chain::ChainId chain_id_;
    Seats next_;
    std::vector<chain::LightBlock> blocks_;
    std::vector<Seats> seats_;
};

/// Serves blocks, or not, and keeps the evidence that it was handed.
class FakeProvider final : public light::Provider {
public:
    FakeProvider(std::string name, const LightChain& chain);

    std::string name() const override { return name_; }
    Result<chain::LightBlock> light_block(std::optional<chain::Height> height) override;
    Result<void> report_evidence(const chain::LightClientAttackEvidence& evidence) override;

    /// From now on it has the blocks of this chain.
    void serve(const LightChain& chain);

    /// Gives `block` where `height` is asked for.
    void put(std::int64_t height, const chain::LightBlock& block);
    void forget(std::int64_t height) { blocks_.erase(height); }

    /// Fails from now on; nothing: works again.
    void fail_with(std::optional<Error> error) { failure_ = std::move(error); }

    /// Refuses evidence, or takes it again.
    void refuse_evidence(bool refuse) { refuses_evidence_ = refuse; }

    const std::vector<chain::LightClientAttackEvidence>& evidence() const { return evidence_; }
    std::size_t requests() const { return requests_; }

private:
    std::string name_;
    std::map<std::int64_t, chain::LightBlock> blocks_;
    std::optional<Error> failure_;
    bool refuses_evidence_ = false;
    std::vector<chain::LightClientAttackEvidence> evidence_;
    std::size_t requests_ = 0;
};

}  // namespace steelyard::test
