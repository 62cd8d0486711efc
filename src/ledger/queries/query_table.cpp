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
    &market_book_queries,
    &market_order_queries,
    &market_party_queries,
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

Answer<Bytes> ask(
    const QueryMethod& method, const Asked& asked, ByteView request, std::uint64_t gas_max
) {
    ledger::GasMeter meter(gas_max);
    asked.state.set_meter(&meter);
    auto answer = method.answer(asked, request);
    asked.state.set_meter(nullptr);
    if (!answer && meter.used() > meter.limit()) {
        return std::unexpected(QueryFailure(
            Status::resource_exhausted,
            fmt::format(
                "the answer takes more than {} gas of reading: ask for less at once", gas_max
            )
        ));
    }
    return answer;
}

}  // namespace steelyard::queries
