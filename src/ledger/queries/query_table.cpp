#include "ledger/queries/query_table.h"

#include "base/check.h"

#include <algorithm>
#include <array>
#include <vector>

namespace steelyard::queries {
namespace {

/// A line for each service: what stands here must be built.
constexpr std::array services = {
    &auth_queries,
    &bank_queries,
    &beacon_queries,
    &delegation_queries,
    &distribution_queries,
    &mint_queries,
    &params_queries,
    &slashing_queries,
    &staking_queries,
    &tx_queries,
};

std::vector<QueryMethod> joined() {
    std::vector<QueryMethod> all;
    for (const auto& service : services) {
        const std::span<const QueryMethod> methods = service();
        all.insert(all.end(), methods.begin(), methods.end());
    }
    std::ranges::sort(all, {}, &QueryMethod::path);
    CHECK(std::ranges::adjacent_find(all, {}, &QueryMethod::path) == all.end());
    return all;
}

}  // namespace

const QueryMethod* find_query_method(std::string_view path) {
    static const std::vector<QueryMethod> table = joined();
    const auto place = std::ranges::lower_bound(table, path, {}, &QueryMethod::path);
    return place != table.end() && place->path == path ? &*place : nullptr;
}

}  // namespace steelyard::queries
