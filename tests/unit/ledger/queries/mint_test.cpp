#include "cosmos/mint/v1beta1/query.pb.h"
#include "tests/unit/ledger/queries/query_bench.h"

namespace steelyard::queries {
namespace {

using namespace cosmos::mint::v1beta1;
using chain::Amount;
using chain::Height;

class MintQueries : public QueryTest {
protected:
    MintQueries() {
        bench.params.mint = {{Height(1), Amount(100)}, {Height(11), Amount(5)}};
        bench.block.height = Height(9);
        endow(1, "63072000000uyard");
    }

    std::string inflation() {
        return ask<QueryInflationResponse>(
            "/cosmos.mint.v1beta1.Query/Inflation", QueryInflationRequest()
        );
    }

    std::string annual_provisions() {
        return ask<QueryAnnualProvisionsResponse>(
            "/cosmos.mint.v1beta1.Query/AnnualProvisions", QueryAnnualProvisionsRequest()
        );
    }
};

TEST_F(MintQueries, give_the_present_step_of_the_schedule) {
    EXPECT_EQ(annual_provisions(), "annual_provisions: \"3153600000000000000000000000\"");
    EXPECT_EQ(inflation(), "inflation: \"50000000000000000\"") << "5 % of twenty years' worth";

    bench.block.height = Height(10);

    EXPECT_EQ(annual_provisions(), "annual_provisions: \"157680000000000000000000000\"");
    EXPECT_EQ(inflation(), "inflation: \"2500000000000000\"");
}

TEST_F(MintQueries, give_zeros_where_nothing_is_minted) {
    bench.params.mint.clear();

    EXPECT_EQ(annual_provisions(), "annual_provisions: \"0\"");
    EXPECT_EQ(inflation(), "inflation: \"0\"");
}

TEST_F(MintQueries, give_zeros_where_no_fraction_holds_the_answer) {
    bench.params.mint = {{Height(1), Amount(1'000'000'000'000'000)}};

    EXPECT_EQ(annual_provisions(), "annual_provisions: \"0\"");
}

TEST_F(MintQueries, give_parameters) {
    EXPECT_EQ(
        ask<QueryParamsResponse>("/cosmos.mint.v1beta1.Query/Params", QueryParamsRequest()),
        "params { mint_denom: \"uyard\" inflation_rate_change: \"0\" "
        "inflation_max: \"50000000000000000\" inflation_min: \"50000000000000000\" "
        "goal_bonded: \"0\" blocks_per_year: 31536000 }"
    );
}

}  // namespace
}  // namespace steelyard::queries
