#include "tests/sim/oracles/vote_book.h"

#include "tests/sim/cluster.h"
#include "tests/sim/oracles/judge.h"

namespace steelyard::sim {
namespace {

constexpr std::int64_t heights_remembered = 16;

}  // namespace

void VoteBook::note(const Cluster& cluster, NodeIndex knower, const chain::Vote& vote) {
    const std::int64_t ahead = vote.height.value() - cluster.node(knower).height().value();
    if (ahead < 1 || ahead > heights_ahead_max) {
        return;
    }
    if (const auto node = voter(cluster, vote)) {
        Votes& votes = known_[knower];
        votes.erase(votes.begin(), votes.lower_bound({cluster.node(knower).height()}));
        votes[{vote.height, vote.round, vote.type}][vote.block_id].insert(*node);
    }
}

std::optional<NodeIndex> VoteBook::voter(const Cluster& cluster, const chain::Vote& vote) {
    auto& voters = voters_[vote.height];
    if (const auto found = voters.find(vote); found != voters.end()) {
        return found->second;
    }
    const Roster roster = roster_of(cluster, vote.height);
    const Member* member = roster.find(vote.validator_address);
    const bool is_good = member && is_signed(cluster, vote, member->key);
    const auto node = is_good ? std::optional(member->node) : std::nullopt;
    voters.emplace(vote, node);
    while (voters_.size() > heights_remembered) {
        voters_.erase(voters_.begin());
    }
    return node;
}

chain::VotingPower VoteBook::power_for(
    const Cluster& cluster, NodeIndex knower, const Slot& slot, const chain::BlockId& block
) const {
    const auto votes = known_.find(knower);
    if (votes == known_.end()) {
        return 0;
    }
    const auto found = votes->second.find(slot);
    static const std::map<Value, std::set<NodeIndex>> none;
    const auto& by_value = found == votes->second.end() ? none : found->second;
    std::set<NodeIndex> voters;
    if (const auto of_block = by_value.find(block); of_block != by_value.end()) {
        voters = of_block->second;
    }
    const bool voted_otherwise = std::ranges::any_of(by_value, [&](const auto& entry) {
        return entry.first != block && entry.second.contains(knower);
    });
    if (!voted_otherwise) {
        voters.insert(knower);
    }
    chain::VotingPower power = 0;
    for (const Member& member : roster_of(cluster, slot.height).members) {
        power += voters.contains(member.node) ? member.power : 0;
    }
    return power;
}

}  // namespace steelyard::sim
