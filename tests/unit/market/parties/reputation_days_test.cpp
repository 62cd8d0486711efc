// Reputation where the parameters change how long a day is.
#include "market/parties/reputation.h"

#include "tests/unit/ledger/map_state.h"

#include <gtest/gtest.h>

namespace steelyard::market {
namespace {

constexpr AccountNumber provider{1};
constexpr ClassId class_id{1};

TEST(ReputationDays, may_begin_again) {
    ledger::Bench bench;
    bench.block.height = Height(10 * 86'400);
    ASSERT_TRUE(note_failure(bench.context, provider, class_id, false));
    ASSERT_EQ(get_standing(bench.state, provider, class_id).value().day, 10U);

    bench.params.market.nominal_block_ms = 500;  // this is day 5 now
    const auto before = reputation_of(bench.state, provider, class_id, bench.block.height, 500);
    const auto noted = note_failure(bench.context, provider, class_id, false);

    ASSERT_TRUE(before);
    EXPECT_EQ(before->f, q32_one) << "nothing decays";
    ASSERT_TRUE(noted);
    EXPECT_EQ(
        get_standing(bench.state, provider, class_id).value(),
        (Standing{.day = 5, .f = 2 * q32_one})
    );
}

}  // namespace
}  // namespace steelyard::market
