// cosmos.mint.v1beta1.Query. There is a schedule here and no inflation that follows the bonded
// part; what explorers ask for is answered as of the schedule's present step.
#include "cosmos/mint/v1beta1/query.pb.h"
#include "ledger/bank/bank.h"
#include "ledger/params/stored_params.h"
#include "ledger/queries/typed_query.h"

#include <array>

namespace steelyard::queries {
namespace {

using namespace cosmos::mint::v1beta1;
using chain::Amount;
using chain::Dec;

/// Of one second each, between the paces of a busy and of an idle chain as nodes come configured.
constexpr std::uint64_t blocks_per_year = 365 * 86'400;

/// What a year of blocks like the next one mints. Steps are bounded, so that an Amount holds it;
/// what no Dec holds is answered as zero.
Dec annual_provisions_of(const Asked& asked) {
    const Amount each = minted_at(asked.params, asked.block.height.next());
    const auto year = checked_mul(each, blocks_per_year);
    CHECK(year.has_value());
    return Dec::from_amount(*year).value_or(Dec());
}

/// A year's part of the supply; zero where there is none.
Answer<Dec> inflation_of(const Asked& asked) {
    const chain::Denom denom = chain::Denom::parse(ledger::base_denom).value();
    TRY_ASSIGN(const Amount supply, bank::supply(asked.state, denom));
    return divide(annual_provisions_of(asked), supply).value_or(Dec());
}

Answer<QueryParamsResponse> params(const Asked& asked, const QueryParamsRequest&) {
    TRY_ASSIGN(const Dec inflation, inflation_of(asked));
    QueryParamsResponse response;
    Params& out = *response.mutable_params();
    out.set_mint_denom(std::string(ledger::base_denom));
    out.set_inflation_rate_change("0");
    out.set_inflation_max(to_wire(inflation));
    out.set_inflation_min(to_wire(inflation));
    out.set_goal_bonded("0");
    out.set_blocks_per_year(blocks_per_year);
    return response;
}

Answer<QueryInflationResponse> inflation(const Asked& asked, const QueryInflationRequest&) {
    TRY_ASSIGN(const Dec inflation, inflation_of(asked));
    QueryInflationResponse response;
    response.set_inflation(to_wire(inflation));
    return response;
}

Answer<QueryAnnualProvisionsResponse>
annual_provisions(const Asked& asked, const QueryAnnualProvisionsRequest&) {
    QueryAnnualProvisionsResponse response;
    response.set_annual_provisions(to_wire(annual_provisions_of(asked)));
    return response;
}

}  // namespace

std::span<const QueryMethod> mint_queries() {
    static const std::array methods = {
        query_method<QueryParamsRequest, params>("/cosmos.mint.v1beta1.Query/Params"),
        query_method<QueryInflationRequest, inflation>("/cosmos.mint.v1beta1.Query/Inflation"),
        query_method<QueryAnnualProvisionsRequest, annual_provisions>(
            "/cosmos.mint.v1beta1.Query/AnnualProvisions"
        ),
    };
    return methods;
}

}  // namespace steelyard::queries
