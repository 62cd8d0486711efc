// What the index needs of the node: the blocks that it has indexed, and what they gave.
#pragma once

#include "abci/block_results.h"
#include "chain/block.h"
#include "storage/block_store.h"

namespace steelyard::index {

/// The committed blocks. Thread-safe. Errors as BlockStore's: not_found where a height is not there
/// or not any more.
class BlockSource {
public:
    virtual ~BlockSource() = default;

    virtual storage::BlockRange range() const = 0;
    virtual Result<chain::Block> load_block(chain::Height height) const = 0;
    virtual Result<abci::BlockResults> load_results(chain::Height height) const = 0;
};

}  // namespace steelyard::index
