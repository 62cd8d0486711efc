// VoteBook: the votes with good signatures that each correct node may know.
#pragma once

#include "tests/sim/oracle.h"
#include "tests/sim/oracles/roster.h"

#include <map>

namespace steelyard::sim {

class VoteBook {
public:
    /// Heights after its own about which a node is expected to remember anything.
    static constexpr std::int64_t heights_ahead_max = 3;

    /// A node has got a vote, or sent its own. Strangers' votes and bad signatures are passed over.
    void note(const Cluster& cluster, NodeIndex knower, const chain::Vote& vote);

    /// The power of those whose vote for the block the node may know. Its own counts unless it was
    /// seen to vote for something else: a crash may come between signing and sending.
    struct Slot {
        chain::Height height{};
        chain::Round round{};
        chain::SignedMsgType type = chain::SignedMsgType::prevote;

        auto operator<=>(const Slot&) const = default;
    };
    chain::VotingPower power_for(
        const Cluster& cluster, NodeIndex knower, const Slot& slot, const chain::BlockId& block
    ) const;

private:
    using Value = std::optional<chain::BlockId>;
    using Votes = std::map<Slot, std::map<Value, std::set<NodeIndex>>>;

    /// The validator that cast the vote, if it did.
    std::optional<NodeIndex> voter(const Cluster& cluster, const chain::Vote& vote);

    std::map<NodeIndex, Votes> known_;
    std::map<chain::Height, std::map<chain::Vote, std::optional<NodeIndex>>> voters_;
};

}  // namespace steelyard::sim
