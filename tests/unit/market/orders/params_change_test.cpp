// Orders that were posted under other parameters than those they are matched and end under: no
// change of parameters may stop the chain.
#include "market/orders/orders.h"
#include "tests/support/market/market_bench.h"
#include "tests/unit/market/outcomes.h"

namespace steelyard::market {
namespace {

using test::MarketBench;

constexpr Price ask_price = 1'000'000;  // 1,000 uyard for the program's 1,000 work units

class ParamsChange : public testing::Test {
protected:
    void settle(const JobId& id) {
        ASSERT_EQ(bench.job(id).state, JobState::matched);
        bench.start(id);
        bench.commit(id);
        for (int i = 0; i < 10 && bench.job(id).state != JobState::challenged; ++i) {
            bench.end_block();
        }
        ASSERT_TRUE(bench.prove(id, ProofVerdict::right));
        bench.end_blocks(31);
        ASSERT_EQ(bench.job(id).state, JobState::settled);
    }

    MarketBench bench{};
    AccountNumber provider = bench.make_provider(1);
    AccountNumber user = bench.person(2);
};

TEST_F(ParamsChange, E2_a_job_never_costs_more_than_its_escrow) {
    const JobId id = bench.order(user, bench.terms(ask_price));
    bench.end_block();
    const Money escrow = bench.job(id).job_escrow;
    ASSERT_EQ(escrow, 10'000U);

    bench.params.market.min_job_price = 20'000;
    bench.ask(provider, ask_price, 1'000'000);
    bench.end_block();

    ASSERT_EQ(bench.job(id).state, JobState::matched);
    EXPECT_EQ(bench.job(id).match->price, escrow);
    EXPECT_EQ(bench.job(id).match->reserved, std::max<Money>(40 * escrow, 1'000'000));
    EXPECT_NE(last_event(bench.events, "trade").find("amount=10000 "), std::string::npos);
    settle(id);
    EXPECT_EQ(bench.job(id).paid, escrow);
}

TEST_F(ParamsChange, matches_what_has_more_work_units_than_new_orders_may) {
    const JobId id = bench.order(user, bench.terms(ask_price));
    bench.end_block();

    bench.params.market.job_work_units_max = 999;
    bench.ask(provider, ask_price, 1'000'000);
    EXPECT_EQ(
        code_of(bench.run([&](Context& context) {
            return post_order(context, user, bench.terms(ask_price));
        })),
        "market/18"
    );
    bench.end_block();

    settle(id);
}

}  // namespace
}  // namespace steelyard::market
