// Blocks of orders beside blocks of transfers, and blocks whose end is the market's worst, through
// the whole application: executed, hashed and committed to disk, by one thread.
#include "node/verifier/vm_verifier.h"
#include "tests/bench/market_chain.h"

#include <benchmark/benchmark.h>

namespace steelyard::market {
namespace {

constexpr std::uint32_t users = 2'000;
constexpr Price price = 1'000'000;
constexpr std::size_t batch = 16;  ///< orders to a transaction

using Messages = std::vector<const google::protobuf::Message*>;

BenchChain::Options options(std::uint32_t senders, std::string_view coins) {
    return {
        .senders = senders,
        .coins = coins,
        .verifier = std::make_shared<const node::VmVerifier>(),
    };
}

/// Users who trade with nobody, or send each other coins.
MarketChain& quiet_market() {
    static MarketChain market(options(users, "1000000000000uyard"), small_program(), 1);
    return market;
}

std::vector<Bytes> transfers(MarketChain& market, std::size_t count) {
    std::vector<Bytes> txs;
    for (std::size_t i = 0; i < count; ++i) {
        Wallet& from = market.sender(i);
        const Wallet& to = market.sender((i + 1) % users);
        txs.push_back(
            market.chain().sign(from, ledger::make_send(from.address, to.address, "5uyard"))
        );
    }
    return txs;
}

/// `count` orders of some of the users, `size` in a transaction.
std::vector<Bytes> orders(MarketChain& market, std::size_t count, std::size_t size, Price limit) {
    static std::size_t turn = 0;
    std::vector<Bytes> txs;
    for (std::size_t i = 0; i < count / size; ++i) {
        Wallet& user = market.sender(turn++ % users);
        const std::vector<proto::MsgPostOrder> posted(size, market.order(user, limit));
        Messages messages;
        for (const proto::MsgPostOrder& one : posted) {
            messages.push_back(&one);
        }
        txs.push_back(market.chain().sign(user, messages, ample_gas));
    }
    return txs;
}

template <typename Make>
void replay(benchmark::State& state, MarketChain& market, std::size_t count, const Make& make) {
    market.chain().must_pass(make());
    for (auto _ : state) {
        state.PauseTiming();
        const chain::Block block = market.chain().make_block(make());
        state.ResumeTiming();
        const auto results = market.chain().replay(block);
        state.PauseTiming();
        for (const auto& result : results.tx_results) {
            CHECK(result.code == 0);
        }
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(count));
}

void block_of_transfers(benchmark::State& state) {
    MarketChain& market = quiet_market();
    replay(state, market, users, [&] { return transfers(market, users); });
}
BENCHMARK(block_of_transfers)->Unit(benchmark::kMillisecond)->Iterations(10);

/// Each block's orders are over in the next, whose sweep takes them out of the books.
void block_of_orders(benchmark::State& state) {
    MarketChain& market = quiet_market();
    const auto size = static_cast<std::size_t>(state.range(0));
    replay(state, market, users, [&] { return orders(market, users, size, price); });
}
BENCHMARK(block_of_orders)->Arg(1)->Arg(batch)->Unit(benchmark::kMillisecond)->Iterations(10);

/// The same without the sweep: before the first of these blocks nothing was there.
void block_of_orders_that_stay(benchmark::State& state) {
    MarketChain& market = quiet_market();
    market.pass(10);
    for (auto _ : state) {
        state.PauseTiming();
        const chain::Block block = market.chain().make_block(orders(market, users, batch, price));
        state.ResumeTiming();
        market.chain().replay(block);
        state.PauseTiming();
        market.pass(2);
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations() * users);
}
BENCHMARK(block_of_orders_that_stay)->Unit(benchmark::kMillisecond)->Iterations(10);

void empty_block(benchmark::State& state) {
    MarketChain& market = quiet_market();
    market.pass(10);
    for (auto _ : state) {
        state.PauseTiming();
        const chain::Block block = market.chain().make_block({});
        state.ResumeTiming();
        market.chain().replay(block);
    }
}
BENCHMARK(empty_block)->Unit(benchmark::kMillisecond)->Iterations(50);

/// One provider with slots and bond for all; who is not started at once is late.
std::unique_ptr<MarketChain> make_busy_market() {
    auto all = options(users, "1000000000000uyard");
    all.params.market.start_blocks = 1;
    auto made = std::make_unique<MarketChain>(std::move(all), small_program(), 1);
    MarketChain& market = *made;
    const auto messages = market.begin_selling(
        market.sender(1), market.sender(2).address, 500'000'000'000, slots_max
    );
    market.chain().must_pass(market.sign_all(market.sender(1), messages));
    for (std::size_t i = 3; i < 12; ++i) {
        proto::MsgAddWorker more = static_cast<const proto::MsgAddWorker&>(*messages[1]);
        more.set_worker(market.sender(i).text());
        market.chain().must_pass({market.chain().sign(market.sender(1), more, ample_gas)});
    }
    return made;
}

/// The block in which all orders are matched, or the one in which it is too late to start them.
void match_and_sweep(benchmark::State& state, bool is_sweep) {
    static const auto made = make_busy_market();
    MarketChain& market = *made;
    for (auto _ : state) {
        state.PauseTiming();
        const auto ask = market.ask(market.sender(1), price, 1'000'000'000);
        market.chain().must_pass({market.chain().sign(market.sender(1), ask, ample_gas)});
        chain::Block block = market.chain().make_block(orders(market, users, batch, price));
        if (is_sweep) {
            market.chain().replay(block);
            market.pass(1);
            block = market.chain().make_block({});
        }
        state.ResumeTiming();
        const auto results = market.chain().replay(block);
        state.PauseTiming();
        state.counters["events"] = static_cast<double>(results.events.size());
        market.pass(5);
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations() * users);
}
BENCHMARK_CAPTURE(match_and_sweep, orders_that_are_matched, false)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(5);
BENCHMARK_CAPTURE(match_and_sweep, sweep_of_jobs_not_started, true)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(5);

constexpr std::uint32_t tasks = 256;  ///< as many as may be open at a time
constexpr std::size_t arrays = 39;    ///< whose bids nearly fill a side

proto::MsgPostArray array_of(const MarketChain& market, const Wallet& user) {
    const proto::MsgPostOrder order = market.order(user, price, 10'000);
    proto::MsgPostArray array;
    array.set_user(order.user());
    array.set_class_id(order.class_id());
    array.set_product(order.product());
    array.set_program(order.program());
    array.set_limit_price(order.limit_price());
    array.set_lifetime(order.lifetime());
    *array.mutable_inputs() = order.inputs();
    for (std::uint32_t i = 0; i < tasks; ++i) {
        array.add_tasks();
    }
    array.set_max_parallel(tasks);
    array.mutable_budget()->set_denom("uyard");
    array.mutable_budget()->set_amount("1000000000");
    return array;
}

/// One small transaction for each array closes all of its open jobs.
void block_of_cancellations(benchmark::State& state) {
    MarketChain& market = quiet_market();
    market.pass(10);
    for (auto _ : state) {
        state.PauseTiming();
        const std::uint64_t first = market.next_order();
        std::vector<Bytes> posts;
        std::vector<Bytes> cancels;
        for (std::size_t i = 0; i < arrays; ++i) {
            Wallet& user = market.sender(i);
            posts.push_back(market.chain().sign(user, array_of(market, user), ample_gas));
            proto::MsgCancelOrder cancel;
            cancel.set_user(user.text());
            cancel.set_order_id(first + i);
            cancels.push_back(market.chain().sign(user, cancel, ample_gas));
        }
        market.chain().must_pass(std::move(posts));
        const chain::Block block = market.chain().make_block(std::move(cancels));
        state.ResumeTiming();
        const auto results = market.chain().replay(block);
        state.PauseTiming();
        CHECK(results.tx_results.back().code == 0);
        state.counters["gas"] = static_cast<double>(results.tx_results.back().gas_used);
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations() * arrays * tasks);
}
BENCHMARK(block_of_cancellations)->Unit(benchmark::kMillisecond)->Iterations(3);

constexpr std::uint32_t side = 10'000;

std::string letters(char letter) {
    return std::string(20, letter) + "=yes";
}

chain::Address worker_of(std::uint32_t number) {
    const crypto::Hash256 hash = crypto::sha256((ledger::Key('w') << number).bytes());
    return to_array<20>(ByteView(hash).first<20>());
}

/// As many asks and bids as a book holds, of as many providers and users. All filters are as long
/// as they may be, and only the last attribute is nobody's.
std::unique_ptr<MarketChain> make_impossible_market() {
    auto made =
        std::make_unique<MarketChain>(options(2 * side, "1000000000uyard"), small_program(), 1);
    MarketChain& market = *made;
    std::vector<Bytes> txs;
    for (std::uint32_t i = 0; i < side; ++i) {
        Wallet& provider = market.sender(i);
        auto messages = market.begin_selling(provider, worker_of(i), 5'000'000, 1);
        auto& profile = static_cast<proto::MsgRegisterProvider&>(*messages[0]);
        for (std::size_t j = 0; j < attributes_max; ++j) {
            profile.add_attributes(letters(static_cast<char>('a' + j)));
        }
        messages.push_back(
            std::make_unique<proto::MsgPostAsk>(market.ask(provider, price + i, 1'000))
        );
        txs.push_back(market.sign_all(provider, messages).front());
    }
    market.chain().must_pass(std::move(txs));
    for (std::uint32_t i = side; i < 2 * side; ++i) {
        Wallet& user = market.sender(i);
        proto::MsgPostOrder order = market.order(user, 2 * price, 10'000);
        for (std::size_t j = 0; j + 1 < filter_regions_max; ++j) {
            order.add_regions("east." + std::to_string(j));
        }
        order.add_regions("north");
        for (std::size_t j = attributes_max - filter_attributes_max; j + 1 < attributes_max; ++j) {
            order.add_attributes(letters(static_cast<char>('a' + j)));
        }
        order.add_attributes("z" + std::to_string(i) + "=yes");
        for (std::size_t j = 0; j < filter_excluded_max; ++j) {
            order.add_excluded(market.sender(j).text());
        }
        txs.push_back(market.chain().sign(user, order, ample_gas));
    }
    market.chain().must_pass(std::move(txs));
    return made;
}

void block_of_impossible_filters(benchmark::State& state) {
    static const auto made = make_impossible_market();
    MarketChain& market = *made;
    for (auto _ : state) {
        state.PauseTiming();
        const chain::Block block = market.chain().make_block({});
        state.ResumeTiming();
        market.chain().replay(block);
    }
}
BENCHMARK(block_of_impossible_filters)->Unit(benchmark::kMillisecond)->Iterations(10);

constexpr std::uint32_t crowd = 64;         ///< providers
constexpr std::uint32_t crowd_slots = 256;  ///< of each
constexpr std::uint32_t resting_bids = 2'000;

/// Providers with as many slots, of so many workers each, and their asks.
std::unique_ptr<MarketChain> make_crowd(std::uint32_t workers) {
    auto all = options(crowd + users, "1000000000000uyard");
    all.params.market.start_blocks = 1'000'000;
    auto made = std::make_unique<MarketChain>(std::move(all), small_program(), 1);
    MarketChain& market = *made;
    for (std::uint32_t i = 0; i < crowd; ++i) {
        Wallet& provider = market.sender(i);
        const std::uint32_t slots = crowd_slots / workers;
        auto messages =
            market.begin_selling(provider, worker_of(i * crowd_slots), 1'000'000'000, slots);
        const auto& first = static_cast<const proto::MsgAddWorker&>(*messages[1]);
        for (std::uint32_t worker = 1; worker < workers; ++worker) {
            auto more = std::make_unique<proto::MsgAddWorker>(first);
            more->set_worker(ledger::account_text(worker_of(i * crowd_slots + worker)));
            messages.push_back(std::move(more));
        }
        messages.push_back(
            std::make_unique<proto::MsgPostAsk>(market.ask(provider, price + i, 1'000'000))
        );
        market.chain().must_pass(market.sign_all(provider, messages));
    }
    return made;
}

/// An array for each provider, which takes all of its slots.
std::vector<Bytes> arrays_for_all(MarketChain& market) {
    std::vector<Bytes> txs;
    for (std::uint32_t i = 0; i < crowd; ++i) {
        Wallet& user = market.sender(crowd + i);
        proto::MsgPostArray array = array_of(market, user);
        array.set_limit_price(2 * price);
        txs.push_back(market.chain().sign(user, array, ample_gas));
    }
    return txs;
}

/// The block in which every slot of the crowd is taken.
void block_of_a_crowd_that_sells(benchmark::State& state) {
    const auto made = make_crowd(static_cast<std::uint32_t>(state.range(0)));
    MarketChain& market = *made;
    const chain::Block block = market.chain().make_block(arrays_for_all(market));
    for (auto _ : state) {
        const auto results = market.chain().replay(block);
        state.PauseTiming();
        CHECK(results.tx_results.back().code == 0);
        state.ResumeTiming();
    }
    state.SetItemsProcessed(crowd * crowd_slots);
}
BENCHMARK(block_of_a_crowd_that_sells)
    ->Arg(1)
    ->Arg(crowd_slots)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

/// An empty block afterwards: bids that rest, asks of providers without a free slot.
void block_of_busy_workers(benchmark::State& state) {
    const auto made = make_crowd(static_cast<std::uint32_t>(state.range(0)));
    MarketChain& market = *made;
    market.chain().must_pass(arrays_for_all(market));
    std::vector<Bytes> txs;
    for (std::uint32_t i = 0; i < resting_bids; ++i) {
        Wallet& user = market.sender(crowd + i % users);
        txs.push_back(market.chain().sign(user, market.order(user, 2 * price, 10'000), ample_gas));
    }
    market.chain().must_pass(std::move(txs));
    for (auto _ : state) {
        state.PauseTiming();
        const chain::Block block = market.chain().make_block({});
        state.ResumeTiming();
        market.chain().replay(block);
    }
}
BENCHMARK(block_of_busy_workers)
    ->Arg(1)
    ->Arg(crowd_slots)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(20);

}  // namespace
}  // namespace steelyard::market
