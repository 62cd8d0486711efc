#include "tests/sim/cluster.h"
#include "tests/sim/oracles/oracles.h"

namespace steelyard::sim {
namespace {

using consensus::Candidates;
using consensus::Deferred;
using consensus::VoteKeeper;

/// Rounds with votes: those behind, the current one and its successor, those that are kept, and per
/// validator some far ahead.
std::size_t rounds_max(std::size_t validators) {
    constexpr std::size_t kept = 2;
    return VoteKeeper::rounds_behind_max + 2 + kept + VoteKeeper::far_rounds_max * validators;
}

/// Prevotes and precommits, in each round some values of each validator: two, and at most two more
/// that more than a third of the power stands behind.
constexpr std::size_t votes_per_validator_max =
    2 * (consensus::VoteSet::values_per_validator_max + 2);

class BoundedMemory final : public Oracle {
public:
    std::string_view name() const override { return "bounded memory"; }

    Finding on_handled(const Cluster& cluster, NodeIndex node) override {
        const engine::Engine* engine = cluster.node(node).engine();
        if (!engine || !engine->state().current || !cluster.is_correct(node)) {
            return {};
        }
        const consensus::HeightState& current = *engine->state().current;
        const std::size_t validators = current.validators().size();
        const std::size_t votes_max = rounds_max(validators) * validators * votes_per_validator_max;
        if (current.votes.size() > votes_max) {
            return exceeds(node, "votes", current.votes.size(), votes_max);
        }
        if (current.candidates.size() > Candidates::count_max) {
            return exceeds(node, "blocks", current.candidates.size(), Candidates::count_max);
        }
        const std::size_t deferred_max = Deferred::messages_per_peer_max * cluster.size();
        if (engine->state().deferred.size() > deferred_max) {
            return exceeds(node, "deferred", engine->state().deferred.size(), deferred_max);
        }
        return {};
    }

private:
    static std::string exceeds(
        NodeIndex node, std::string_view what, std::size_t count, std::size_t limit
    ) {
        return fmt::format("node {} holds {} {}, limit {}", node, count, what, limit);
    }
};

}  // namespace

std::unique_ptr<Oracle> make_bounded_memory() {
    return std::make_unique<BoundedMemory>();
}

}  // namespace steelyard::sim
