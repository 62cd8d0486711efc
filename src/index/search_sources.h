// What the rows of the index say about one condition of a query.
#pragma once

#include "index/clauses.h"
#include "index/rows.h"
#include "index/search.h"

namespace steelyard::index {

/// The heights that a search looks at, both ends included.
struct HeightSpan {
    chain::Height first{};
    chain::Height last{};

    bool empty() const { return first > last; }
};

/// Counts what a search costs.
class SearchCost {
public:
    SearchCost(const SearchLimits& limits, const Clock& clock)
        : limits_(limits), clock_(clock), start_(clock.monotonic_now()) {}

    Result<void> row();
    Result<void> hits(std::uint64_t count);

private:
    const SearchLimits& limits_;
    const Clock& clock_;
    std::chrono::nanoseconds start_;
    std::uint64_t rows_ = 0;
    std::uint64_t hits_ = 0;
};

/// The events that fulfil a clause, by rising heights.
class HitSource {
public:
    virtual ~HitSource() = default;

    /// Goes to the first height that is not less; it never goes back. Nothing: there is none.
    virtual Result<std::optional<chain::Height>> seek(chain::Height height) = 0;

    /// Appends the events at the height that `seek` went to, rising.
    virtual Result<void> append_places(std::vector<EventPlace>& out) = 0;
};

/// For a tag and a value: one row a height, in their order.
std::unique_ptr<HitSource> exact_source(
    const storage::KvStore& store,
    SearchCost& cost,
    Table table,
    std::string_view tag,
    std::string_view value
);

/// For other clauses: reads all values of the tag that may fulfil it.
Result<std::unique_ptr<HitSource>> scan_source(
    const storage::KvStore& store,
    SearchCost& cost,
    Table table,
    const ValueClause& clause,
    const HeightSpan& span
);

/// The events that all sources have, of which there is at least one.
std::unique_ptr<HitSource> joined_source(std::vector<std::unique_ptr<HitSource>> sources);

/// The first height, from this one on, that is not known to be missing in some source.
Result<std::optional<chain::Height>> seek_all(
    std::span<const std::unique_ptr<HitSource>> sources, chain::Height height
);

}  // namespace steelyard::index
