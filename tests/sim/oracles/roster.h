// Roster: the validators of a height, computed from the schedule of powers alone.
#pragma once

#include "chain/validator.h"
#include "tests/sim/options.h"

namespace steelyard::sim {

class Cluster;

struct Member {
    NodeIndex node = 0;
    crypto::PublicKey key;
    chain::Address address{};
    chain::VotingPower power = 0;
};

/// In the order of a validator set: more power first, then the lower address.
struct Roster {
    std::vector<Member> members{};
    chain::VotingPower total = 0;

    const Member* find(const chain::Address& address) const;

    /// Whether `power` is more than two thirds of all.
    bool is_quorum(chain::VotingPower power) const;

    /// The header's validators_hash.
    chain::Hash256 hash() const;
};

/// A change that a block makes holds from two heights later on.
Roster make_roster(
    const Options& options, std::span<const crypto::PublicKey> keys, chain::Height height
);

Roster roster_of(const Cluster& cluster, chain::Height height);

}  // namespace steelyard::sim
