#include "market/book/clearing.h"

#include "base/checked.h"
#include "tests/unit/market/book/slow_clearing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace steelyard::market {
namespace {

void expect_equal(const Cleared& cleared, const Cleared& expected, const std::string& trace) {
    ASSERT_EQ(cleared.fills, expected.fills) << trace;
    ASSERT_EQ(cleared.pairs, expected.pairs) << trace;
    ASSERT_EQ(cleared.cursor, expected.cursor) << trace;
}

TEST(Clearing, gives_the_fills_that_the_page_says) {
    std::size_t fills = 0;
    std::size_t cut_short = 0;
    for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
        MarketDraft market = random_market(seed);
        std::optional<Cursor> cursor;
        for (int block = 0; block < 3; ++block) {
            const Cleared expected = slow_clear(market, cursor);

            const Cleared cleared = clear(market.books(), market.facts, market.rules, cursor);

            ASSERT_NO_FATAL_FAILURE(
                expect_equal(cleared, expected, fmt::format("seed {} block {}", seed, block))
            );
            fills += cleared.fills.size();
            cut_short += cleared.cursor ? 1 : 0;
            cursor = cleared.cursor;
            market.carry_out(cleared.fills);
            market.rules.height = market.rules.height.next();
            ++market.rules.beacon[block];
        }
    }
    EXPECT_GT(fills, 5'000U);
    EXPECT_GT(cut_short, 1'000U);
}

/// The rows with ids as another order of a block's transactions would have given them.
MarketDraft renumbered(const MarketDraft& market, std::uint64_t seed) {
    std::vector<std::uint64_t> ids(200);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        ids[i] = i + 1;
    }
    std::ranges::shuffle(ids, std::mt19937_64(seed));
    MarketDraft other = market;
    for (AskRecord& ask : other.asks) {
        ask.first.id = OrderId{ids[static_cast<std::uint64_t>(ask.first.id)]};
    }
    for (BidRecord& bid : other.bids) {
        bid.first.job.order = OrderId{ids[static_cast<std::uint64_t>(bid.first.job.order)]};
    }
    return other;
}

/// Places in the lists of what was filled.
std::vector<std::pair<std::size_t, std::size_t>> places(
    const MarketDraft& market, const std::vector<Fill>& fills
) {
    std::vector<std::pair<std::size_t, std::size_t>> found;
    for (const Fill& fill : fills) {
        const auto bid = std::ranges::find(market.bids, fill.bid, &BidRecord::first);
        const auto ask = std::ranges::find(market.asks, fill.ask, &AskRecord::first);
        found.emplace_back(bid - market.bids.begin(), ask - market.asks.begin());
    }
    return found;
}

// C2: a place in a block is worth nothing.
TEST(Clearing, does_not_depend_on_the_order_of_transactions) {
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
        MarketDraft market = random_market(seed);
        for (auto& [account, facts] : market.facts.providers) {
            facts.asks_valid_from = {};
        }
        MarketDraft other = renumbered(market, seed);

        const Cleared cleared = clear(market.books(), market.facts, market.rules, {});
        const Cleared again = clear(other.books(), other.facts, other.rules, {});

        ASSERT_EQ(places(market, cleared.fills), places(other, again.fills)) << "seed " << seed;
        ASSERT_EQ(cleared.cursor, again.cursor) << "seed " << seed;
    }
}

// E2, C3, and of M2, M3 what clearing can break.
TEST(Clearing, keeps_limits_prices_bonds_slots_and_work_units) {
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
        MarketDraft market = random_market(seed);
        market.rules.pairs_max = 1'000'000;
        std::map<AccountNumber, Uint128> reserved;
        std::map<AccountNumber, std::uint32_t> slots;
        std::map<AskKey, Uint128> work_units;

        for (const Fill& fill : clear(market.books(), market.facts, market.rules, {}).fills) {
            const auto bid = std::ranges::find(market.bids, fill.bid, &BidRecord::first);
            const Uint128 units = bid->second.work_units;
            const auto price_at = [&](Price price) {
                return std::max(
                    (Uint128{price} * units + 999'999) / 1'000'000,
                    Uint128{market.rules.min_job_price}
                );
            };
            ASSERT_LE(fill.price, price_at(fill.bid.row.price));
            ASSERT_GE(fill.price, price_at(fill.ask.row.price));
            ASSERT_NE(fill.provider, bid->second.user);
            reserved[fill.provider] += fill.reserved;
            work_units[fill.ask] += units;
            ++slots[fill.worker];
            std::erase(market.bids, *bid);  // and so none is filled twice
        }
        for (const auto& [account, facts] : market.facts.providers) {
            ASSERT_LE(reserved[account], facts.free_bond);
            for (const ProviderFacts::FreeWorker& worker : facts.workers) {
                ASSERT_LE(slots[worker.account], worker.slots);
            }
        }
        for (const auto& [key, ask] : market.asks) {
            ASSERT_LE(work_units[key], ask.work_units);
        }
    }
}

TEST(Clearing, asks_for_facts_once) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        MarketDraft market = random_market(seed);

        clear(market.books(), market.facts, market.rules, {});

        for (const auto& [provider, count] : market.facts.asked_providers) {
            ASSERT_EQ(count, 1);
        }
        for (const auto& [provider, count] : market.facts.asked_reputations) {
            ASSERT_EQ(count, 1);
        }
        for (const auto& [provider, count] : market.facts.asked_workers) {
            ASSERT_EQ(count, 1);
        }
    }
}

// C4: workers are read of who sells, and count.
TEST(Clearing, reads_workers_of_those_who_sell_and_counts_them) {
    MarketDraft market;
    for (std::uint64_t i = 1; i <= 3; ++i) {
        const AccountNumber provider{i};
        market.facts.providers[provider] = rich_provider(1, i == 3 ? 0 : 2);
        market.facts.providers[provider].region = i == 1 ? "elsewhere" : "here";
        market.facts.providers[provider].worker_rows = 255;  // busy ones
        market.asks.emplace_back(
            AskKey{{book_of(1), i, Height(3)}, OrderId{i}},
            Ask{provider, address_of(provider), 0, 9, Height(1'000)}
        );
    }
    for (std::uint64_t i = 0; i < 2; ++i) {
        const AccountNumber user{10 + i};
        Bid bid{.user = user, .owner = address_of(user), .work_units = 1, .last = Height(1'000)};
        bid.filters.regions = {"here"};
        market.bids.emplace_back(BidKey{{book_of(1), 9, Height(4)}, {OrderId{50 + i}, 0}}, bid);
    }

    const Cleared cleared = clear(market.books(), market.facts, market.rules, {});

    EXPECT_EQ(cleared.fills.size(), 2U);
    EXPECT_EQ(cleared.pairs, 2 * 2 + 256 * pairs_of_worker);
    EXPECT_EQ(market.facts.asked_workers, (std::map<AccountNumber, int>{{AccountNumber{2}, 1}}));
}

/// Users that want one provider each, all at one limit and height, and all the providers' asks.
MarketDraft couples(std::uint64_t count) {
    MarketDraft market;
    for (std::uint64_t i = 0; i < count; ++i) {
        const AccountNumber provider{1 + i};
        const AccountNumber user{1'000 + i};
        const std::string region = std::to_string(i);
        ProviderFacts facts = rich_provider(1, 1);
        facts.region = region;
        market.facts.providers[provider] = facts;
        market.asks.emplace_back(
            AskKey{{book_of(1), 5, Height(3)}, OrderId{1 + i}},
            Ask{provider, address_of(provider), 0, 1, Height(1'000'000)}
        );
        Bid bid{
            .user = user, .owner = address_of(user), .work_units = 1, .last = Height(1'000'000)
        };
        bid.filters.regions = {region};
        market.bids.emplace_back(BidKey{{book_of(1), 5, Height(4)}, {OrderId{5'000 + i}, 0}}, bid);
    }
    return market;
}

// C4.
TEST(Clearing, gives_every_bid_its_turn_however_few_pairs_there_are) {
    for (const std::uint64_t pairs_max : {40, 41, 97, 400}) {
        MarketDraft market = couples(40);
        market.rules.pairs_max = pairs_max;
        std::optional<Cursor> cursor;
        std::uint64_t blocks = 0;
        while (!market.bids.empty()) {
            ASSERT_LE(++blocks, 40 * (40 + pairs_of_worker) / pairs_max + 2) << pairs_max;
            const Cleared cleared = clear(market.books(), market.facts, market.rules, cursor);
            ASSERT_LE(cleared.pairs, pairs_max + pairs_of_worker);
            cursor = cleared.cursor;
            market.carry_out(cleared.fills);
            market.rules.height = market.rules.height.next();
            ++market.rules.beacon[0];
        }
    }
}

// C4: a bid with more asks than pairs in a block does not hold up the others.
TEST(Clearing, goes_behind_a_bid_that_needs_more_pairs_than_a_block_has) {
    MarketDraft market = couples(10);
    market.bids[0].first.row.price = 6;  // the first of all, and it wants what nobody has
    market.bids[0].second.filters.regions = {"nowhere"};
    market.rules.pairs_max = 9;

    const Cleared first = clear(market.books(), market.facts, market.rules, {});

    EXPECT_TRUE(first.fills.empty());
    ASSERT_TRUE(first.cursor);
    EXPECT_EQ(first.cursor->row, market.bids[0].first.row);
    EXPECT_TRUE(first.cursor->is_behind);
    const Cleared second = clear(market.books(), market.facts, market.rules, first.cursor);
    ASSERT_TRUE(second.cursor);
    EXPECT_EQ(second.cursor->row, market.bids[1].first.row);
}

// C4: what a bid of an array did not find no other looks for.
TEST(Clearing, looks_once_for_an_array_that_finds_nothing) {
    MarketDraft market = couples(20);
    market.bids.resize(1);
    market.bids[0].second.filters.regions = {"nowhere"};
    for (std::uint32_t task = 1; task < 10; ++task) {
        market.bids.push_back(market.bids[0]);
        market.bids.back().first.job.task = task;
    }

    const Cleared cleared = clear(market.books(), market.facts, market.rules, {});

    EXPECT_EQ(cleared.pairs, 20U);
    EXPECT_FALSE(cleared.cursor);
}

// C4: orders that nothing can serve.
TEST(Clearing, is_bounded_by_its_pairs) {
    MarketDraft market = couples(500);
    for (BidRecord& bid : market.bids) {
        bid.second.filters.regions = {"nowhere"};
    }
    market.rules.pairs_max = 12'345;

    const Cleared cleared = clear(market.books(), market.facts, market.rules, {});

    EXPECT_EQ(cleared.pairs, 12'345U);
    ASSERT_TRUE(cleared.cursor);
    EXPECT_FALSE(cleared.cursor->is_behind);
}

// C3: nothing overflows, and what is more than all money is not matched.
TEST(Clearing, bears_prices_and_work_at_the_edges) {
    MarketDraft market;
    const AccountNumber provider{1};
    const AccountNumber user{2};
    market.facts.providers[provider] = rich_provider(1, 10);
    market.rules.slash_multiple = UINT64_MAX;
    market.rules.min_slash = money_max;
    market.asks.emplace_back(
        AskKey{{book_of(1), price_max, Height(1)}, OrderId{1}},
        Ask{provider, address_of(provider), 0, ask_work_units_max, Height(10)}
    );
    Bid bid{.user = user, .owner = address_of(user), .work_units = 1, .last = Height(10)};
    const BidKey key{{book_of(1), price_max, Height(1)}, {OrderId{2}, 0}};

    // Price 10^9, 2^64 - 1 times.
    market.bids.emplace_back(key, bid);
    EXPECT_TRUE(clear(market.books(), market.facts, market.rules, {}).fills.empty());

    // Price 10^9, reserved the least that is.
    market.rules.slash_multiple = 0;
    const Cleared cleared = clear(market.books(), market.facts, market.rules, {});
    ASSERT_EQ(cleared.fills.size(), 1U);
    EXPECT_EQ(cleared.fills[0].price, 1'000'000'000U);
    EXPECT_EQ(cleared.fills[0].reserved, money_max);

    // Price 10^18, all money there is; then 10^9 more.
    market.rules.min_slash = 0;
    market.bids[0].second.work_units = 1'000'000'000;
    EXPECT_EQ(clear(market.books(), market.facts, market.rules, {}).fills.at(0).price, money_max);
    market.bids[0].second.work_units += 1;
    EXPECT_TRUE(clear(market.books(), market.facts, market.rules, {}).fills.empty());

    // Price 10^24.
    market.bids[0].second.work_units = ask_work_units_max;
    EXPECT_TRUE(clear(market.books(), market.facts, market.rules, {}).fills.empty());
}

// O2, at the edge.
TEST(Clearing, matches_no_job_that_would_be_late) {
    MarketDraft market = couples(1);
    Bid& bid = market.bids[0].second;
    bid.deadline = Height(30);
    bid.blocks_needed = 20;

    EXPECT_EQ(clear(market.books(), market.facts, market.rules, {}).fills.size(), 1U);
    bid.blocks_needed = 21;
    EXPECT_TRUE(clear(market.books(), market.facts, market.rules, {}).fills.empty());
    bid.blocks_needed = UINT64_MAX;
    EXPECT_TRUE(clear(market.books(), market.facts, market.rules, {}).fills.empty());
    bid.deadline = Height(0);
    EXPECT_EQ(clear(market.books(), market.facts, market.rules, {}).fills.size(), 1U);
}

// O1, at the edge: its last height is its last clearing.
TEST(Clearing, matches_rows_up_to_their_last_height) {
    MarketDraft market = couples(1);
    market.asks[0].second.last = Height(10);
    market.bids[0].second.last = Height(10);

    EXPECT_EQ(clear(market.books(), market.facts, market.rules, {}).fills.size(), 1U);
    market.rules.height = Height(11);
    EXPECT_TRUE(clear(market.books(), market.facts, market.rules, {}).fills.empty());
    market.asks[0].second.last = Height(11);
    EXPECT_TRUE(clear(market.books(), market.facts, market.rules, {}).fills.empty());
    market.bids[0].second.last = Height(11);
    EXPECT_EQ(clear(market.books(), market.facts, market.rules, {}).fills.size(), 1U);
}

}  // namespace
}  // namespace steelyard::market
