// Going back by one height: what an operator does after an application went wrong.
#pragma once

#include "consensus/engine/log_file.h"
#include "consensus/engine/state_store.h"
#include "storage/block_store.h"

namespace steelyard::engine {

/// Whether the last block goes too.
enum class RollbackDepth : std::uint8_t {
    state,  ///< it is executed again at the next start
    block,  ///< it is agreed on again: for when the block itself is at fault
};

struct RollbackOutcome {
    chain::Height height{};  ///< where the chain's state is now
    chain::AppHash app_hash{};
};

/// Puts the state of a node that does not run back by one height, as CometBFT's rollback does. The
/// application is not touched: it must be able to execute the block again, or be put back too. The
/// signer keeps its memory: nothing that was signed is signed again otherwise. With `block` the
/// write-ahead log is removed, since it ends after a height that is gone. If a crash left a block
/// stored and not applied, then the state is back already; with `block`, that block goes.
/// Invalid at the chain's first height.
Result<RollbackOutcome> roll_back(
    StateStore& states, storage::BlockStore& blocks, Directory& log, RollbackDepth depth
);

}  // namespace steelyard::engine
