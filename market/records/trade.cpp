#include "market/records/trade.h"

#include "ledger/state/values.h"
#include "market/records/codec.h"

#include <algorithm>
#include <limits>

namespace steelyard::market {
namespace {

using ledger::Key;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

Key book_key(char letter, BookId book) {
    return Key(letter) << static_cast<std::uint32_t>(book.class_id)
                       << static_cast<std::uint8_t>(book.product);
}

Key count_key(BookId book) {
    return book_key('f', book);
}

Key trade_key(BookId book, std::uint64_t number) {
    CHECK(number > 0);
    return book_key('r', book) << static_cast<std::uint32_t>((number - 1) % trades_kept);
}

Key period_key(BookId book, std::uint64_t period) {
    return book_key('m', book) << static_cast<std::uint32_t>(period % price_periods_kept);
}

BookId book_of(KeyReader& reader) {
    BookId book;
    book.class_id = ClassId{reader.number4()};
    book.product = Product{reader.bytes(1)[0]};
    return book;
}

Height height_of(std::uint64_t period) {
    return Height(static_cast<std::int64_t>(period) * price_period_blocks);
}

void add(PricePeriod& sum, const Trade& trade) {
    if (sum.trades == 0) {
        sum.first = trade.price;
        sum.low = trade.price;
    }
    ++sum.trades;
    sum.work_units += trade.work_units;
    sum.value += Uint128{trade.price} * trade.work_units;
    sum.low = std::min(sum.low, trade.price);
    sum.high = std::max(sum.high, trade.price);
    sum.last = trade.price;
}

}  // namespace

Height PricePeriod::first_height() const {
    return height_of(period);
}

Height PricePeriod::last_height() const {
    return Height(height_of(period).value() + price_period_blocks - 1);
}

Price PricePeriod::mean() const {
    CHECK(work_units > 0);
    return static_cast<Price>(value / work_units);
}

std::uint64_t price_period_of(Height height) {
    return static_cast<std::uint64_t>(height.value() / price_period_blocks);
}

Outcome<void> note_trade(StateView& state, BookId book, Trade trade) {
    CHECK(trade.work_units > 0 && trade.price > 0);
    TRY_ASSIGN(const std::uint64_t before, trades_ever(state, book));
    trade.number = before + 1;
    TRY(put_trades_ever(state, book, trade.number));
    TRY(put_trade(state, book, trade));
    const std::uint64_t now = price_period_of(trade.height);
    TRY_ASSIGN(const auto kept, get_price_period(state, book, now));
    PricePeriod period = kept && kept->period == now ? *kept : PricePeriod{.period = now};
    add(period, trade);
    return put_price_period(state, book, period);
}

Outcome<std::uint64_t> trades_ever(const StateView& state, BookId book) {
    TRY_ASSIGN(const auto bytes, state.get(Store::market, count_key(book)));
    return bytes ? codec::parse_number(*bytes) : 0;
}

Outcome<void> put_trades_ever(StateView& state, BookId book, std::uint64_t count) {
    return state.put(Store::market, count_key(book), codec::number_bytes(count));
}

Outcome<std::optional<Trade>> get_trade(const StateView& state, BookId book, std::uint64_t number) {
    if (number == 0) {
        return std::optional<Trade>();
    }
    TRY_ASSIGN(const auto bytes, state.get(Store::market, trade_key(book, number)));
    auto trade = codec::known(bytes, decode_trade);
    return trade && trade->number == number ? trade : std::nullopt;
}

Outcome<void> put_trade(StateView& state, BookId book, const Trade& trade) {
    return state.put(Store::market, trade_key(book, trade.number), encode_trade(trade));
}

Outcome<std::optional<PricePeriod>> get_price_period(
    const StateView& state, BookId book, std::uint64_t period
) {
    TRY_ASSIGN(const auto bytes, state.get(Store::market, period_key(book, period)));
    return codec::known(bytes, decode_price_period);
}

Outcome<void> put_price_period(StateView& state, BookId book, const PricePeriod& period) {
    return state.put(Store::market, period_key(book, period.period), encode_price_period(period));
}

Outcome<std::vector<PricePeriod>> price_periods(
    const StateView& state, BookId book, Height height
) {
    const std::uint64_t now = price_period_of(height);
    std::vector<PricePeriod> periods;
    TRY(state.walk(Store::market, book_key('m', book), [&](const Record& record) -> Outcome<bool> {
        PricePeriod period = codec::known(decode_price_period(record.value));
        if (period.period + price_periods_kept > now) {
            periods.push_back(period);
        }
        return true;
    }));
    std::ranges::sort(periods, std::ranges::greater(), &PricePeriod::period);
    return periods;
}

Outcome<void> walk_trades_ever(
    const StateView& state, const std::function<Outcome<bool>(BookId, std::uint64_t)>& visit
) {
    return state.walk(Store::market, Key('f'), [&](const Record& record) -> Outcome<bool> {
        KeyReader reader(record.key);
        return visit(book_of(reader), codec::parse_number(record.value));
    });
}

Outcome<void> walk_trades(
    const StateView& state, const std::function<Outcome<bool>(BookId, const Trade&)>& visit
) {
    return state.walk(Store::market, Key('r'), [&](const Record& record) -> Outcome<bool> {
        KeyReader reader(record.key);
        const BookId book = book_of(reader);
        reader.number4();
        return visit(book, codec::known(decode_trade(record.value)));
    });
}

Outcome<void> walk_price_periods(
    const StateView& state, const std::function<Outcome<bool>(BookId, const PricePeriod&)>& visit
) {
    return state.walk(Store::market, Key('m'), [&](const Record& record) -> Outcome<bool> {
        KeyReader reader(record.key);
        const BookId book = book_of(reader);
        reader.number4();
        return visit(book, codec::known(decode_price_period(record.value)));
    });
}

Bytes encode_trade(const Trade& trade) {
    ProtoWriter writer;
    writer.uint64(1, trade.number);
    writer.int64(2, trade.height.value());
    writer.uint64(3, trade.price);
    writer.uint64(4, trade.work_units);
    writer.uint64(5, trade.amount);
    writer.uint64(6, static_cast<std::uint64_t>(trade.job.order));
    writer.uint64(7, trade.job.task);
    writer.uint64(8, static_cast<std::uint64_t>(trade.ask));
    writer.uint64(9, static_cast<std::uint64_t>(trade.provider));
    writer.uint64(10, static_cast<std::uint64_t>(trade.user));
    return std::move(writer).take();
}

Result<Trade> decode_trade(ByteView bytes) {
    Trade trade;
    ProtoReader reader("Trade", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                trade.number = reader.uint64("number");
                break;
            case 2:
                trade.height = codec::height(reader, "height");
                break;
            case 3:
                trade.price = codec::number(reader, "price", price_max);
                break;
            case 4:
                trade.work_units = codec::number(reader, "work_units", ask_work_units_max);
                break;
            case 5:
                trade.amount = codec::money(reader, "amount");
                break;
            case 6:
                trade.job.order = codec::order_id(reader, "order");
                break;
            case 7:
                trade.job.task = reader.uint32("task");
                break;
            case 8:
                trade.ask = codec::order_id(reader, "ask");
                break;
            case 9:
                trade.provider = codec::account(reader, "provider");
                break;
            case 10:
                trade.user = codec::account(reader, "user");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "number");
    reader.require(3, "price");
    reader.require(4, "work_units");
    TRY(reader.finish());
    return trade;
}

Bytes encode_price_period(const PricePeriod& period) {
    ProtoWriter writer;
    writer.uint64(1, period.period);
    writer.uint64(2, period.trades);
    writer.uint64(3, period.work_units);
    const auto value = chain::Amount::from(period.value);
    CHECK(value.has_value());  // prices are money_max a job at most
    writer.bytes(4, ledger::amount_bytes(*value));
    writer.uint64(5, period.low);
    writer.uint64(6, period.high);
    writer.uint64(7, period.first);
    writer.uint64(8, period.last);
    return std::move(writer).take();
}

namespace {

constexpr std::uint64_t period_max =
    std::numeric_limits<std::int64_t>::max() / price_period_blocks - 1;

Uint128 read_value(ProtoReader& reader) {
    return reader.nested("value", ledger::parse_amount(reader.array<ledger::number_size>("value")))
        .value();
}

/// What one trade after the other can have made.
void check_prices(ProtoReader& reader, const PricePeriod& period) {
    const auto is_between = [&](Uint128 value) {
        return value >= period.low && value <= period.high;
    };
    if (period.trades == 0 || period.work_units < period.trades || period.low == 0 ||
        !is_between(period.first) || !is_between(period.last) ||
        !is_between(period.value / period.work_units)) {
        reader.refuse("value", "is not that of trades between low and high");
    }
}

}  // namespace

Result<PricePeriod> decode_price_period(ByteView bytes) {
    PricePeriod period;
    ProtoReader reader("PricePeriod", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                period.period = codec::number(reader, "period", period_max);
                break;
            case 2:
                period.trades = reader.uint64("trades");
                break;
            case 3:
                period.work_units = reader.uint64("work_units");
                break;
            case 4:
                period.value = read_value(reader);
                break;
            case 5:
                period.low = codec::number(reader, "low", price_max);
                break;
            case 6:
                period.high = codec::number(reader, "high", price_max);
                break;
            case 7:
                period.first = codec::number(reader, "first", price_max);
                break;
            case 8:
                period.last = codec::number(reader, "last", price_max);
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(4, "value");
    check_prices(reader, period);
    TRY(reader.finish());
    return period;
}

}  // namespace steelyard::market
