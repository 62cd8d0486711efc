// The last trades of a book, and what they were made at.
#include "market/records/trade.h"
#include "tests/unit/ledger/map_state.h"

#include <gtest/gtest.h>

namespace steelyard::market {
namespace {

constexpr BookId book{.class_id = ClassId{3}};

Trade trade_at(std::int64_t height, Price price, WorkUnits work_units = 10) {
    return {
        .height = Height(height),
        .price = price,
        .work_units = work_units,
        .amount = 10'000,
        .job = {OrderId{5}, 1},
        .ask = OrderId{4},
        .provider = AccountNumber{7},
        .user = AccountNumber{8},
    };
}

class Trades : public testing::Test {
protected:
    void note(const Trade& trade, BookId of = book) {
        ASSERT_TRUE(note_trade(bench.state, of, trade));
    }

    ledger::Bench bench;
    StateView& state = bench.state;
};

TEST_F(Trades, are_numbered_by_book) {
    note(trade_at(1, 500));
    note(trade_at(2, 600));
    note(trade_at(2, 700), {.class_id = ClassId{4}});

    EXPECT_EQ(trades_ever(state, book).value(), 2U);
    Trade second = trade_at(2, 600);
    second.number = 2;
    EXPECT_EQ(get_trade(state, book, 2).value(), second);
    EXPECT_EQ(get_trade(state, book, 3).value(), std::nullopt);
    EXPECT_EQ(get_trade(state, book, 0).value(), std::nullopt);
    EXPECT_EQ(get_trade(state, {.class_id = ClassId{4}}, 1).value()->price, 700U);
}

TEST_F(Trades, are_kept_up_to_a_number) {
    for (std::uint64_t i = 1; i <= trades_kept + 2; ++i) {
        note(trade_at(static_cast<std::int64_t>(i), i));
    }

    EXPECT_EQ(get_trade(state, book, 2).value(), std::nullopt) << "another stands in its place";
    EXPECT_EQ(get_trade(state, book, 3).value()->price, 3U);
    EXPECT_EQ(get_trade(state, book, trades_kept + 2).value()->price, trades_kept + 2);
    std::size_t rows = 0;
    ASSERT_TRUE(walk_trades(state, [&](BookId, const Trade&) -> Outcome<bool> {
        ++rows;
        return true;
    }));
    EXPECT_EQ(rows, trades_kept);
}

TEST_F(Trades, are_summed_up_by_periods) {
    note(trade_at(0, 100, 1));
    note(trade_at(price_period_blocks - 1, 400, 2));
    note(trade_at(price_period_blocks, 50, 7));

    const auto periods = price_periods(state, book, Height(price_period_blocks)).value();
    ASSERT_EQ(periods.size(), 2U);
    EXPECT_EQ(periods[0].period, 1U) << "the newest first";
    EXPECT_EQ(periods[0].mean(), 50U);
    EXPECT_EQ(periods[1].mean(), (100U + 2 * 400) / 3);
    EXPECT_EQ(periods[1].low, 100U);
    EXPECT_EQ(periods[1].high, 400U);
    EXPECT_EQ(periods[1].first, 100U);
    EXPECT_EQ(periods[1].last, 400U);
    EXPECT_EQ(periods[1].trades, 2U);
    EXPECT_EQ(periods[1].work_units, 3U);
    EXPECT_EQ(periods[1].first_height(), Height(0));
    EXPECT_EQ(periods[1].last_height(), Height(price_period_blocks - 1));
}

TEST_F(Trades, of_old_periods_count_no_more) {
    const auto height_of = [](std::uint64_t period) {
        return Height(static_cast<std::int64_t>(period) * price_period_blocks);
    };
    note(trade_at(0, 100));

    EXPECT_EQ(price_periods(state, book, height_of(price_periods_kept - 1)).value().size(), 1U);
    EXPECT_EQ(price_periods(state, book, height_of(price_periods_kept)).value().size(), 0U);
    note(trade_at(height_of(price_periods_kept).value(), 900));
    const auto periods = price_periods(state, book, height_of(price_periods_kept)).value();
    ASSERT_EQ(periods.size(), 1U) << "in the place of the old one";
    EXPECT_EQ(periods[0].mean(), 900U);
    EXPECT_EQ(periods[0].trades, 1U);
}

TEST_F(Trades, at_the_highest_price_are_summed_up_exactly) {
    for (int i = 0; i < 3; ++i) {
        note(trade_at(1, price_max, 10'000'000'000));
    }

    EXPECT_EQ(price_periods(state, book, Height(1)).value().at(0).mean(), price_max);
}

TEST_F(Trades, come_back_from_their_encodings_alone) {
    Trade trade = trade_at(9, price_max);
    trade.number = 12;
    EXPECT_EQ(decode_trade(encode_trade(trade)).value(), trade);
    const PricePeriod period{
        .period = 2,
        .trades = 2,
        .work_units = 4,
        .value = 1'000,
        .low = 100,
        .high = 300,
        .first = 100,
        .last = 300
    };
    EXPECT_EQ(decode_price_period(encode_price_period(period)).value(), period);

    for (const auto& change : std::vector<std::function<void(PricePeriod&)>>{
             [](PricePeriod& bad) { bad.trades = 0; },
             [](PricePeriod& bad) { bad.trades = 5; },
             [](PricePeriod& bad) { bad.low = 0; },
             [](PricePeriod& bad) { bad.low = 251; },
             [](PricePeriod& bad) { bad.high = 249; },
             [](PricePeriod& bad) { bad.first = 99; },
             [](PricePeriod& bad) { bad.last = 301; },
             [](PricePeriod& bad) { bad.high = bad.last = price_max + 1; }
         }) {
        PricePeriod bad = period;
        change(bad);
        EXPECT_FALSE(decode_price_period(encode_price_period(bad)));
    }
    trade.number = 0;
    EXPECT_FALSE(decode_trade(encode_trade(trade)));
}

}  // namespace
}  // namespace steelyard::market
