#include "tests/unit/sim/strategies/probe.h"

#include "tests/sim/oracles/roster.h"

namespace steelyard::sim {
namespace {

constexpr NodeIndex byzantine = 3;

class Watcher final : public Oracle {
public:
    explicit Watcher(Seen& seen) : seen_(seen) {}

    std::string_view name() const override { return "watcher"; }

    Finding on_sent(const Cluster& cluster, const Sent& sent) override {
        if (const auto* vote = std::get_if<chain::Vote>(&sent.message)) {
            const bool is_own =
                vote->validator_address == cluster.node(sent.from).public_key().address();
            if (is_own && sent.from == byzantine) {
                on_byzantine_vote(cluster, *vote);
            } else if (is_own && vote->type == chain::SignedMsgType::precommit) {
                precommits_[{vote->height, vote->round}][sent.from] = vote->block_id.has_value();
            }
        }
        const auto* proposal = std::get_if<chain::Proposal>(&sent.message);
        if (proposal && sent.from == byzantine) {
            auto& blocks = proposed_[{proposal->height, proposal->round}];
            blocks.insert(proposal->block_id);
            seen_.double_proposals += blocks.size() == 2 ? 1 : 0;
            seen_.unfit_pol_rounds += proposal->pol_round ? 1 : 0;
        }
        return {};
    }

    Finding on_committed(const Cluster& cluster, const Committed& committed) override {
        if (committed.node == 0) {
            ++seen_.commits;
            const auto address = cluster.node(byzantine).public_key().address();
            const auto& signatures = committed.commit.signatures();
            const bool has_signed = std::ranges::any_of(signatures, [&](const auto& signature) {
                return signature.is_for_block() && signature.validator_address() == address;
            });
            seen_.unsigned_commits += has_signed ? 0 : 1;
        }
        return {};
    }

    Finding on_reported(const Cluster& cluster, const Reported& reported) override {
        if (cluster.is_correct(reported.by) && reported.peer == byzantine) {
            seen_.reports.insert(reported.error.message());
        }
        return {};
    }

    Finding at_end(const Cluster& cluster) override {
        for (const auto& [round, by_node] : precommits_) {
            const auto count =
                std::ranges::count_if(by_node, [](const auto& e) { return e.second; });
            seen_.lonely_precommits += count == 1 && by_node.size() + 1 == cluster.size() ? 1 : 0;
        }
        return {};
    }

private:
    void on_byzantine_vote(const Cluster& cluster, const chain::Vote& vote) {
        const std::int64_t ahead = vote.height.value() - cluster.highest().value();
        seen_.distant_votes += ahead > 2 || vote.round.value() > 50 ? 1 : 0;
        seen_.later_votes += vote.round.value() > 0 ? 1 : 0;
        const auto now = chain::Timestamp::from_wall(Clock::Wall(simulation_epoch + cluster.now()));
        const auto difference = chain::checked_sub(vote.timestamp, now);
        const bool is_far = !difference || *difference > std::chrono::hours(4) ||
                            *difference < -std::chrono::hours(4);
        seen_.strange_times += is_far ? 1 : 0;
    }

    using Place = std::pair<chain::Height, chain::Round>;

    Seen& seen_;
    std::map<Place, std::map<NodeIndex, bool>> precommits_;
    std::map<Place, std::set<chain::BlockId>> proposed_;
};

}  // namespace

Seen probe(const std::string& strategy, Permille loss) {
    Options options = calm_options(5);
    options.link.loss = loss;
    options.byzantine.push_back({byzantine, strategy});
    Cluster cluster(options, false);
    Seen seen;
    cluster.add_oracle(std::make_unique<Watcher>(seen));
    for (auto& oracle : make_oracles()) {
        cluster.add_oracle(std::move(oracle));
    }
    cluster.start_all();
    while (cluster.violations().empty() && cluster.run_next(std::chrono::seconds(400))) {
    }
    cluster.end();
    seen.counters = cluster.counters();
    seen.violations = cluster.violations();
    return seen;
}

}  // namespace steelyard::sim
