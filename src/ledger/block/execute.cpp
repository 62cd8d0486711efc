// The phases of a block that consensus decided.
#include "base/check.h"
#include "ledger/block/block.h"
#include "ledger/distribution/rewards.h"
#include "ledger/params/stored_params.h"
#include "ledger/proposals/proposals.h"
#include "ledger/slashing/slashing.h"
#include "ledger/staking/end_block.h"
#include "market/block/block.h"

namespace steelyard::block {
namespace {

using ledger::Context;
using ledger::Params;

/// Nothing that a phase does can fail: the rules bound what it computes with, and no gas is
/// counted.
template <typename T>
T must(Outcome<T> outcome) {
    CHECK(outcome.has_value());
    if constexpr (!std::is_void_v<T>) {
        return *std::move(outcome);
    }
}

/// Phase B1.
void take_beacon(Context& context, const chain::Block& block) {
    CHECK(!block.txs.empty());
    const chain::Header& header = block.header;
    const Result<beacon::Value> value =
        check_beacon(context.state, header.proposer_address, header.height, block.txs.front());
    CHECK(value.has_value());
    must(beacon::advance(context, *value));
}

/// Phase B2.
void mint(Context& context) {
    const chain::Amount amount = ledger::minted_at(context.params, context.block.height);
    if (amount.is_zero()) {
        return;
    }
    const auto collector =
        must(bank::module_party(context.state, distribution::fee_collector_name));
    must(bank::mint(context, collector, amount));
}

/// Phase B3. Who has been removed since the last block has no part.
void share_rewards(Context& context, std::span<const chain::CommitParticipant> participants) {
    std::vector<distribution::Share> shares;
    for (const chain::CommitParticipant& participant : participants) {
        const auto number =
            must(staking::find_by_consensus_address(context.state, participant.address));
        const auto validator = number ? must(staking::get_validator(context.state, *number))
                                      : std::optional<staking::Validator>();
        if (validator && participant.power > 0) {
            shares.push_back(
                {.validator = *number,
                 .operator_address = validator->operator_address,
                 .power = participant.power,
                 .commission_rate = validator->commission.rate}
            );
        }
    }
    must(distribution::allocate(context, shares));
}

/// Phases B1 to B6.
void begin(
    Context& context,
    const chain::Block& block,
    const std::optional<chain::VerifiedCommit>& last_commit
) {
    take_beacon(context, block);
    mint(context);
    if (last_commit) {
        share_rewards(context, last_commit->participants());
        must(slashing::judge_signatures(context, last_commit->participants()));
    }
    must(slashing::punish(context, block.evidence));
    must(staking::keep_historical_info(context, block.header));
}

/// Phase B8.
void trade(Context& context, market::Books& books, const chain::Address& proposer_address) {
    const auto number = must(staking::find_by_consensus_address(context.state, proposer_address));
    market::ProposerRow proposer;
    for (const auto& [validator, power] : must(staking::active_set(context.state))) {
        proposer.total_power += static_cast<std::uint64_t>(power);
        if (number && validator == *number) {
            proposer.validator = validator;
            proposer.power = static_cast<std::uint64_t>(power);
        }
    }
    market::end_block(context, books, proposer);
}

/// Phase B9: what takes effect holds from B10 on.
void change_params(Context& context, Params& params, chain::ConsensusParamsUpdate& update) {
    std::optional<Params> next = must(proposals::end_block(context));
    if (!next) {
        return;
    }
    must(ledger::store_params(context.state, *next));
    if (next->block != params.block) {
        update.block = next->block;
    }
    if (next->evidence != params.evidence) {
        update.evidence = next->evidence;
    }
    params = *std::move(next);
}

/// A slash has events for each that it hits, however many these are; who reads the results takes
/// no more than this.
void clip_events(ledger::Events& events) {
    if (events.size() > abci::BlockResults::events_max) {
        events.resize(abci::BlockResults::events_max);
    }
}

}  // namespace

abci::BlockResults execute(
    StateView& state,
    const chain::Block& block,
    const std::optional<chain::VerifiedCommit>& last_commit,
    const Tools& tools
) {
    state.set_meter(nullptr);
    const ledger::BlockInfo info{
        .chain_id = block.header.chain_id,
        .height = block.header.height,
        .time = block.header.time,
    };
    Params params = must(ledger::load_params(state));
    abci::BlockResults results;
    Context context{state, results.events, info, params, true, tools.verifier};
    begin(context, block, last_commit);
    results.tx_results.reserve(block.txs.size());
    results.tx_results.emplace_back();  // the beacon
    const pipeline::RunOptions options{
        .scrutiny = {.signatures = &tools.signatures}, .verifier = tools.verifier
    };
    for (std::size_t i = 1; i < block.txs.size(); ++i) {
        const auto tx = tools.reader(block.txs[i], params);
        results.tx_results.push_back(
            tx ? pipeline::run_tx(state, info, params, **tx, options)
               : pipeline::refusal(tx.error(), 0, 0)
        );
    }
    trade(context, tools.books, block.header.proposer_address);
    change_params(context, params, results.params_update);
    must(staking::end_matured(context));
    staking::SetChange change = must(staking::draw_active_set(context));
    must(slashing::watch(context, change.bonded));
    results.validator_updates = std::move(change.updates);
    clip_events(results.events);
    return results;
}

}  // namespace steelyard::block
