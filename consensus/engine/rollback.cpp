#include "consensus/engine/rollback.h"

namespace steelyard::engine {
namespace {

using chain::Height;

/// The state before the last block, from what its header and the rows of its height say.
Result<consensus::ChainState> state_before(
    const consensus::ChainState& state, const StateStore& states, const storage::BlockStore& blocks
) {
    const Height height = state.last_height.previous();
    TRY_ASSIGN(const auto undone, blocks.load_meta(state.last_height));
    TRY_ASSIGN(const auto last, blocks.load_meta(height));
    TRY_ASSIGN(auto last_validators, states.load_validators(height));
    TRY_ASSIGN(auto params, states.load_params(state.last_height));
    return consensus::ChainState{
        .chain_id = state.chain_id,
        .initial_height = state.initial_height,
        .last_height = height,
        .last_block_id = last.block_id,
        .last_block_time = last.header.time,
        .last_validators = std::move(last_validators),
        .validators = *state.last_validators,
        .next_validators = state.validators,
        .consensus_params = std::move(params),
        .app_version = state.app_version,
        .last_results_hash = undone.header.last_results_hash,
        .app_hash = undone.header.app_hash,
    };
}

Result<void> forget_log(Directory& log) {
    TRY_ASSIGN(const auto names, log.list());
    for (const std::string& name : names) {
        TRY(log.remove(name));
    }
    return log.sync();
}

}  // namespace

Result<RollbackOutcome> roll_back(
    StateStore& states, storage::BlockStore& blocks, Directory& log, RollbackDepth depth
) {
    TRY_ASSIGN(auto state, states.load_state());
    const storage::BlockRange range = blocks.range();
    if (!state || state->last_height <= state->initial_height) {
        return invalid("there is no height to go back to");
    }
    const bool is_stored_only = range.tip == state->next_height();
    if (!is_stored_only && range.tip != state->last_height) {
        return fail(
            ErrorCode::corrupt,
            "the state is at height {}, the block store at {}",
            state->last_height,
            range.tip
        );
    }
    if (!is_stored_only) {
        TRY_ASSIGN(state, state_before(*state, states, blocks));
        TRY(states.save_state(*state));
    }
    if (depth == RollbackDepth::block) {
        TRY(forget_log(log));
        TRY(blocks.remove_tip());
    }
    return RollbackOutcome{state->last_height, state->app_hash};
}

}  // namespace steelyard::engine
