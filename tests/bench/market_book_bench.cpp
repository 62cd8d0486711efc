// Books and clearing: what following a row costs beside sorted maps that do the same, what a batch
// takes to clear, at its worst too, and what it takes to read all rows again.
#include "base/check.h"
#include "ledger/state/state_view.h"
#include "market/book/clearing.h"
#include "tests/bench/allocations.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <map>
#include <random>
#include <ranges>
#include <set>

namespace steelyard::market {
namespace {

using ledger::RecordView;
using ledger::Store;

constexpr std::int64_t rows_min = 1'000;
constexpr std::int64_t rows_max = 1'000'000;
constexpr std::uint64_t book_rows = 20'000;  // two full sides
constexpr std::uint64_t account_rows = 64;
constexpr std::uint64_t changes_count = 1 << 16;

struct Row {
    Bytes key;
    Bytes value;
    Bytes filled;  ///< the value with less work left, of an ask
};

/// Places in the bytes of all changes.
struct Change {
    std::size_t key_begin = 0;
    std::size_t value_begin = 0;
    std::size_t end = 0;
    bool is_erased = false;
};

chain::Address address_of(std::uint64_t account) {
    chain::Address address{};
    std::memcpy(address.data(), &account, sizeof account);
    return address;
}

/// Asks and bids in turn, whose prices do not meet.
Row make_row(std::mt19937_64& random, std::uint64_t number, std::uint64_t rows) {
    const auto class_id = static_cast<std::uint32_t>(number / book_rows % (rows / book_rows + 1));
    RowKey key{{ClassId{class_id}}, 1 + random() % 100'000, Height(1 + random() % 10'000)};
    const AccountNumber account{random() % (rows / account_rows + 1)};
    const chain::Address owner = address_of(static_cast<std::uint64_t>(account));
    const Height last(static_cast<std::int64_t>(20'000 + random() % 100'000));
    if (number % 2 == 0) {
        key.price += 200'000;
        Ask ask{account, owner, number, 1'000'000'000, last};
        const Bytes value = encode_ask(ask);
        ask.work_units -= 1'000;
        return {encode_ask_key({key, OrderId{number}}), value, encode_ask(ask)};
    }
    const Bid bid{
        .user = account,
        .owner = owner,
        .count = number,
        .work_units = 1'000,
        .last = last,
        .blocks_needed = 200,
    };
    return {encode_bid_key({key, {OrderId{number}, 0}}), encode_bid(bid), {}};
}

/// As many rows as there are to be, and as many others again, by turns in the books: changes that
/// end where they began.
class Traffic {
public:
    explicit Traffic(std::uint64_t rows) : random_(rows) {
        for (std::uint64_t i = 0; i < rows + changes_count; ++i) {
            all_.push_back(make_row(random_, i, rows));
        }
        std::vector<std::uint64_t> live(rows);
        for (std::uint64_t i = 0; i < rows; ++i) {
            live[i] = i;
        }
        std::vector<std::pair<const Row*, const Bytes*>> back;
        for (std::uint64_t i = 0; i < changes_count; ++i) {
            std::uint64_t& place = live[random_() % rows];
            const Row& old = all_[place];
            const Row& added = all_[rows + i];
            place = rows + i;
            add_change(old, nullptr);
            add_change(added, &added.value);
            back.emplace_back(&old, &old.value);
            back.emplace_back(&added, nullptr);
            if (const Row& filled = all_[live[random_() % rows]]; !filled.filled.empty()) {
                add_change(filled, &filled.filled);
            }
        }
        for (const auto& [row, value] : std::views::reverse(back)) {
            add_change(*row, value);
        }
    }

    template <typename Rows>
    void begin(Rows& rows, std::uint64_t count) const {
        for (std::uint64_t i = 0; i < count; ++i) {
            rows.follow(all_[i].key, ByteView(all_[i].value));
        }
    }

    std::size_t changes() const { return changes_.size(); }

    /// As a block's changes come: one after the other in memory.
    template <typename Rows>
    void change(Rows& rows, std::size_t i) const {
        const Change& change = changes_[i];
        const ByteView bytes(bytes_);
        const ByteView key = bytes.subspan(change.key_begin, change.value_begin - change.key_begin);
        const ByteView value = bytes.subspan(change.value_begin, change.end - change.value_begin);
        rows.follow(key, change.is_erased ? std::nullopt : std::optional(value));
    }

    /// By key.
    std::vector<Row> take_rows() && {
        std::ranges::sort(all_, {}, &Row::key);
        return std::move(all_);
    }

private:
    void add_change(const Row& row, const Bytes* value) {
        Change change{.key_begin = bytes_.size(), .is_erased = value == nullptr};
        append(bytes_, row.key);
        change.value_begin = bytes_.size();
        append(bytes_, value == nullptr ? Bytes() : *value);
        change.end = bytes_.size();
        changes_.push_back(change);
    }

    std::mt19937_64 random_;
    std::vector<Row> all_;
    std::vector<Change> changes_;
    Bytes bytes_;
};

/// The peer: what sorts rows, last heights and accounts is a map of its own each.
class Maps {
public:
    void follow(ByteView key, const std::optional<ByteView>& value) {
        if (key.front() == 'a') {
            follow(asks_, decode_ask_key(key).value(), value, decode_ask, &Ask::provider);
        } else {
            BidKey bid = decode_bid_key(key).value();
            bid.row.price = ~bid.row.price;
            follow(bids_, bid, value, decode_bid, &Bid::user);
        }
    }

private:
    template <typename Key, typename Value>
    struct Side {
        std::map<Key, Value> rows;
        std::set<std::pair<Height, Key>> over;
        std::set<std::pair<AccountNumber, Key>> owners;
    };

    template <typename Key, typename Value>
    static void follow(
        Side<Key, Value>& side,
        const Key& key,
        const std::optional<ByteView>& bytes,
        Result<Value> (*decode)(ByteView),
        AccountNumber Value::* owner
    ) {
        if (const auto found = side.rows.find(key); found != side.rows.end()) {
            side.over.erase({found->second.last, key});
            side.owners.erase({found->second.*owner, key});
            if (!bytes) {
                side.rows.erase(found);
                return;
            }
        }
        Value value = decode(*bytes).value();
        side.over.emplace(value.last, key);
        side.owners.emplace(value.*owner, key);
        side.rows.insert_or_assign(key, std::move(value));
    }

    Side<AskKey, Ask> asks_;
    Side<BidKey, Bid> bids_;
};

/// A row added, erased or replaced.
template <typename Rows>
void follow(benchmark::State& state) {
    const auto count = static_cast<std::uint64_t>(state.range(0));
    const Traffic traffic(count);
    Rows rows;
    traffic.begin(rows, count);
    for (std::size_t i = 0; i < traffic.changes(); ++i) {
        traffic.change(rows, i);  // so that pools have their size
    }
    const std::uint64_t before = allocations_so_far();
    std::size_t i = 0;
    for (auto _ : state) {
        traffic.change(rows, i);
        i = i + 1 == traffic.changes() ? 0 : i + 1;
    }
    state.SetItemsProcessed(state.iterations());
    state.counters["allocations"] = benchmark::Counter(
        static_cast<double>(allocations_so_far() - before), benchmark::Counter::kAvgIterations
    );
}
constexpr std::int64_t changes_measured = 1 << 20;
BENCHMARK_TEMPLATE(follow, Books)
    ->RangeMultiplier(10)
    ->Range(rows_min, rows_max)
    ->Iterations(changes_measured);
BENCHMARK_TEMPLATE(follow, Maps)
    ->RangeMultiplier(10)
    ->Range(rows_min, rows_max)
    ->Iterations(changes_measured);

/// A committed store of rows.
class StoredRows final : public ledger::StateReader {
public:
    explicit StoredRows(std::vector<Row> rows) : rows_(std::move(rows)) {}

    std::optional<ByteView> get(Store, ByteView) const override { return std::nullopt; }

    std::optional<RecordView> at_or_after(Store, ByteView key) const override {
        const auto found = std::ranges::lower_bound(
            rows_,
            key,
            [](ByteView a, ByteView b) { return compare(a, b) < 0; },
            [](const Row& row) { return ByteView(row.key); }
        );
        return found == rows_.end() ? std::nullopt
                                    : std::optional(RecordView{found->key, found->value});
    }

private:
    std::vector<Row> rows_;
};

void rebuild(benchmark::State& state) {
    const auto count = static_cast<std::uint64_t>(state.range(0));
    const StoredRows stored(Traffic(count).take_rows());
    const ledger::StateView view(stored);
    for (auto _ : state) {
        Books books;
        books.rebuild(view);
        benchmark::DoNotOptimize(books);
    }
    state.SetItemsProcessed(state.iterations() * (count + changes_count));
}
BENCHMARK(rebuild)->Arg(rows_max)->Unit(benchmark::kMillisecond)->Iterations(2);

/// What a node would have read of its providers.
class Providers final : public FactsSource {
public:
    explicit Providers(std::uint64_t count) {
        for (std::uint64_t i = 0; i < count; ++i) {
            ProviderFacts facts{.is_matchable = true, .free_bond = money_max, .region = "north"};
            for (std::size_t j = 0; j < attributes_max; ++j) {
                facts.attributes.push_back({std::string(20, static_cast<char>('a' + j)), "yes"});
            }
            facts.free_slots = {{ClassId{1}, 1'000'000}};
            facts.worker_rows = 1;
            facts_.push_back(facts);
        }
    }

    ProviderFacts provider(AccountNumber provider) override {
        return facts_[static_cast<std::uint64_t>(provider)];
    }
    std::vector<ProviderFacts::FreeWorker> workers(AccountNumber provider) override {
        const auto worker = facts_.size() + static_cast<std::uint64_t>(provider);
        return {{AccountNumber{worker}, ClassId{1}, 1'000'000}};
    }
    std::uint32_t reputation(AccountNumber, ClassId) override { return 5'000; }
    bool may_serve(ClassId worker, ClassId book) override { return worker == book; }

private:
    std::vector<ProviderFacts> facts_;
};

constexpr std::uint64_t user = 1'000'000;

struct Batch {
    std::uint64_t asks = 0;
    std::uint64_t bids = 0;
    std::uint64_t prices = 0;     ///< different ones
    std::uint64_t providers = 0;  ///< that share the asks
    Filters filters{};
    bool is_impossible = false;
};

/// Orders of one block in one book. Each ask serves one bid.
template <typename Rows>
void fill_rows(Rows& rows, const Batch& batch) {
    std::mt19937_64 random(1);
    const RowKey key{{ClassId{1}}, 1, Height(10)};
    for (std::uint64_t i = 0; i < batch.asks; ++i) {
        RowKey row = key;
        row.price += random() % batch.prices;
        const Ask ask{
            AccountNumber{i % batch.providers},
            address_of(i % batch.providers),
            i / batch.providers,
            1'000,
            Height(10)
        };
        rows.follow(encode_ask_key({row, OrderId{1 + i}}), ByteView(encode_ask(ask)));
    }
    for (std::uint64_t i = 0; i < batch.bids; ++i) {
        RowKey row = key;
        row.price += batch.prices + random() % batch.prices;
        Bid bid{
            .user = AccountNumber{user + i},
            .owner = address_of(user + i),
            .work_units = 1'000,
            .last = Height(10),
            .filters = batch.filters,
        };
        if (batch.is_impossible) {
            bid.filters.attributes.back().value = std::to_string(i);
        }
        rows.follow(
            encode_bid_key({row, {OrderId{batch.asks + 1 + i}, 0}}), ByteView(encode_bid(bid))
        );
    }
}

ClearingRules rules() {
    return {
        .height = Height(10),
        .beacon = {1, 2, 3},
        .pairs_max = 1'000'000,
        .min_job_price = 10'000,
        .slash_multiple = 40,
        .min_slash = 1'000'000,
    };
}

void clear_rows(benchmark::State& state, const Batch& batch) {
    Books books;
    fill_rows(books, batch);
    Providers providers(batch.providers);
    Cleared cleared;
    const std::uint64_t before = allocations_so_far();
    for (auto _ : state) {
        cleared = clear(books, providers, rules(), {});
    }
    state.counters["fills"] = static_cast<double>(cleared.fills.size());
    state.counters["pairs"] = static_cast<double>(cleared.pairs);
    state.counters["allocations"] = benchmark::Counter(
        static_cast<double>(allocations_so_far() - before), benchmark::Counter::kAvgIterations
    );
}

constexpr std::uint64_t side_rows = 5'000;
constexpr Batch different{side_rows, side_rows, 100'000'000, 100};
constexpr Batch equal{side_rows, side_rows, 1, 100};
BENCHMARK_CAPTURE(clear_rows, different_prices, different)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(clear_rows, equal_prices, equal)->Unit(benchmark::kMillisecond);

/// All filters as long as they may be, and only the last attribute is nobody's.
Batch impossible() {
    Batch batch{10'000, 10'000, 100'000, 10'000};
    for (std::size_t i = 0; i + 1 < filter_regions_max; ++i) {
        batch.filters.regions.push_back("east " + std::to_string(i));
    }
    batch.filters.regions.push_back("north");
    for (std::size_t i = 0; i < filter_attributes_max; ++i) {
        const auto letter = static_cast<char>('a' + i + attributes_max - filter_attributes_max);
        batch.filters.attributes.push_back({std::string(20, letter), "yes"});
    }
    for (std::uint64_t i = 0; i < filter_excluded_max; ++i) {
        batch.filters.excluded.push_back(AccountNumber{user + i});
    }
    batch.is_impossible = true;
    return batch;
}
BENCHMARK_CAPTURE(clear_rows, impossible_filters, impossible())->Unit(benchmark::kMillisecond);

/// The peer: every bid goes through all asks of a map again, but for those that are sold.
void clear_maps(benchmark::State& state, const Batch& batch) {
    struct Sides {
        void follow(ByteView key, const std::optional<ByteView>& value) {
            if (key.front() == 'a') {
                asks.emplace(decode_ask_key(key).value(), decode_ask(*value).value());
            } else {
                BidKey bid = decode_bid_key(key).value();
                bid.row.price = ~bid.row.price;
                bids.emplace(bid, decode_bid(*value).value());
            }
        }
        std::map<AskKey, Ask> asks;
        std::map<BidKey, Bid> bids;
    };
    Sides sides;
    fill_rows(sides, batch);
    Providers providers(batch.providers);
    std::size_t fills = 0;
    for (auto _ : state) {
        std::map<AccountNumber, ProviderFacts> facts;
        for (const auto& [key, ask] : sides.asks) {
            if (!facts.contains(ask.provider)) {
                facts[ask.provider] = providers.provider(ask.provider);
            }
        }
        std::map<AskKey, Ask> asks = sides.asks;
        fills = 0;
        for (const auto& [key, bid] : sides.bids) {
            for (auto ask = asks.begin(); ask != asks.end(); ++ask) {
                ProviderFacts& provider = facts[ask->second.provider];
                if (ask->second.work_units < bid.work_units ||
                    ask->first.row.price > ~key.row.price || provider.free_slots[0].slots == 0 ||
                    provider.free_bond < 1'000'000) {
                    continue;
                }
                ++fills;
                provider.free_bond -= 1'000'000;
                --provider.free_slots[0].slots;
                ask->second.work_units -= bid.work_units;
                if (ask->second.work_units == 0) {
                    asks.erase(ask);
                }
                break;
            }
        }
        benchmark::DoNotOptimize(fills);
    }
    state.counters["fills"] = static_cast<double>(fills);
}
BENCHMARK_CAPTURE(clear_maps, different_prices, different)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace steelyard::market
