#include "market/book/books.h"
#include "tests/unit/ledger/map_state.h"
#include "tests/unit/market/book/slow_clearing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace steelyard::market {
namespace {

std::vector<AskRecord> asks_in(const Books& books, BookId book) {
    std::vector<AskRecord> asks;
    books.walk_asks(book, [&](const AskKey& key, const Ask& ask) {
        asks.emplace_back(key, ask);
        return true;
    });
    return asks;
}

std::vector<BidRecord> bids_in(const Books& books, BookId book) {
    std::vector<BidRecord> bids;
    books.walk_bids(book, [&](const BidKey& key, const Bid& bid) {
        bids.emplace_back(key, bid);
        return true;
    });
    return bids;
}

/// As the store has them.
void sort_by_keys(MarketDraft& market) {
    std::ranges::sort(market.asks, {}, [](const AskRecord& ask) {
        return encode_ask_key(ask.first);
    });
    std::ranges::sort(market.bids, {}, [](const BidRecord& bid) {
        return encode_bid_key(bid.first);
    });
}

/// Rows in any order, some of them first as something else, some that go again.
Books shuffled_books(const MarketDraft& market, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    MarketDraft others = random_market(seed + 1'000);
    MarketDraft before = market;
    Books books;
    for (auto& [key, ask] : before.asks) {
        ask.last = Height(static_cast<std::int64_t>(random() % 20));
        ask.provider = AccountNumber{random() % 20};
    }
    for (auto& [key, bid] : before.bids) {
        bid.last = Height(static_cast<std::int64_t>(random() % 20));
        bid.user = AccountNumber{random() % 20};
    }
    std::ranges::shuffle(before.asks, random);
    std::ranges::shuffle(before.bids, random);
    before.asks.resize(before.asks.size() / 2);
    before.bids.resize(before.bids.size() / 2);
    follow_all(books, others.asks);
    follow_all(books, before.bids);
    follow_all(books, before.asks);
    follow_all(books, others.bids);
    for (const auto& [key, ask] : others.asks) {
        books.follow(encode_ask_key(key), std::nullopt);
        books.follow(encode_ask_key(key), std::nullopt);
    }
    for (const auto& [key, bid] : others.bids) {
        books.follow(encode_bid_key(key), std::nullopt);
    }
    MarketDraft now = market;
    std::ranges::shuffle(now.asks, random);
    std::ranges::shuffle(now.bids, random);
    follow_all(books, now.bids);
    follow_all(books, now.asks);
    return books;
}

TEST(Books, are_their_rows_whatever_the_way_there) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        MarketDraft market = random_market(seed);
        const Books books = market.books();
        const Books others = shuffled_books(market, seed);

        ASSERT_TRUE(books == others) << "seed " << seed;
        sort_by_keys(market);
        std::vector<AskRecord> asks;
        std::vector<BidRecord> bids;
        for (const BookId book : others.books()) {
            std::ranges::copy(asks_in(others, book), std::back_inserter(asks));
            std::ranges::copy(bids_in(others, book), std::back_inserter(bids));
            ASSERT_EQ(others.depth(book).asks, asks_in(others, book).size());
            ASSERT_EQ(others.depth(book).bids, bids_in(others, book).size());
            ASSERT_GT(others.depth(book).asks + others.depth(book).bids, 0U);
        }
        ASSERT_EQ(asks, market.asks) << "seed " << seed;
        ASSERT_EQ(bids, market.bids) << "seed " << seed;
        ASSERT_EQ(
            clear(books, market.facts, market.rules, {}).fills,
            clear(others, market.facts, market.rules, {}).fills
        );
    }
}

TEST(Books, differ_by_a_row_or_by_what_it_holds) {
    MarketDraft market;
    const AskKey ask{{book_of(1), 5, Height(3)}, OrderId{1}};
    const BidKey bid{{book_of(1), 5, Height(3)}, {OrderId{2}, 0}};
    market.asks.emplace_back(ask, Ask{.work_units = 5});
    market.bids.emplace_back(bid, Bid{.work_units = 5});
    const Books books = market.books();

    MarketDraft other = market;
    other.asks[0].second.work_units = 4;
    EXPECT_FALSE(books == other.books());
    other = market;
    other.bids[0].second.filters.reputation_min = 4;
    EXPECT_FALSE(books == other.books());
    other = market;
    other.bids[0].first.job.task = 1;
    EXPECT_FALSE(books == other.books());
    other = market;
    other.asks.clear();
    EXPECT_FALSE(books == other.books());
    EXPECT_FALSE(other.books() == books);
    EXPECT_FALSE(books == Books());
    EXPECT_TRUE(books == market.books());
}

TEST(Books, are_those_of_the_store) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const MarketDraft market = random_market(seed);
        ledger::Bench bench;
        for (const auto& [key, ask] : market.asks) {
            ASSERT_TRUE(put_ask(bench.state, key, ask));
        }
        for (const auto& [key, bid] : market.bids) {
            ASSERT_TRUE(put_bid(bench.state, key, bid));
        }
        Books rebuilt = random_market(seed + 1).books();

        rebuilt.rebuild(bench.state);

        ASSERT_TRUE(rebuilt == market.books()) << "seed " << seed;
    }
}

TEST(Books, take_no_row_that_no_code_writes) {
    Books books;
    const AskKey key{{book_of(1), 5, Height(3)}, OrderId{1}};
    const Bytes value = encode_ask({.work_units = 5});
    Bytes longer = encode_ask_key(key);
    longer.push_back(0);

    EXPECT_DEATH(books.follow({}, ByteView(value)), "CHECK|empty");
    EXPECT_DEATH(books.follow(longer, ByteView(value)), "has_value");
    EXPECT_DEATH(books.follow(as_bytes("zz"), ByteView(value)), "has_value");
    EXPECT_DEATH(books.follow(encode_ask_key(key), as_bytes("not an ask")), "has_value");
    EXPECT_DEATH(
        books.follow(encode_ask_key({{book_of(1), 0, Height(3)}, OrderId{1}}), std::nullopt),
        "has_value"
    );
}

// D3: by last height, id, task.
TEST(Books, know_what_is_over) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const MarketDraft market = random_market(seed);
        const Books books = shuffled_books(market, seed);
        for (const std::size_t count_max : {0, 1, 3, 10, 1'000}) {
            std::vector<std::tuple<Height, OrderId, std::uint32_t, bool, std::size_t>> expected;
            for (std::size_t i = 0; i < market.asks.size(); ++i) {
                expected.emplace_back(
                    market.asks[i].second.last, market.asks[i].first.id, 0, false, i
                );
            }
            for (std::size_t i = 0; i < market.bids.size(); ++i) {
                const JobId job = market.bids[i].first.job;
                expected.emplace_back(market.bids[i].second.last, job.order, job.task, true, i);
            }
            std::erase_if(expected, [](const auto& row) { return std::get<0>(row) >= Height(11); });
            std::ranges::sort(expected);
            expected.resize(std::min(expected.size(), count_max));
            Books::Over over;
            for (const auto& [last, id, task, is_bid, at] : expected) {
                if (is_bid) {
                    over.bids.push_back(market.bids[at].first);
                } else {
                    over.asks.push_back(market.asks[at].first);
                }
            }

            const Books::Over found = books.over(Height(11), count_max);

            ASSERT_EQ(found.asks, over.asks) << "seed " << seed;
            ASSERT_EQ(found.bids, over.bids) << "seed " << seed;
        }
        ASSERT_TRUE(books.over(Height(0), 1'000).bids.empty());
    }
}

TEST(Books, know_what_an_account_has) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const MarketDraft market = random_market(seed);
        const Books books = shuffled_books(market, seed);
        for (std::uint64_t number = 0; number < 110; ++number) {
            const AccountNumber account{number};
            std::vector<AskKey> asks;
            std::vector<BidKey> bids;
            for (const auto& [key, ask] : market.asks) {
                if (ask.provider == account) {
                    asks.push_back(key);
                }
            }
            for (const auto& [key, bid] : market.bids) {
                if (bid.user == account) {
                    bids.push_back(key);
                }
            }
            std::ranges::sort(asks, {}, &AskKey::id);
            std::ranges::sort(bids, {}, &BidKey::job);
            ASSERT_EQ(books.asks_of(account), asks) << "seed " << seed;
            ASSERT_EQ(books.bids_of(account), bids) << "seed " << seed;

            std::erase_if(asks, [](const AskKey& key) { return key.id >= OrderId{15}; });
            ASSERT_EQ(books.void_asks(account, OrderId{15}, 1'000), asks) << "seed " << seed;
            asks.resize(std::min<std::size_t>(asks.size(), 2));
            ASSERT_EQ(books.void_asks(account, OrderId{15}, 2), asks) << "seed " << seed;
        }
    }
}

// O3: the worst first, by the beacon among equals.
TEST(Books, know_the_rows_behind_the_best) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const MarketDraft market = random_market(seed);
        const Hash256& beacon = market.rules.beacon;
        const Books books = shuffled_books(market, seed);
        for (std::uint32_t class_id = 1; class_id <= 4; ++class_id) {
            std::vector<AskKey> asks;
            std::vector<BidKey> bids;
            for (const AskRecord& ask : in_order(market.asks, beacon)) {
                if (ask.first.row.book == book_of(class_id)) {
                    asks.push_back(ask.first);
                }
            }
            for (const BidRecord& bid : in_order(market.bids, beacon, {})) {
                if (bid.first.row.book == book_of(class_id)) {
                    bids.push_back(bid.first);
                }
            }
            std::ranges::reverse(asks);
            std::ranges::reverse(bids);
            for (const std::size_t rows_max : {40, 10, 7, 3, 1, 0}) {
                std::vector<AskKey> worst_asks = asks;
                std::vector<BidKey> worst_bids = bids;
                worst_asks.resize(asks.size() - std::min(asks.size(), rows_max));
                worst_bids.resize(bids.size() - std::min(bids.size(), rows_max));
                ASSERT_EQ(books.asks_beyond(book_of(class_id), rows_max, beacon), worst_asks);
                ASSERT_EQ(books.bids_beyond(book_of(class_id), rows_max, beacon), worst_bids);
            }
        }
    }
}

}  // namespace
}  // namespace steelyard::market
