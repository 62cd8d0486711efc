// StoredChain: the chain of a node as block sync extends it: checked, stored and applied.
#pragma once

#include "consensus/engine/block_executor.h"
#include "consensus/sync/ports.h"

namespace steelyard::sync {

/// All of these outlive it. The engine may use them as well, while block sync does not append.
class StoredChain final : public Chain {
public:
    struct Parts {
        engine::BlockExecutor& executor;
        storage::BlockStore& blocks;
        engine::Observer* observer = nullptr;  ///< told of every block
    };

    /// Applies a block that a crash left stored and not applied.
    static Result<std::unique_ptr<StoredChain>> open(const Parts& parts);

    const consensus::ChainState& state() const override { return parts_.executor.state(); }
    Result<void> append(const DecidedBlock& decided) override;

private:
    explicit StoredChain(const Parts& parts) : parts_(parts) {}

    Parts parts_;
};

}  // namespace steelyard::sync
