#include "tests/sim/ledger/ledger_node.h"

namespace steelyard::sim {
namespace {

constexpr std::size_t txs_max = 6;

/// Of the market's transactions, which a Byzantine proposer leaves out.
constexpr std::uint64_t left_out = 500;

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
            setup.store,
            std::make_unique<test::PeopleProver>(setup.town.people()),
            {.verifier = std::make_shared<test::TruthVerifier>()}
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
        draw_market(state, block, dice, with_txs.txs);
    }));
    return inner_->prepare_proposal(with_txs);
}

void LedgerNode::draw_market(
    const ledger::StateView& state,
    const ledger::BlockInfo& block,
    test::Dice& dice,
    std::vector<Bytes>& txs
) const {
    const test::Crowd* crowd = setup_.town.crowd();
    if (crowd == nullptr) {
        return;
    }
    for (Bytes& tx : crowd->draw(state, block, dice)) {
        if (setup_.is_correct || !dice.chance(left_out)) {
            txs.push_back(std::move(tx));
        }
    }
}

Result<abci::BlockResults> LedgerNode::finalize_block(
    const chain::Block& block, const std::optional<chain::VerifiedCommit>& last_commit
) {
    TRY_ASSIGN(abci::BlockResults results, inner_->finalize_block(block, last_commit));
    if (setup_.is_correct) {
        setup_.town.note_executed(setup_.node, block, results);
    }
    return results;
}

Result<void> LedgerNode::commit() {
    TRY(inner_->commit());
    if (setup_.is_correct) {
        TRY(inner_->look([&](ledger::StateView& state, const ledger::BlockInfo& block) {
            setup_.town.note_committed(setup_.node, block, state);
        }));
        TRY_ASSIGN(const bool has_sound_books, inner_->has_sound_books());
        if (!has_sound_books) {
            setup_.town.find(fmt::format("M6: node {} has other books than its state", setup_.node)
            );
        }
    }
    return {};
}

}  // namespace steelyard::sim
