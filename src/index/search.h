// Searches in the index: which transactions or blocks fulfil a query, a page at a time.
#pragma once

#include "base/clock.h"
#include "index/block_cache.h"
#include "index/indexer.h"
#include "index/query.h"

namespace steelyard::index {

/// What a search may cost. One that would cost more ends in the error too_large, never in a part of
/// the answer.
struct SearchLimits {
    std::uint64_t rows_max = 2'000'000;  ///< of the index
    std::uint64_t hits_max = 2'000'000;
    std::chrono::nanoseconds time_max = std::chrono::seconds(5);
};

/// Which part of the hits is wanted.
struct PageRequest {
    static constexpr std::int64_t per_page_default = 30;
    static constexpr std::int64_t per_page_max = 100;

    /// From 1; nothing: the first. A page that does not exist is an error that names those that do.
    std::optional<std::int64_t> page{};

    /// Nothing or below 1: the default; above the most: the most.
    std::optional<std::int64_t> per_page{};

    bool descending = false;
};

/// A page of hits, and how many hits there are in all.
template <typename Hit>
struct SearchPage {
    std::vector<Hit> hits{};
    std::uint64_t total = 0;
};

/// Where hits `begin` to `end` of `total` stand on a page.
struct PageBounds {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};
Result<PageBounds> page_bounds(const PageRequest& request, std::uint64_t total);

/// Finds what is indexed at the call's beginning. Thread-safe.
class Searcher {
public:
    /// All of them outlive the Searcher.
    Searcher(
        const Indexer& indexer, BlockCache& blocks, const Clock& clock, SearchLimits limits = {}
    )
        : indexer_(indexer), blocks_(blocks), clock_(clock), limits_(limits) {}

    /// Each condition must be fulfilled by an attribute of the transaction's events that is to be
    /// indexed, by tx.hash or by tx.height.
    Result<SearchPage<TxPlace>> txs(const Query& query, const PageRequest& page) const;

    /// The same of a block's own events, with block.height.
    Result<SearchPage<chain::Height>> blocks(const Query& query, const PageRequest& page) const;

private:
    const Indexer& indexer_;
    BlockCache& blocks_;
    const Clock& clock_;
    SearchLimits limits_;
};

}  // namespace steelyard::index
