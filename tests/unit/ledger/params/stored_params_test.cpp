#include "ledger/params/stored_params.h"

#include "tests/unit/ledger/map_state.h"

#include <gtest/gtest.h>

namespace steelyard::ledger {
namespace {

TEST(StoredParams, come_back_as_they_were_stored) {
    Bench bench;
    Params params;
    params.staking.max_validators = 7;

    ASSERT_TRUE(store_params(bench.state, params));

    EXPECT_EQ(load_params(bench.state).value(), params);
}

TEST(StoredParams, mint_the_amount_of_the_last_step) {
    Params params;
    params.mint = {{chain::Height(5), chain::Amount(10)}, {chain::Height(9), chain::Amount(3)}};

    EXPECT_EQ(minted_at(params, chain::Height(4)), chain::Amount());
    EXPECT_EQ(minted_at(params, chain::Height(5)), chain::Amount(10));
    EXPECT_EQ(minted_at(params, chain::Height(8)), chain::Amount(10));
    EXPECT_EQ(minted_at(params, chain::Height(9)), chain::Amount(3));
}

}  // namespace
}  // namespace steelyard::ledger
