// steelyard.market.v1.Query: books, trades, prices.
#include "base/endian.h"
#include "base/hex.h"
#include "ledger/queries/market_rows.h"
#include "ledger/queries/pages.h"
#include "ledger/queries/typed_query.h"
#include "market/block/facts.h"
#include "market/funds/funds.h"
#include "market/orders/windows.h"
#include "steelyard/market/v1/query.pb.h"

#include <array>

namespace steelyard::queries {
namespace {

using namespace ::steelyard::market::v1;
using ledger::Outcome;
using ledger::Record;
using ledger::Store;
using market::BookId;
using market::Money;

constexpr std::uint32_t depth_default = 100;
constexpr std::uint32_t depth_max = 1'000;

/// The asks that one explanation looks at, the best first.
constexpr std::size_t explained_asks_max = 1'000;

template <typename T>
T known(Result<T> decoded) {
    CHECK(decoded.has_value());
    return *std::move(decoded);
}

template <typename T>
T known(std::optional<T> found) {
    CHECK(found.has_value());
    return *std::move(found);
}

/// Calls `take` with the first `rows_max` records of a side; whether there are more.
Answer<bool> visit_side(
    const Asked& asked,
    const ledger::Key& prefix,
    std::size_t rows_max,
    const std::function<Answer<void>(const Record&)>& take
) {
    std::size_t rows = 0;
    bool has_more = false;
    Answer<void> taken;
    TRY(asked.state.walk(Store::book, prefix, [&](const Record& record) -> Outcome<bool> {
        has_more = rows == rows_max;
        if (has_more) {
            return false;
        }
        ++rows;
        taken = take(record);
        return taken.has_value();
    }));
    TRY(taken);
    return has_more;
}

Answer<QueryBookResponse> book(const Asked& asked, const QueryBookRequest& request) {
    if (request.depth() > depth_max) {
        return invalid_argument("depth is {}, must be at most {}", request.depth(), depth_max);
    }
    TRY_ASSIGN(const BookId id, read_book(asked, request.class_id(), request.product()));
    const std::uint32_t depth = request.depth() == 0 ? depth_default : request.depth();
    QueryBookResponse response;
    TRY_ASSIGN(
        const bool has_more_asks,
        visit_side(
            asked,
            market::asks_prefix(id),
            depth,
            [&](const Record& record) -> Answer<void> {
                TRY_ASSIGN(
                    *response.add_asks(),
                    describe(
                        asked,
                        known(market::decode_ask_key(record.key)),
                        known(market::decode_ask(record.value))
                    )
                );
                return {};
            }
        )
    );
    TRY_ASSIGN(
        const bool has_more_bids,
        visit_side(
            asked,
            market::bids_prefix(id),
            depth,
            [&](const Record& record) -> Answer<void> {
                TRY_ASSIGN(
                    *response.add_bids(),
                    describe(
                        asked,
                        known(market::decode_bid_key(record.key)),
                        known(market::decode_bid(record.value))
                    )
                );
                return {};
            }
        )
    );
    response.set_has_more_asks(has_more_asks);
    response.set_has_more_bids(has_more_bids);
    return response;
}

/// The price of the first ask of a book; 0: there is none.
Answer<market::Price> best_ask(const Asked& asked, BookId id) {
    const ledger::Key prefix = market::asks_prefix(id);
    TRY_ASSIGN(const auto row, asked.state.first(Store::book, prefix, prefix));
    return row ? known(market::decode_ask_key(row->key)).row.price : market::Price{0};
}

/// What is known before anything is computed.
struct Estimated {
    BookId book{};
    market::ProgramFacts facts{};
    market::Class book_class{};
    market::Price limit = 0;
    market::Price best = 0;
    std::uint32_t tasks = 1;
};

Answer<Estimated> read_estimate(const Asked& asked, const QueryEstimateRequest& request) {
    TRY_ASSIGN(const BookId book, read_book(asked, request.class_id(), 0));
    TRY_ASSIGN(const auto book_class, market::get_class(asked.state, book.class_id));
    TRY_ASSIGN(const crypto::Hash256 program, read_id("program", request.program()));
    TRY_ASSIGN(const auto found, market::get_program(asked.state, program));
    if (!found) {
        return not_found("program {} not found", to_hex(program));
    }
    TRY_ASSIGN(const market::Price best, best_ask(asked, book));
    Estimated estimated{
        .book = book,
        .facts = found->facts,
        .book_class = known(book_class),
        .limit = request.limit_price() == 0 ? best : request.limit_price(),
        .best = best,
        .tasks = std::max(request.tasks(), std::uint32_t{1}),
    };
    if (estimated.limit == 0) {
        return invalid_argument("limit_price is 0, and the book has no ask to take it from");
    }
    if (estimated.limit > market::price_max) {
        return invalid_argument(
            "limit_price is {}, must be at most {}", estimated.limit, market::price_max
        );
    }
    if (estimated.tasks > market::tasks_max) {
        return invalid_argument(
            "tasks is {}, must be at most {}", estimated.tasks, market::tasks_max
        );
    }
    const std::uint64_t work_units_max = asked.params.market.job_work_units_max;
    if (estimated.facts.work_units > work_units_max) {
        return invalid_argument(
            "{} work units, must be at most {}", estimated.facts.work_units, work_units_max
        );
    }
    return estimated;
}

std::optional<Money> escrow_of(Money job, Money proof, std::uint32_t tasks) {
    const Uint128 all = (Uint128{job} + proof) * tasks;
    return all > market::money_max ? std::nullopt : std::optional(static_cast<Money>(all));
}

Answer<QueryEstimateResponse> estimate(const Asked& asked, const QueryEstimateRequest& request) {
    TRY_ASSIGN(const Estimated known_of, read_estimate(asked, request));
    const ledger::MarketParams& params = asked.params.market;
    const market::ProgramFacts& facts = known_of.facts;
    const auto job = market::job_price(known_of.limit, facts.work_units, params.min_job_price);
    const auto proof = market::proof_price(asked.params, facts.proof_bytes, facts.proof_gas);
    const auto all = job && proof ? escrow_of(*job, *proof, known_of.tasks) : std::nullopt;
    if (!all) {
        return invalid_argument(
            "{} tasks of {} work units at {} are more than {} uyard",
            known_of.tasks,
            facts.work_units,
            known_of.limit,
            market::money_max
        );
    }
    const market::Windows windows = market::windows_of(params, facts, known_of.book_class);
    QueryEstimateResponse response;
    response.set_work_units(facts.work_units);
    response.set_job_escrow(*job);
    response.set_proof_escrow(*proof);
    response.set_escrow(*all);
    response.set_start_blocks(windows.start);
    response.set_commit_blocks(windows.commit);
    response.set_respond_blocks(windows.respond);
    response.set_best_ask(known_of.best);
    if (known_of.best > 0) {
        response.set_best_price(
            market::job_price(known_of.best, facts.work_units, params.min_job_price).value_or(0)
        );
    }
    response.set_input_bytes(facts.input_bytes);
    response.set_output_bytes(facts.output_bytes);
    response.set_limit_price(known_of.limit);
    return response;
}

/// The best asks of a book, as books of their own. Whether there are more.
Answer<bool> take_asks(const Asked& asked, BookId id, market::Books& books) {
    return visit_side(
        asked,
        market::asks_prefix(id),
        explained_asks_max,
        [&](const Record& record) -> Answer<void> {
            books.follow(record.key, ByteView(record.value));
            return {};
        }
    );
}

/// As the next block's clearing would see it, were there no other bid. What providers are is read
/// without gas: the number of asks bounds it.
market::Explanation explain_bid(
    const Asked& asked,
    const market::Books& books,
    const market::BidKey& key,
    const market::Bid& bid
) {
    ledger::GasMeter* const meter = asked.state.meter();
    asked.state.set_meter(nullptr);
    ledger::BlockInfo next = asked.block;
    next.height = next.height.next();
    ledger::Events events;
    const ledger::Context context{asked.state, events, next, asked.params};
    market::StateFacts facts(context);
    const ledger::MarketParams& params = asked.params.market;
    const market::ClearingRules rules{
        .height = next.height,
        .pairs_max = params.match_pairs_max,
        .min_job_price = params.min_job_price,
        .slash_multiple = params.slash_multiple,
        .min_slash = params.min_slash,
    };
    auto explanation = market::explain(books, facts, rules, key.row.book, key.row.price, bid);
    asked.state.set_meter(meter);
    return explanation;
}

Answer<QueryExplainResponse> explain(const Asked& asked, const QueryExplainRequest& request) {
    const market::JobId id{.order = market::OrderId{request.order_id()}, .task = request.task()};
    TRY_ASSIGN(const FoundJob found, find_job(asked, id));
    QueryExplainResponse response;
    response.set_state(std::string(to_string(found.job.state)));
    if (found.job.state != market::JobState::open) {
        return response;
    }
    const market::BidKey key{
        .row = {.book = found.order.book, .price = found.order.limit, .posted = found.order.posted},
        .job = id,
    };
    TRY_ASSIGN(const auto bid, market::get_bid(asked.state, key));
    market::Books books;
    TRY_ASSIGN(const bool is_partial, take_asks(asked, key.row.book, books));
    const market::Explanation explanation = explain_bid(asked, books, key, known(bid));
    response.set_asks(explanation.asks);
    response.set_is_partial(is_partial);
    for (const auto& [mismatch, count] : explanation.by_mismatch) {
        MismatchCount& row = *response.add_mismatches();
        row.set_mismatch(std::string(to_string(mismatch)));
        row.set_asks(count);
    }
    return response;
}

/// Where a page of trades begins: the number behind it is that of its key.
Answer<std::uint64_t> newest_of_page(const Page& page, std::uint64_t ever) {
    if (page.key.empty()) {
        return ever > page.offset ? ever - page.offset : 0;
    }
    std::uint64_t number = 0;
    if (page.key.size() != sizeof(number)) {
        return invalid_argument("page key has {} bytes, not {}", page.key.size(), sizeof(number));
    }
    number = load_be<std::uint64_t>(page.key.data());
    return std::min(number, ever);
}

Answer<QueryTradesResponse> trades(const Asked& asked, const QueryTradesRequest& request) {
    TRY_ASSIGN(const BookId id, read_book(asked, request.class_id(), request.product()));
    TRY_ASSIGN(const Page page, read_page(request.pagination()));
    if (page.reverse) {
        return invalid_argument("trades come newest first alone");
    }
    TRY_ASSIGN(const std::uint64_t ever, market::trades_ever(asked.state, id));
    TRY_ASSIGN(std::uint64_t number, newest_of_page(page, ever));
    QueryTradesResponse response;
    PageEnd end{.total = page.count_total ? std::min(ever, market::trades_kept) : 0};
    for (; number > 0; --number) {
        TRY_ASSIGN(const auto trade, market::get_trade(asked.state, id, number));
        if (!trade) {
            break;
        }
        if (std::cmp_equal(response.trades_size(), page.limit)) {
            append_be(end.next_key, number);
            break;
        }
        TRY_ASSIGN(*response.add_trades(), describe(asked, id, *trade));
    }
    response.set_trades_ever(ever);
    write_page_end(end, *response.mutable_pagination());
    return response;
}

Answer<QueryPriceIndexResponse> price_index(
    const Asked& asked, const QueryPriceIndexRequest& request
) {
    TRY_ASSIGN(const BookId id, read_book(asked, request.class_id(), request.product()));
    TRY_ASSIGN(const auto periods, market::price_periods(asked.state, id, asked.block.height));
    QueryPriceIndexResponse response;
    market::PricePeriod sum;
    for (const market::PricePeriod& period : periods) {
        sum.trades += period.trades;
        sum.work_units += period.work_units;
        sum.value += period.value;
        *response.add_periods() = describe(period);
    }
    response.set_price(sum.work_units == 0 ? 0 : sum.mean());
    response.set_work_units(sum.work_units);
    response.set_trades(sum.trades);
    TRY_ASSIGN(const std::uint64_t ever, market::trades_ever(asked.state, id));
    TRY_ASSIGN(const auto last, market::get_trade(asked.state, id, ever));
    if (last) {
        response.set_last_price(last->price);
        response.set_last_height(last->height.value());
    }
    return response;
}

}  // namespace

std::span<const QueryMethod> market_book_queries() {
    static const std::array methods = {
        query_method<QueryBookRequest, book>("/steelyard.market.v1.Query/Book"),
        query_method<QueryEstimateRequest, estimate>("/steelyard.market.v1.Query/Estimate"),
        query_method<QueryExplainRequest, explain>("/steelyard.market.v1.Query/Explain"),
        query_method<QueryTradesRequest, trades>("/steelyard.market.v1.Query/Trades"),
        query_method<QueryPriceIndexRequest, price_index>("/steelyard.market.v1.Query/PriceIndex"),
    };
    return methods;
}

}  // namespace steelyard::queries
