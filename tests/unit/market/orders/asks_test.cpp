// Asks (doc/spec/market.md, O1, O3, J5, K6, C5).
#include "market/orders/orders.h"
#include "market/records/counters.h"
#include "tests/support/market/market_bench.h"
#include "tests/unit/market/outcomes.h"

#include <limits>

namespace steelyard::market {
namespace {

using test::MarketBench;

constexpr auto u32_max = std::numeric_limits<std::uint32_t>::max();
constexpr auto u64_max = std::numeric_limits<std::uint64_t>::max();

class Asks : public testing::Test {
protected:
    std::string post(
        AccountNumber account,
        Price price,
        WorkUnits units,
        std::uint32_t lifetime = 10,
        BookId book = {ClassId{1}}
    ) {
        const auto id = bench.run([&](Context& context) {
            return post_ask(context, account, book, price, units, lifetime);
        });
        if (id) {
            last = {.row = {.book = book, .price = price, .posted = bench.block.height}, .id = *id};
        }
        return code_of(id);
    }

    std::string cancel(AccountNumber account, const AskKey& key) {
        return code_of(bench.run([&](Context& context) { return cancel_ask(context, account, key); }
        ));
    }

    bool stands(const AskKey& key) { return get_ask(bench.state(), key).value().has_value(); }

    std::string last_action() {
        const std::string text = last_event(bench.events, "ask");
        return text.substr(0, text.find(' '));
    }

    MarketBench bench{};
    AccountNumber provider = bench.make_provider(1);
    AccountNumber other = bench.make_provider(3);
    AccountNumber user = bench.person(2);
    AskKey last{};
};

TEST_F(Asks, stand_where_their_key_says) {
    EXPECT_EQ(post(provider, 7, 1'000), "");

    const Ask ask = get_ask(bench.state(), last).value().value();
    EXPECT_EQ(ask.provider, provider);
    EXPECT_EQ(ask.owner, bench.address(1));
    EXPECT_EQ(ask.work_units, 1'000U);
    EXPECT_EQ(ask.last, Height(bench.block.height.value() + 10));
    EXPECT_EQ(
        last_event(bench.events, "ask"),
        fmt::format(
            "action=posted id=1 provider={} class=1 price=7 height={} work_units=1000",
            ledger::account_text(bench.address(1)),
            bench.block.height
        )
    );
    bench.end_block();
}

TEST_F(Asks, O1_have_prices_work_units_and_lifetimes_in_range) {
    EXPECT_EQ(post(provider, 0, 1), "market/18");
    EXPECT_EQ(post(provider, price_max, 1), "");
    EXPECT_EQ(post(provider, price_max + 1, 1), "market/18");
    EXPECT_EQ(post(provider, u64_max, 1), "market/18");
    EXPECT_EQ(post(provider, 1, 0), "market/18");
    EXPECT_EQ(post(provider, 1, ask_work_units_max), "");
    EXPECT_EQ(post(provider, 1, ask_work_units_max + 1), "market/18");
    EXPECT_EQ(post(provider, 1, u64_max), "market/18");
    EXPECT_EQ(post(provider, 1, 1, 100'000), "");
    EXPECT_EQ(post(provider, 1, 1, 100'001), "market/18");
    EXPECT_EQ(post(provider, 1, 1, u32_max), "market/18");
    EXPECT_EQ(post(provider, 1, 1, 0, {ClassId{2}}), "market/2");
    EXPECT_EQ(post(provider, 1, 1, 0, {ClassId{u32_max}}), "market/2");
    EXPECT_EQ(post(provider, 1, 1, 0, {ClassId{1}, static_cast<Product>(2)}), "market/18");
    EXPECT_EQ(post(user, 1, 1), "market/8");
    bench.end_block();
}

TEST_F(Asks, O1_cost_gas_for_each_block) {
    const auto gas_of = [&](std::uint32_t lifetime) {
        ledger::GasMeter meter(u64_max);
        bench.state().set_meter(&meter);
        const auto mark = bench.state().mark();
        EXPECT_EQ(post(provider, 1, 1, lifetime), "");
        bench.state().roll_back(mark);
        bench.state().set_meter(nullptr);
        return meter.used();
    };

    EXPECT_EQ(gas_of(120) - gas_of(20), 100U);
}

TEST_F(Asks, O1_of_no_lifetime_are_for_one_clearing) {
    EXPECT_EQ(post(provider, 1'000, 1'000'000, 0), "");
    const AskKey ask = last;
    const JobId now = bench.order(user, bench.terms(1'000));
    bench.end_block();
    EXPECT_EQ(bench.job(now).state, JobState::matched);
    EXPECT_TRUE(stands(ask)) << "it is swept a block later";

    const JobId later = bench.order(user, bench.terms(1'000));
    bench.end_block();
    EXPECT_EQ(bench.job(later).state, JobState::open);
    EXPECT_FALSE(stands(ask));
    EXPECT_EQ(last_action(), "action=expired");
}

TEST_F(Asks, O3_count_with_orders) {
    for (int i = 0; i < 64; ++i) {
        ASSERT_EQ(post(provider, 1, 1), "");
    }
    EXPECT_EQ(post(provider, 1, 1), "market/19");
    EXPECT_EQ(
        code_of(bench.run([&](Context& context) {
            return post_order(context, provider, bench.terms(1));
        })),
        "market/19"
    );
    EXPECT_EQ(cancel(provider, last), "");
    EXPECT_EQ(post(provider, 1, 1), "");
}

TEST_F(Asks, are_cancelled_at_once_by_their_provider) {
    EXPECT_EQ(post(provider, 5, 1), "");
    const AskKey key = last;
    AskKey wrong = key;
    wrong.row.price = 6;

    EXPECT_EQ(cancel(other, key), "market/21");
    EXPECT_EQ(cancel(user, key), "market/21");
    EXPECT_EQ(cancel(provider, wrong), "market/33");
    wrong = key;
    wrong.id = OrderId{99};
    EXPECT_EQ(cancel(provider, wrong), "market/33");
    wrong = key;
    wrong.row.posted = Height(0);
    EXPECT_EQ(cancel(provider, wrong), "market/33");
    wrong = key;
    wrong.row.book.class_id = ClassId{2};
    EXPECT_EQ(cancel(provider, wrong), "market/33");

    EXPECT_EQ(cancel(provider, key), "");
    EXPECT_EQ(last_action(), "action=cancelled");
    EXPECT_EQ(cancel(provider, key), "market/33");
    EXPECT_EQ(get_counters(bench.state(), provider).value().open, 0U);
    bench.end_block();
}

TEST_F(Asks, C5_close_without_work_units) {
    EXPECT_EQ(post(provider, 1'000, 2'000), "");
    const AskKey key = last;
    bench.order(user, bench.terms(1'000));
    bench.end_block();
    EXPECT_EQ(get_ask(bench.state(), key).value()->work_units, 1'000U);

    bench.order(user, bench.terms(1'000));
    bench.end_block();

    EXPECT_FALSE(stands(key));
    EXPECT_EQ(last_action(), "action=sold");
}

TEST_F(Asks, O3_behind_the_best_close) {
    bench.params.market.book_side_max = 16;
    EXPECT_EQ(post(other, 1'000, 1'000), "");
    const AskKey worst = last;
    for (int i = 0; i < 16; ++i) {
        ASSERT_EQ(post(provider, 100, 1'000), "");
    }

    bench.end_block();

    EXPECT_FALSE(stands(worst)) << "though it was the first";
    EXPECT_TRUE(stands(last));
    EXPECT_EQ(last_action(), "action=displaced");
    EXPECT_EQ(get_counters(bench.state(), other).value().open, 0U);
}

TEST_F(Asks, K6_of_a_jailed_provider_are_void_and_none_are_taken) {
    EXPECT_EQ(post(provider, 1, 1), "");
    const AskKey key = last;
    const auto slash = [&] {
        ASSERT_TRUE(bench.run([&](Context& context) {
            return slash_provider(context, provider, user, 1'000'000, 1);
        }));
    };
    slash();

    EXPECT_EQ(post(provider, 1, 1), "market/10");
    ASSERT_TRUE(bench.run([&](Context& context) { return unjail_provider(context, provider); }));
    EXPECT_EQ(post(provider, 2, 1), "");
    const AskKey after = last;
    bench.end_block();
    EXPECT_FALSE(stands(key));
    EXPECT_EQ(last_action(), "action=void");
    EXPECT_TRUE(stands(after));

    slash();
    slash();
    EXPECT_EQ(post(provider, 1, 1), "market/11");
}

TEST_F(Asks, J5_that_are_void_are_not_matched_though_they_still_stand) {
    bench.params.market.sweep_max = 100;
    EXPECT_EQ(post(provider, 1'000, 1'000'000), "");
    const AskKey key = last;
    for (int i = 0; i < 2; ++i) {  // the sweep has more to do than it may in a block
        const AccountNumber many = bench.person(20 + i);
        for (int j = 0; j < 60; ++j) {
            OrderTerms terms = bench.terms(1);
            terms.lifetime = 0;
            bench.order(many, terms);
        }
    }
    bench.end_block();
    ASSERT_TRUE(bench.run([&](Context& context) { return void_asks(context, provider); }));
    const JobId id = bench.order(user, bench.terms(1'000));

    bench.end_block();

    EXPECT_TRUE(stands(key));
    EXPECT_EQ(bench.job(id).state, JobState::open);
    EXPECT_EQ(cancel(provider, key), "") << "its provider may still take it away";
    bench.end_blocks(2);
    EXPECT_FALSE(stands(key));
}

}  // namespace
}  // namespace steelyard::market
