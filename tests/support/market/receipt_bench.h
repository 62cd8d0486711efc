// ReceiptBench: the state of a market in a state tree, and a signed block whose header names it.
#pragma once

#include "market/receipt/document.h"
#include "storage/memory_store.h"
#include "storage/state_tree.h"
#include "tests/support/chain_builders.h"
#include "tests/support/market/market_bench.h"

namespace steelyard::test {

class ReceiptBench {
public:
    static constexpr chain::Height state_height{6};

    MarketBench market{};

    /// Providers, and an order of user 10 that is matched.
    market::JobId matched();

    /// Goes on until the job is in a state, for at most 1,000 blocks (CHECKed).
    void go_on_to(const market::JobId& id, market::JobState state);

    /// What the market has now becomes the state of a height, and the next block is signed.
    void commit();

    const chain::LightBlock& block() const { return *block_; }
    const storage::StateTree& tree() const { return *tree_; }
    market::ProvenRecord record(std::string_view store, ByteView key) const;
    Result<std::string> document(const market::JobId& id) const;

private:
    storage::MemoryStore disk_{};
    std::unique_ptr<storage::StateTree> tree_{};
    std::optional<chain::LightBlock> block_{};
};

}  // namespace steelyard::test
