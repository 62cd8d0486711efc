// What the rows of the index say about one condition of a query.
#pragma once

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

/// The hits of one condition by rising heights.
class HitSource {
public:
    virtual ~HitSource() = default;

    /// Goes to the first height that is not less; it never goes back. Nothing: there is none.
    virtual Result<std::optional<chain::Height>> seek(chain::Height height) = 0;

    /// Appends the indexes at the height that `seek` went to, rising.
    virtual Result<void> append_indexes(std::vector<std::uint32_t>& out) = 0;
};

/// For a tag and a value: one row a height, in their order.
std::unique_ptr<HitSource> exact_source(
    const storage::KvStore& store,
    SearchCost& cost,
    Table table,
    std::string_view tag,
    std::string_view value
);

/// For other conditions: reads all values of the tag that may fulfil it.
Result<std::unique_ptr<HitSource>> scan_source(
    const storage::KvStore& store,
    SearchCost& cost,
    Table table,
    const Condition& condition,
    const HeightSpan& span
);

}  // namespace steelyard::index
