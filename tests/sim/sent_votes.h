// SentVotes: the votes that have left nodes, to count those that contradict each other.
#pragma once

#include "chain/vote.h"

#include <map>
#include <set>
#include <tuple>

namespace steelyard::sim {

class SentVotes {
public:
    /// The most steps that are remembered; beyond, the lowest heights are forgotten.
    static constexpr std::size_t steps_max = 4'096;

    /// Whether the vote's validator has said another one in this step, and this one not yet.
    /// Signatures are not looked at.
    bool contradicts(const chain::Vote& vote);

private:
    using Step = std::tuple<chain::Height, chain::Round, chain::SignedMsgType, chain::Address>;

    std::map<Step, std::set<std::optional<chain::BlockId>>> values_;
};

}  // namespace steelyard::sim
