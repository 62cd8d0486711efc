#include "tests/sim/ledger/ledger_node.h"

namespace steelyard::sim {
namespace {

constexpr std::size_t txs_max = 6;

test::TrafficOptions traffic_options(const Town& town) {
    test::TrafficOptions options;
    auto& unjail = options.weights.at(static_cast<std::size_t>(test::Wish::unjail));
    unjail *= 5;  // seeds are short
    options.restraint = {
        .operators_max = town.nodes(),
        .changes_consensus = false,  // the oracles know those of the genesis
    };
    return options;
}

}  // namespace

Result<std::unique_ptr<LedgerNode>> LedgerNode::open(const Setup& setup) {
    std::unique_ptr<LedgerNode> node(new LedgerNode(setup));
    TRY_ASSIGN(
        node->inner_,
        ledger::Application::open(
            setup.store, std::make_unique<test::PeopleProver>(setup.town.people())
        )
    );
    return node;
}

Result<abci::PreparedTxs> LedgerNode::prepare_proposal(const abci::ProposalRequest& request) {
    abci::ProposalRequest with_txs = request;
    const auto height = static_cast<std::uint64_t>(request.height.value());
    test::Dice dice(stream(setup_.seed, "traffic", height).next_u64());
    TRY(inner_->look([&](ledger::StateView& state, const ledger::BlockInfo& last) {
        const ledger::BlockInfo block{last.chain_id, request.height, request.time};
        test::Traffic traffic(setup_.town.people(), traffic_options(setup_.town));
        with_txs.txs = traffic.draw(state, block, dice.index(txs_max + 1), dice);
    }));
    return inner_->prepare_proposal(with_txs);
}

Result<abci::BlockResults> LedgerNode::finalize_block(
    const chain::Block& block, const std::optional<chain::VerifiedCommit>& last_commit
) {
    TRY_ASSIGN(abci::BlockResults results, inner_->finalize_block(block, last_commit));
    height_ = block.header.height;
    if (setup_.is_correct) {
        setup_.town.note_executed(setup_.node, block, results);
    }
    return results;
}

Result<void> LedgerNode::commit() {
    TRY(inner_->commit());
    if (setup_.is_correct) {
        TRY(inner_->look([&](ledger::StateView& state, const ledger::BlockInfo&) {
            setup_.town.note_committed(setup_.node, height_, state);
        }));
    }
    return {};
}

}  // namespace steelyard::sim
