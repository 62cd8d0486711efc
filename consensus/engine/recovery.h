// What a start does about the crash that may have come before it: a block that is stored but not
// applied; and Pending, what a replay of the log asks for that the log does not hold the answer to.
#pragma once

#include "consensus/core/effect.h"
#include "consensus/engine/block_executor.h"

namespace steelyard::engine {

/// A crash may come after a decided block is stored and before it is applied: applies it, and tells
/// the observer, if there is one. Corrupt: stores that no crash leaves so.
Result<void> apply_stored_block(
    BlockExecutor& executor, const storage::BlockStore& blocks, Observer* observer
);

/// A replay repeats the steps of the last run, and so its effects. Those that reached the outside
/// then, or that the log answers, are not repeated; the others are what the crash left undone.
class Pending {
public:
    void add(consensus::Effects effects);

    /// An input of the log is about to be repeated: it may be an answer.
    void settle(const consensus::Event& event);

    /// What is left to do, in order.
    consensus::Effects take() { return std::move(effects_); }

private:
    consensus::Effects effects_;
};

}  // namespace steelyard::engine
