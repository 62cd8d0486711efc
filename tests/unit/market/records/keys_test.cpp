// Keys: as the table of doc/spec/market.md has them, sorted as matching wants them.
#include "base/hex.h"
#include "market/records/void_rows.h"
#include "tests/unit/ledger/map_state.h"
#include "tests/unit/market/records/job_samples.h"

#include <gtest/gtest.h>

#include <random>

namespace steelyard::market {
namespace {

using namespace samples;
using ledger::Bench;
using ledger::Store;

/// The rows that a change of an empty state leaves, as "store key=value".
std::vector<std::string> rows_of(const std::function<Outcome<void>(StateView&)>& change) {
    Bench bench;
    EXPECT_TRUE(change(bench.state));
    std::vector<std::string> rows;
    bench.state.visit_changes([&](Store store, ByteView key, const std::optional<Bytes>& value) {
        if (value) {
            rows.push_back(fmt::format(
                "{} {}={}",
                ledger::store_names[static_cast<std::size_t>(store)],
                to_hex(key),
                value->size() <= 24 ? to_hex(*value) : "..."
            ));
        }
    });
    return rows;
}

using Rows = std::vector<std::string>;

constexpr AccountNumber account{0x0102};
constexpr ClassId some_class{0x0a0b};
constexpr JobId job{OrderId{0x0c0d}, 0x0e};

TEST(Keys, of_the_books_are_those_of_the_page) {
    EXPECT_EQ(
        rows_of([](StateView& state) { return put_ask(state, ask_key(), full_ask()); }),
        (Rows{"book 61"
              "00000002"
              "01"
              "00000000000005dc"
              "0000000000000009"
              "000000000000000b"
              "=..."})
    );
    EXPECT_EQ(
        rows_of([](StateView& state) { return put_bid(state, bid_key(), full_bid()); }),
        (Rows{"book 62"
              "00000002"
              "01"
              "fffffffffffffa23"
              "0000000000000009"
              "000000000000000b"
              "00000003=..."})
    );
}

TEST(Keys, of_orders_and_jobs_are_those_of_the_page) {
    EXPECT_EQ(
        rows_of([](StateView& state) { return put_order(state, job.order, full_order()); }),
        (Rows{"job 6f"
              "0000000000000c0d=..."})
    );
    EXPECT_EQ(
        rows_of([](StateView& state) { return put_job(state, job, full_job()); }),
        (Rows{"job 6a"
              "0000000000000c0d"
              "0000000e=..."})
    );
    EXPECT_EQ(
        rows_of([](StateView& state) {
            return put_task_inputs(state, job, std::vector{hash(1), hash(2)});
        }),
        (Rows{"job 74"
              "0000000000000c0d"
              "0000000e=..."})
    );
    EXPECT_EQ(
        rows_of([](StateView& state) { return put_inline_result(state, job, Bytes{1, 2}); }),
        (Rows{"job 72"
              "0000000000000c0d"
              "0000000e=0102"})
    );
}

TEST(Keys, of_parties_are_those_of_the_page) {
    EXPECT_EQ(
        rows_of([](StateView& state) { return put_provider(state, account, full_provider()); }),
        (Rows{"provider 70"
              "0000000000000102=..."})
    );
    EXPECT_EQ(
        rows_of([](StateView& state) { return put_worker(state, account, full_worker()); }),
        (Rows{
            "provider 77"
            "0000000000000102=080310021880082005"
            "2801",
            "provider 78"
            "0000000000000003"
            "0000000000000102=01",
        })
    );
    EXPECT_EQ(
        rows_of([](StateView& state) { return put_withdrawal(state, account, 5, 9); }),
        (Rows{"provider 75"
              "0000000000000102"
              "00000005=00000000000000000000000000000009"})
    );
    EXPECT_EQ(
        rows_of([](StateView& state) {
            return put_standing(state, account, some_class, {.day = 1});
        }),
        (Rows{"provider 64"
              "0000000000000102"
              "00000a0b=0801"})
    );
    EXPECT_EQ(
        rows_of([](StateView& state) {
            return put_payer(state, account, some_class, {AccountNumber{3}, q32_one});
        }),
        (Rows{"provider 79"
              "0000000000000102"
              "00000a0b"
              "0000000000000003=0000000100000000"})
    );
}

TEST(Keys, of_instruments_are_those_of_the_page) {
    EXPECT_EQ(
        rows_of([](StateView& state) -> Outcome<void> {
            TRY(add_class(state, {.name = "ab"}));
            return {};
        }),
        (Rows{
            "market 63=00000002",
            "market 6b"
            "00000001=0a02616210012001",
            "market 6e"
            "6162"
            "00=00000001",
        })
    );
    const std::string id(64, '1');
    EXPECT_EQ(
        rows_of([](StateView& state) -> Outcome<void> {
            TRY(put_program(state, hash(0x11), {}));
            return put_program_bytes(state, hash(0x11), Bytes{7});
        }),
        (Rows{"market 67" + id + "=2a00", "market 68" + id + "=07"})
    );
}

TEST(Keys, of_the_queue_and_of_waiters_are_those_of_the_page) {
    const Deadline deadline{
        .kind = DeadlineKind::settle,
        .due = {.height = Height(0x21), .time = time("1970-01-01T00:00:01.000000002Z")},
    };
    EXPECT_EQ(
        rows_of([&](StateView& state) { return enqueue(state, deadline, job); }),
        (Rows{"market 71"
              "0000000000000021"
              "04"
              "0000000000000c0d"
              "0000000e"
              "=8000000000000001"
              "00000002"})
    );
    EXPECT_EQ(
        rows_of([](StateView& state) -> Outcome<void> {
            TRY(begin_waiting(state, WaitingFor::seed, {Height(1), job}));
            return begin_waiting(state, WaitingFor::issue, {Height(2), job});
        }),
        (Rows{
            "market 73"
            "0000000000000002"
            "0000000000000c0d"
            "0000000e=01",
            "market 77"
            "0000000000000001"
            "0000000000000c0d"
            "0000000e=01",
        })
    );
}

TEST(Keys, of_single_rows_are_those_of_the_page) {
    const auto rows = rows_of([](StateView& state) -> Outcome<void> {
        TRY(take_order_id(state));
        TRY(put_counters(state, account, {.made = 3, .open = 2}));
        TRY(put_class_counters(state, some_class, {.paid = 5}));
        TRY(put_block_use(state, {Height(1), 2, 3}));
        TRY(put_cursor(state, full_cursor()));
        TRY(put_verification_pool(state, 6));
        TRY(put_proposer(state, Height(4), {ledger::ValidatorNumber{5}, 6, 7}));
        TRY(mark_for_sweep(state, account));
        return ask_to_cancel(state, job.order);
    });
    EXPECT_EQ(
        rows,
        (Rows{
            "market 65"
            "0000000000000102=08031002",
            "market 69=0000000000000002",
            "market 6c=...",
            "market 70=00000000000000000000000000000006",
            "market 74"
            "00000a0b=1005",
            "market 75=0000000000000001"
            "0000000000000002"
            "0000000000000003",
            "market 76"
            "0000000000000004=00000005"
            "0000000000000006"
            "0000000000000007",
            "market 78"
            "0000000000000c0d=01",
            "market 7a"
            "0000000000000102=01",
        })
    );
}

/// Every kind of row, with keys as like each other as they can be.
TEST(Keys, begin_no_other) {
    Bench bench;
    StateView& state = bench.state;
    for (const std::uint64_t number : {0ULL, 1ULL, 0x0100ULL, 0x6100000000000000ULL}) {
        const AccountNumber of{number};
        const OrderId id{number};
        const JobId one{id, 0};
        ASSERT_TRUE(put_ask(state, {.row = {.price = 1}, .id = id}, full_ask()));
        ASSERT_TRUE(put_bid(state, {.row = {.price = 1}, .job = one}, full_bid()));
        ASSERT_TRUE(put_order(state, id, full_order()));
        ASSERT_TRUE(put_job(state, one, full_job()));
        ASSERT_TRUE(put_task_inputs(state, one, std::vector{hash(1)}));
        ASSERT_TRUE(put_inline_result(state, one, Bytes{1}));
        ASSERT_TRUE(put_provider(state, of, full_provider()));
        ASSERT_TRUE(put_worker(state, of, full_worker()));
        ASSERT_TRUE(put_withdrawal(state, of, 0, 1));
        ASSERT_TRUE(put_standing(state, of, ClassId{1}, full_standing()));
        ASSERT_TRUE(put_payer(state, of, ClassId{1}, {AccountNumber{}, 1}));
        ASSERT_TRUE(
            enqueue(state, {DeadlineKind::start, {Height(1), time("2026-01-01T00:00:00Z")}}, one)
        );
        ASSERT_TRUE(begin_waiting(state, WaitingFor::seed, {Height(1), one}));
        ASSERT_TRUE(begin_waiting(state, WaitingFor::issue, {Height(1), one}));
        ASSERT_TRUE(put_counters(state, of, {.made = 1}));
        ASSERT_TRUE(ask_to_cancel(state, id));
        ASSERT_TRUE(mark_for_sweep(state, of));
        ASSERT_TRUE(
            put_class_counters(state, ClassId{static_cast<std::uint32_t>(number)}, {.paid = 1})
        );
        ASSERT_TRUE(put_proposer(state, Height(static_cast<std::int64_t>(number)), {}));
    }
    for (const std::string_view name : {"a", "aa", "ab", "a-", "gpu.large", "gpu.large-2"}) {
        ASSERT_TRUE(add_class(state, {.name = std::string(name)}));
    }
    ASSERT_TRUE(put_program(state, hash(0), {}));
    ASSERT_TRUE(put_program_bytes(state, hash(0), Bytes{1}));
    ASSERT_TRUE(take_order_id(state));
    ASSERT_TRUE(put_block_use(state, {}));
    ASSERT_TRUE(put_cursor(state, full_cursor()));
    ASSERT_TRUE(put_verification_pool(state, 1));

    std::vector<std::pair<Store, Bytes>> keys;
    state.visit_changes([&](Store store, ByteView key, const std::optional<Bytes>&) {
        keys.emplace_back(store, to_bytes(key));
    });

    ASSERT_GT(keys.size(), 80U);
    for (std::size_t i = 1; i < keys.size(); ++i) {
        const auto& [store, key] = keys[i];
        const auto& [store_before, before] = keys[i - 1];
        const bool begins = store == store_before && key.size() >= before.size() &&
                            equal(ByteView(key).first(before.size()), before);
        EXPECT_FALSE(begins) << to_hex(before) << " begins " << to_hex(key);
    }
}

/// A side's order: book, price (asks up, bids down), height, id, task.
TEST(BookKeys, sort_the_best_first) {
    std::mt19937_64 random(7);
    const std::array<Price, 6> prices = {1, 2, 255, 256, price_max - 1, price_max};
    std::vector<AskKey> asks;
    std::vector<BidKey> bids;
    for (int i = 0; i < 300; ++i) {
        const RowKey row{
            .book = {.class_id = ClassId{static_cast<std::uint32_t>(random() % 3)}},
            .price = prices.at(random() % prices.size()),
            .posted = Height(static_cast<std::int64_t>(random() % 3) * 255),
        };
        const OrderId id{random() % 4 * 128};
        asks.push_back({row, id});
        bids.push_back({row, {id, static_cast<std::uint32_t>(random() % 3)}});
    }
    const auto in_order = [](const auto& a, const auto& b, bool is_bid) {
        const auto rank = [&](const RowKey& row) {
            return std::tuple(row.book, is_bid ? price_max - row.price : row.price, row.posted);
        };
        return rank(a.row) != rank(b.row) ? rank(a.row) < rank(b.row) : a < b;
    };

    for (std::size_t i = 0; i + 1 < asks.size(); ++i) {
        const auto by_bytes = compare(encode_ask_key(asks[i]), encode_ask_key(asks[i + 1])) < 0;
        EXPECT_EQ(by_bytes, in_order(asks[i], asks[i + 1], false)) << i;
        const auto bid_by_bytes = compare(encode_bid_key(bids[i]), encode_bid_key(bids[i + 1])) < 0;
        EXPECT_EQ(bid_by_bytes, in_order(bids[i], bids[i + 1], true)) << i;
        EXPECT_EQ(decode_ask_key(encode_ask_key(asks[i])).value(), asks[i]);
        EXPECT_EQ(decode_bid_key(encode_bid_key(bids[i])).value(), bids[i]);
    }
}

TEST(BookKeys, begin_with_their_book) {
    const auto begins = [](const ledger::Key& prefix, const Bytes& key) {
        const ByteView bytes = prefix;
        return equal(bytes, ByteView(key).first(bytes.size()));
    };
    EXPECT_TRUE(begins(asks_prefix(ask_key().row.book), encode_ask_key(ask_key())));
    EXPECT_TRUE(begins(bids_prefix(bid_key().row.book), encode_bid_key(bid_key())));
    EXPECT_FALSE(begins(asks_prefix({.class_id = ClassId{3}}), encode_ask_key(ask_key())));
}

TEST(BookKeys, that_no_row_has_are_refused) {
    const Bytes ask = encode_ask_key(ask_key());
    const Bytes bid = encode_bid_key(bid_key());
    const auto with = [](Bytes key, std::size_t at, Bytes bytes) {
        std::ranges::copy(bytes, key.begin() + static_cast<std::ptrdiff_t>(at));
        return key;
    };

    EXPECT_EQ(decode_ask_key({}).error().message(), "key has 0 bytes, not 30");
    EXPECT_EQ(decode_ask_key(bid).error().message(), "key has 34 bytes, not 30");
    EXPECT_FALSE(decode_bid_key(ask));
    EXPECT_EQ(decode_ask_key(with(ask, 0, {'b'})).error().message(), "key begins with 98, not 'a'");
    EXPECT_EQ(decode_ask_key(with(ask, 5, {2})).error().message(), "product 2 does not exist");
    EXPECT_EQ(
        decode_ask_key(with(ask, 6, Bytes(8, 0))).error().message(),
        "price 0 is not from 1 to 1000000000000000"
    );
    EXPECT_FALSE(decode_ask_key(with(ask, 6, Bytes(8, 0xff))));
    EXPECT_FALSE(decode_bid_key(with(bid, 6, Bytes(8, 0xff)))) << "a limit of 0";
    EXPECT_FALSE(decode_bid_key(with(bid, 6, Bytes(8, 0)))) << "a limit of 2^64 - 1";
    EXPECT_FALSE(decode_ask_key(with(ask, 14, Bytes{0xff}))) << "a negative height";
    Bytes shorter = ask;
    shorter.pop_back();
    EXPECT_FALSE(decode_ask_key(shorter));
}

}  // namespace
}  // namespace steelyard::market
