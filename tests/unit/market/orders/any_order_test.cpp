// The order of transactions in a block is worth nothing (C2), and what the market promises about
// prices and money holds whatever happens: with single orders, arrays and asks of several accounts,
// cancellations, and jobs that go every way they can. Each block of it is checked for M1 to M6.
#include "tests/unit/market/orders/trading_day.h"

#include <gmock/gmock.h>

namespace steelyard::market {
namespace {

constexpr int blocks = 14;

std::vector<std::string> story_of(std::uint64_t seed, std::uint64_t mixing) {
    TradingDay day;
    test::Dice dice(seed);
    test::Dice mixer(mixing);
    for (int i = 0; i < blocks; ++i) {
        const auto messages = day.draw_block(dice);
        day.run_block(mixing == 0 ? messages : shuffled(messages, mixer));
    }
    return day.story();
}

TEST(AnyOrder, C2_of_transactions_gives_the_same_trades) {
    std::size_t trades = 0;
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
        const auto usual = story_of(seed, 0);
        for (std::uint64_t mixing = 1; mixing <= 3; ++mixing) {
            ASSERT_THAT(story_of(seed, mixing), testing::ElementsAreArray(usual))
                << "seed " << seed << ", mixing " << mixing;
        }
        trades += static_cast<std::size_t>(std::ranges::count_if(usual, [](const auto& line) {
            return line.find(" for ") != std::string::npos;
        }));
    }
    EXPECT_GT(trades, 100U) << "or nothing was tested";
}

/// All money that people and the market have, and what was burned.
Money all_money(TradingDay& day) {
    Money sum = day.bench.burned();
    constexpr int workers = 1'000;
    for (int person = 0; person <= workers + TradingDay::providers; ++person) {
        if (const auto number = auth::find(day.bench.state(), day.bench.address(person)).value()) {
            sum += day.bench.balance(*number);
        }
    }
    for (const std::string_view name : auth::module_names) {
        sum += day.bench.balance(
            auth::find(day.bench.state(), auth::module_address(name)).value().value()
        );
    }
    return sum;
}

Money least_price(Price price, WorkUnits units) {
    return std::max<Money>((price * units + 999'999) / 1'000'000, 10'000);
}

TEST(AnyOrder, E1_E2_nobody_pays_over_his_limit_or_earns_below_his_ask) {
    std::map<JobState, int> ends;
    for (std::uint64_t seed = 100; seed < 105; ++seed) {
        TradingDay day;
        const Money before = all_money(day);
        test::Dice dice(seed);
        for (int i = 0; i < 2 * blocks; ++i) {
            day.run_block(day.draw_block(dice));
            ASSERT_EQ(all_money(day), before) << "seed " << seed;
        }
        day.bench.end_blocks(450);  // a commit's window and a proof's

        ASSERT_EQ(all_money(day), before) << "seed " << seed;
        for (const auto& [name, id] : day.orders) {
            const Order order = day.bench.order_of(id);
            ASSERT_TRUE(order.is_final) << "no state is for ever";
            ASSERT_EQ(order.budget, 0U);
            for (std::uint32_t task = 0; task < order.next_task; ++task) {
                const Job job = day.bench.job({id.order, task});
                ++ends[job.state];
                ASSERT_LE(job.paid, least_price(order.limit, order.work_units));
                if (job.state == JobState::settled) {
                    const Price asked = job.match->ask.row.price;
                    ASSERT_EQ(job.paid, least_price(asked, order.work_units));
                    ASSERT_LE(asked, order.limit);
                } else {
                    ASSERT_EQ(job.paid, 0U);
                }
            }
        }
        for (int person = 1; person <= TradingDay::providers; ++person) {
            ASSERT_EQ(day.bench.provider(day.bench.person(person)).reserved, 0U);
        }
    }
    for (const JobState end :
         {JobState::settled, JobState::cancelled, JobState::expired, JobState::slashed}) {
        EXPECT_GT(ends[end], 3) << to_string(end);
    }
}

}  // namespace
}  // namespace steelyard::market
