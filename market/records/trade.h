// Trades: the last ones of each book, and what they were made at.
#pragma once

#include "market/records/ids.h"

namespace steelyard::market {

/// Of a book; older ones are in the events of their blocks.
inline constexpr std::uint64_t trades_kept = 100;

/// Prices are summed up by periods of so many blocks, of which so many are kept.
inline constexpr std::int64_t price_period_blocks = 3'600;
inline constexpr std::uint64_t price_periods_kept = 24;

struct Trade {
    std::uint64_t number = 0;  ///< of the trades of its book, from 1
    Height height{};
    Price price = 0;  ///< the ask's
    WorkUnits work_units = 0;
    Money amount = 0;  ///< what the job costs
    JobId job{};
    OrderId ask{};
    AccountNumber provider{};
    AccountNumber user{};

    bool operator==(const Trade&) const = default;
};

/// The trades of a period: of the blocks from `period` x price_period_blocks on.
struct PricePeriod {
    std::uint64_t period = 0;
    std::uint64_t trades = 0;
    WorkUnits work_units = 0;
    Uint128 value = 0;  ///< sum of price x work units
    Price low = 0;
    Price high = 0;
    Price first = 0;
    Price last = 0;

    Height first_height() const;
    Height last_height() const;
    Price mean() const;  ///< weighted by work units, rounded down

    bool operator==(const PricePeriod&) const = default;
};

std::uint64_t price_period_of(Height height);

/// Gives the trade its number, and forgets the oldest one and a period that is over.
Outcome<void> note_trade(StateView& state, BookId book, Trade trade);

Outcome<std::uint64_t> trades_ever(const StateView& state, BookId book);

/// Nothing: it is not kept any more, or there was none.
Outcome<std::optional<Trade>> get_trade(const StateView& state, BookId book, std::uint64_t number);

/// What stands at the place of a period, which may be an older one.
Outcome<std::optional<PricePeriod>> get_price_period(
    const StateView& state, BookId book, std::uint64_t period
);

/// Those that are kept and not too old at a height, the newest first.
Outcome<std::vector<PricePeriod>> price_periods(const StateView& state, BookId book, Height height);

// For a start from a genesis, and an export.
Outcome<void> put_trades_ever(StateView& state, BookId book, std::uint64_t count);
Outcome<void> put_trade(StateView& state, BookId book, const Trade& trade);
Outcome<void> put_price_period(StateView& state, BookId book, const PricePeriod& period);
Outcome<void> walk_trades_ever(
    const StateView& state, const std::function<Outcome<bool>(BookId, std::uint64_t)>& visit
);
Outcome<void> walk_trades(
    const StateView& state, const std::function<Outcome<bool>(BookId, const Trade&)>& visit
);
Outcome<void> walk_price_periods(
    const StateView& state, const std::function<Outcome<bool>(BookId, const PricePeriod&)>& visit
);

Bytes encode_trade(const Trade& trade);
Result<Trade> decode_trade(ByteView bytes);
Bytes encode_price_period(const PricePeriod& period);
Result<PricePeriod> decode_price_period(ByteView bytes);

}  // namespace steelyard::market
