#include "tests/sim/oracles/roster.h"

#include "crypto/merkle.h"
#include "tests/sim/cluster.h"
#include "tests/sim/ledger/town.h"

namespace steelyard::sim {

const Member* Roster::find(const chain::Address& address) const {
    const auto found = std::ranges::find(members, address, &Member::address);
    return found == members.end() ? nullptr : &*found;
}

bool Roster::is_quorum(chain::VotingPower power) const {
    return power > 2 * (total - power);
}

chain::Hash256 Roster::hash() const {
    std::vector<Bytes> leaves;
    for (const Member& member : members) {
        leaves.push_back(encode_simple_validator(chain::Validator(member.key, member.power)));
    }
    return crypto::merkle_root(leaves);
}

Roster make_roster(
    const Options& options, std::span<const crypto::PublicKey> keys, chain::Height height
) {
    std::vector<chain::VotingPower> powers = options.powers;
    for (const PowerChange& change : options.power_changes) {
        if (change.height + 2 <= height.value()) {
            powers[change.node] = change.power;
        }
    }
    Roster roster;
    for (NodeIndex node = 0; node < powers.size(); ++node) {
        if (powers[node] > 0) {
            roster.members.push_back({node, keys[node], keys[node].address(), powers[node]});
            roster.total += powers[node];
        }
    }
    std::ranges::sort(roster.members, [](const Member& a, const Member& b) {
        return a.power != b.power ? a.power > b.power : a.address < b.address;
    });
    return roster;
}

Roster roster_of(const Cluster& cluster, chain::Height height) {
    if (const Town* town = cluster.town()) {
        return town->roster(height);
    }
    return make_roster(cluster.options(), cluster.chain().keys, height);
}

}  // namespace steelyard::sim
