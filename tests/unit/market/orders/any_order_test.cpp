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

/// One parameter at an end of its range, or as it was at first.
template <typename T>
void draw(T& value, T min, T usual, T max, test::Dice& dice) {
    value = dice.pick(std::vector<T>{min, usual, max});
}

void change_params(
    ledger::MarketParams& params, const ledger::MarketParams& usual, test::Dice& dice
) {
    const ledger::MarketParams before = params;
    switch (dice.between(0, 15)) {
        case 0:
            draw(params.nominal_block_ms, 10U, usual.nominal_block_ms, 60'000U, dice);
            break;
        case 1:
            draw<std::uint64_t>(params.min_job_price, 1, usual.min_job_price, 1'000'000, dice);
            break;
        case 2:
            draw(params.fee_bps, 0U, usual.fee_bps, 5'000U, dice);
            break;
        case 3:
            draw(params.slash_multiple, 2U, usual.slash_multiple, 1'000U, dice);
            break;
        case 4:
            draw<std::uint64_t>(params.min_slash, 1, usual.min_slash, 1'000'000'000'000, dice);
            break;
        case 5:
            draw(params.start_blocks, 1U, usual.start_blocks, 1'000'000U, dice);
            break;
        case 6:
            draw(params.commit_blocks, 1U, usual.commit_blocks, 1'000'000U, dice);
            break;
        case 7:
            draw(params.settle_blocks, 1U, usual.settle_blocks, 20U, dice);
            break;
        case 8:
            draw(params.retention_blocks, 1U, 20U, 1'000'000U, dice);
            break;
        case 9:
            draw<std::uint64_t>(params.job_work_units_max, 1, 1'000, 10'000'000'000, dice);
            break;
        case 10:
            draw(params.challenge_bps, 1U, usual.challenge_bps, 10'000U, dice);
            break;
        case 11:
            draw<std::uint64_t>(params.proof_gas_max, 10'000, usual.proof_gas_max, 300'000, dice);
            break;
        case 12:
            draw(params.open_orders_max, 1U, usual.open_orders_max, 10'000U, dice);
            break;
        case 13:
            draw(params.book_side_max, 16U, 17U, 1'000'000U, dice);
            break;
        case 14:
            draw(params.order_lifetime_max, 1U, usual.order_lifetime_max, 1'000'000U, dice);
            break;
        default:
            draw<std::uint64_t>(
                params.reputation_unit, 1, usual.reputation_unit, 1'000'000'000'000'000, dice
            );
    }
    if (!validate(params)) {
        params = before;
    }
}

/// What is under way was agreed upon: no change stops a chain, nor loses money.
TEST(AnyOrder, parameters_may_change_in_any_block) {
    std::size_t jobs = 0;
    for (std::uint64_t seed = 200; seed < 212; ++seed) {
        TradingDay day;
        const ledger::MarketParams usual = day.bench.params.market;
        const Money before = all_money(day);
        test::Dice dice(seed);
        for (int i = 0; i < 30; ++i) {
            day.bench.params.market = usual;
            for (auto count = dice.between(0, 3); count > 0; --count) {
                change_params(day.bench.params.market, usual, dice);
            }
            const auto messages = day.draw_block(dice);
            for (const TradingDay::Message& message : messages) {
                message.send();
            }
            // Time stands still and leaps.
            day.bench.end_block(dice.between(0, 3) * dice.between(0, 30'000));
            ASSERT_EQ(all_money(day), before) << "seed " << seed;
        }
        jobs += day.orders.size();
    }
    EXPECT_GT(jobs, 200U) << "or nothing was tested";
}

}  // namespace
}  // namespace steelyard::market
