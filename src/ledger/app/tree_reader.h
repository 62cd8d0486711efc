// TreeReader: the records of a StateTree, as the ledger sees them.
#pragma once

#include "ledger/state/state_reader.h"
#include "storage/state_tree.h"

namespace steelyard::ledger {

/// What stands in the tree, prepared writes included. Reads by several threads are safe as long as
/// nobody changes the tree. A tree whose commit failed must not be read (CHECKed).
class TreeReader final : public StateReader {
public:
    /// The tree has the ledger's stores and outlives the reader.
    explicit TreeReader(const storage::StateTree& tree) : tree_(tree) {}

    std::optional<ByteView> get(Store store, ByteView key) const override;
    std::optional<RecordView> at_or_after(Store store, ByteView key) const override;

private:
    const storage::StateTree& tree_;
};

}  // namespace steelyard::ledger
