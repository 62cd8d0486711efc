#include "tests/sim/cluster.h"
#include "tests/sim/oracles/oracles.h"
#include "tests/sim/oracles/vote_book.h"

namespace steelyard::sim {
namespace {

using chain::Height;
using chain::Round;

class Locks final : public Oracle {
public:
    std::string_view name() const override { return "locks"; }

    Finding on_delivered(const Cluster& cluster, const Delivered& delivered) override {
        const auto* vote = std::get_if<chain::Vote>(&delivered.message);
        if (vote && cluster.is_correct(delivered.to)) {
            book_.note(cluster, delivered.to, *vote);
        }
        return {};
    }

    Finding on_sent(const Cluster& cluster, const Sent& sent) override {
        const auto* vote = std::get_if<chain::Vote>(&sent.message);
        const bool is_own =
            vote && cluster.is_correct(sent.from) &&
            vote->validator_address == cluster.node(sent.from).public_key().address();
        if (!is_own) {
            return {};
        }
        book_.note(cluster, sent.from, *vote);
        if (!vote->block_id || vote->height != cluster.node(sent.from).height().next()) {
            return {};
        }
        return vote->type == chain::SignedMsgType::precommit
                   ? on_precommit(cluster, sent.from, *vote)
                   : on_prevote(cluster, sent.from, *vote);
    }

private:
    /// What a node precommitted in its height, by round.
    struct Precommits {
        Height height{};
        std::map<Round, chain::BlockId> blocks{};
    };

    bool may_know_polka(
        const Cluster& cluster, NodeIndex node, const chain::Vote& vote, Round round
    ) const {
        const VoteBook::Slot slot{vote.height, round, chain::SignedMsgType::prevote};
        const auto power = book_.power_for(cluster, node, slot, *vote.block_id);
        return roster_of(cluster, vote.height).is_quorum(power);
    }

    Precommits& precommits_of(NodeIndex node, Height height) {
        Precommits& precommits = precommits_[node];
        if (precommits.height != height) {
            precommits = {.height = height};
        }
        return precommits;
    }

    /// L36: a polka of this round comes first.
    Finding on_precommit(const Cluster& cluster, NodeIndex node, const chain::Vote& vote) {
        precommits_of(node, vote.height).blocks.emplace(vote.round, *vote.block_id);
        if (may_know_polka(cluster, node, vote, vote.round)) {
            return {};
        }
        return fmt::format(
            "node {} precommitted at height {}, round {} without a polka",
            node,
            vote.height,
            vote.round
        );
    }

    /// L22 and L28: the lock is the block that it precommitted last.
    Finding on_prevote(const Cluster& cluster, NodeIndex node, const chain::Vote& vote) {
        const auto& blocks = precommits_of(node, vote.height).blocks;
        const auto later = blocks.lower_bound(vote.round);
        if (later == blocks.begin()) {
            return {};
        }
        const auto& [locked_round, locked] = *std::prev(later);
        if (locked == *vote.block_id) {
            return {};
        }
        for (Round round = locked_round; round < vote.round; round = round.next()) {
            if (may_know_polka(cluster, node, vote, round)) {
                return {};
            }
        }
        return fmt::format(
            "node {} prevoted at height {}, round {} against its lock of round {}",
            node,
            vote.height,
            vote.round,
            locked_round
        );
    }

    VoteBook book_;
    std::map<NodeIndex, Precommits> precommits_;
};

}  // namespace

std::unique_ptr<Oracle> make_locks() {
    return std::make_unique<Locks>();
}

}  // namespace steelyard::sim
