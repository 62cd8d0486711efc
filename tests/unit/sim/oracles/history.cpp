#include "tests/unit/sim/oracles/history.h"

#include "tests/sim/mock_signatures.h"
#include "tests/support/chain_builders.h"

namespace steelyard::sim {
namespace {

Options one_of_four_byzantine() {
    Options options = calm_options(7);
    options.byzantine.push_back({History::byzantine, "silent"});
    return options;
}

template <typename Signed>
Signed sign_with(const Cluster& cluster, NodeIndex node, Signed one) {
    const Options& options = cluster.options();
    const auto key = make_key(options.signatures, options.seed, node);
    one.signature = key->sign(sign_bytes(one, cluster.genesis().chain_id));
    return one;
}

}  // namespace

History::History(std::unique_ptr<Oracle> oracle)
    : cluster_(one_of_four_byzantine(), false), oracle_(std::move(oracle)) {
}

chain::Address History::address(NodeIndex node) const {
    return cluster_.node(node).public_key().address();
}

chain::Vote History::vote(
    chain::SignedMsgType type, NodeIndex node, int round, std::optional<chain::BlockId> block
) const {
    const auto validators = chain::initial_validators(cluster_.genesis());
    const auto index = validators.value().index_of(address(node));
    return sign(
        node,
        {
            .type = type,
            .height = chain::Height(1),
            .round = chain::Round(round),
            .block_id = std::move(block),
            .timestamp = test::time_after(round),
            .validator_address = address(node),
            .validator_index = index.value(),
        }
    );
}

chain::Vote History::prevote(NodeIndex node, int round, std::optional<chain::BlockId> block) const {
    return vote(chain::SignedMsgType::prevote, node, round, std::move(block));
}

chain::Vote History::precommit(NodeIndex node, int round, std::optional<chain::BlockId> block)
    const {
    return vote(chain::SignedMsgType::precommit, node, round, std::move(block));
}

chain::Vote History::sign(NodeIndex node, chain::Vote vote) const {
    return sign_with(cluster_, node, std::move(vote));
}

chain::Proposal History::sign(NodeIndex node, chain::Proposal proposal) const {
    return sign_with(cluster_, node, std::move(proposal));
}

Oracle::Finding History::sends(NodeIndex node, const consensus::Message& message) {
    return oracle_->on_sent(cluster_, {node, std::nullopt, message});
}

Oracle::Finding History::gets(NodeIndex node, const consensus::Message& message, NodeIndex from) {
    return oracle_->on_delivered(cluster_, {from, node, message});
}

Oracle::Finding History::commits(NodeIndex node, const chain::Block& block) {
    const auto id = chain::block_id(block.header, chain::make_part_set(block));
    const auto commit = chain::Commit::make(
        block.header.height, chain::Round(0), id, std::vector<chain::CommitSig>(4)
    );
    return oracle_->on_committed(cluster_, {node, block, commit.value(), {}});
}

Oracle::Finding History::restarts(NodeIndex node) {
    return oracle_->on_started(cluster_, node);
}

class Recording::Recorder final : public Oracle {
public:
    explicit Recorder(std::vector<RecordedCommit>& commits) : commits_(commits) {}

    std::string_view name() const override { return "recorder"; }

    Finding on_committed(const Cluster&, const Committed& committed) override {
        const auto height = static_cast<std::size_t>(committed.block.header.height.value());
        if (height == commits_.size() + 1) {
            commits_.push_back(
                {committed.node, committed.block, committed.commit, committed.results}
            );
        }
        return {};
    }

private:
    std::vector<RecordedCommit>& commits_;
};

Recording::Recording(const Options& options, std::size_t blocks)
    : cluster_(std::make_unique<Cluster>(options, false)) {
    cluster_->add_oracle(std::make_unique<Recorder>(commits_));
    cluster_->start_all();
    while (commits_.size() < blocks && cluster_->run_next(std::chrono::hours(1))) {
    }
}

Recording::~Recording() = default;

}  // namespace steelyard::sim
