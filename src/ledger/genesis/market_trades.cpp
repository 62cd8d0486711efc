// Section market: trades and what they were made at.
#include "ledger/genesis/market_records.h"
#include "market/records/trade.h"
#include "steelyard/genesis/v1/genesis.pb.h"

namespace steelyard::genesis {
namespace {

using market::BookId;

template <typename Row>
Result<BookId> read_book(const StateView& state, const Row& row) {
    const market::ClassId class_id{row.class_id()};
    TRY(expect_class(state, class_id));
    if (row.product() != static_cast<std::uint32_t>(market::Product::work)) {
        return invalid("product: is {}, must be 1", row.product());
    }
    return BookId{.class_id = class_id};
}

template <typename Row>
void write_book(BookId book, Row& row) {
    row.set_class_id(static_cast<std::uint32_t>(book.class_id));
    row.set_product(static_cast<std::uint32_t>(book.product));
}

Result<void> read_trades_ever(StateView& state, const v1::MarketTradesEver& row) {
    TRY_ASSIGN(const BookId book, read_book(state, row));
    if (row.count() == 0) {
        return invalid("count: is 0");
    }
    if (sure(market::trades_ever(state, book)) > 0) {
        return invalid("class_id: comes twice");
    }
    sure(market::put_trades_ever(state, book, row.count()));
    return {};
}

Result<void> read_trade(StateView& state, const v1::MarketTrade& row) {
    TRY_ASSIGN(const BookId book, read_book(state, row));
    TRY_ASSIGN(const auto trade, record_of(row.trade(), market::decode_trade));
    const std::uint64_t ever = sure(market::trades_ever(state, book));
    if (trade.number > ever || trade.number + market::trades_kept <= ever) {
        return invalid(
            "trade.number: {} is none of the last {} of {}", trade.number, market::trades_kept, ever
        );
    }
    if (sure(market::get_trade(state, book, trade.number))) {
        return invalid("trade.number: comes twice");
    }
    TRY(expect_account(state, "trade.provider", trade.provider));
    TRY(expect_account(state, "trade.user", trade.user));
    TRY(expect_taken(state, trade.job.order));
    TRY(expect_taken(state, trade.ask));
    sure(market::put_trade(state, book, trade));
    return {};
}

Result<void> read_price_period(StateView& state, const v1::MarketPricePeriod& row) {
    TRY_ASSIGN(const BookId book, read_book(state, row));
    TRY_ASSIGN(const auto period, record_of(row.period(), market::decode_price_period));
    if (sure(market::get_price_period(state, book, period.period))) {
        return invalid("period: its place is taken");
    }
    sure(market::put_price_period(state, book, period));
    return {};
}

}  // namespace

Result<void> read_market_trades(StateView& state, const v1::MarketState& section) {
    const auto each = [&](std::string_view name, const auto& rows, auto read) -> Result<void> {
        for (int i = 0; i < rows.size(); ++i) {
            TRY(at(fmt::format("market.{}[{}]", name, i), read(state, rows[i])));
        }
        return {};
    };
    TRY(each("trades_ever", section.trades_ever(), read_trades_ever));
    TRY(each("trades", section.trades(), read_trade));
    return each("price_periods", section.price_periods(), read_price_period);
}

void write_market_trades(const StateView& state, v1::MarketState& section) {
    sure(market::walk_trades_ever(state, [&](BookId book, std::uint64_t count) -> Outcome<bool> {
        auto& row = *section.add_trades_ever();
        write_book(book, row);
        row.set_count(count);
        return true;
    }));
    sure(market::walk_trades(state, [&](BookId book, const market::Trade& trade) -> Outcome<bool> {
        auto& row = *section.add_trades();
        write_book(book, row);
        write_record(market::encode_trade(trade), *row.mutable_trade());
        return true;
    }));
    sure(market::walk_price_periods(
        state,
        [&](BookId book, const market::PricePeriod& period) -> Outcome<bool> {
            auto& row = *section.add_price_periods();
            write_book(book, row);
            write_record(market::encode_price_period(period), *row.mutable_period());
            return true;
        }
    ));
}

}  // namespace steelyard::genesis
