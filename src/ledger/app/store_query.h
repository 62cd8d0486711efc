// Questions for records as they lie in the stores, with proofs.
#pragma once

#include "abci/application.h"
#include "storage/state_tree.h"

namespace steelyard::ledger {

/// Answers `/store/<name>/key` at a height from `oldest_provable` on. With `prove`, the ops are
/// `ics23:iavl` (the key, or its absence, under the store's root) and `ics23:simple` (the root
/// under the app hash, which the next height's header holds); of an empty store the second alone.
abci::QueryResult query_store(
    const storage::StateTree& tree, const abci::QueryRequest& request, chain::Height height
);

/// Whether it is a path of that kind.
bool is_store_path(std::string_view path);

}  // namespace steelyard::ledger
