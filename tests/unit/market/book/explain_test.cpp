#include "tests/unit/market/book/slow_clearing.h"

#include <gtest/gtest.h>

namespace steelyard::market {
namespace {

TEST(Explain, counts_every_ask_of_the_book) {
    std::map<Mismatch, std::uint64_t> seen;
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        MarketDraft market = random_market(seed);
        const Books books = market.books();
        for (const auto& [key, bid] : market.bids) {
            const Explanation explanation =
                explain(books, market.facts, market.rules, key.row.book, key.row.price, bid);

            std::uint64_t sum = 0;
            for (const auto& [mismatch, count] : explanation.by_mismatch) {
                sum += count;
                seen[mismatch] += count;
            }
            ASSERT_EQ(explanation.asks, books.depth(key.row.book).asks);
            ASSERT_EQ(sum, explanation.asks);
        }
    }
    for (const auto& [mismatch, count] : seen) {
        EXPECT_GT(count, 10U) << to_string(mismatch);
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(Mismatch::bond) + 1);
}

TEST(Explain, agrees_with_clearing_on_a_bid_that_is_alone) {
    for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
        MarketDraft market = random_market(seed);
        if (market.bids.empty()) {
            continue;
        }
        market.bids.resize(1);
        market.rules.pairs_max = 1'000'000;
        const auto& [key, bid] = market.bids[0];
        const Books books = market.books();

        const Explanation explanation =
            explain(books, market.facts, market.rules, key.row.book, key.row.price, bid);

        const bool is_filled = !clear(books, market.facts, market.rules, {}).fills.empty();
        const bool is_over = bid.last < market.rules.height;
        ASSERT_EQ(is_filled, !is_over && explanation.by_mismatch.contains(Mismatch::none))
            << "seed " << seed;
    }
}

/// One ask, which serves the bid.
class ExplainOne : public testing::Test {
protected:
    ExplainOne() {
        facts_.region = "north";
        facts_.attributes = {{"disk", "fast"}};
        facts_.free_bond = 1'000;
        ask_.work_units = 100;
        ask_.provider = AccountNumber{1};
        ask_.last = Height(10);
        bid_.user = AccountNumber{2};
        bid_.work_units = 100;
        bid_.deadline = Height(20);
        bid_.blocks_needed = 10;
        bid_.filters = {
            .regions = {"north"},
            .attributes = {{"disk", "fast"}},
            .excluded = {AccountNumber{7}},
            .reputation_min = 5'000,
        };
        reputation_ = 5'000;
    }

    Mismatch mismatch(Price limit) {
        MarketDraft market;
        market.rules.min_slash = 1'000;
        market.facts.providers[AccountNumber{1}] = facts_;
        market.facts.reputations[{AccountNumber{1}, ClassId{1}}] = reputation_;
        market.asks.emplace_back(AskKey{{book_of(1), 100, Height(1)}, OrderId{5}}, ask_);
        const Explanation explanation =
            explain(market.books(), market.facts, market.rules, book_of(1), limit, bid_);
        EXPECT_EQ(explanation.by_mismatch.size(), 1U);
        return explanation.by_mismatch.begin()->first;
    }

    ProviderFacts facts_ = rich_provider(1, 1);
    Ask ask_{};
    Bid bid_{};
    std::uint32_t reputation_ = 0;
};

TEST_F(ExplainOne, names_the_first_rule_that_an_ask_breaks) {
    EXPECT_EQ(mismatch(100), Mismatch::none);

    // Each one breaks a rule before those that are broken already.
    facts_.free_bond = 999;
    EXPECT_EQ(mismatch(100), Mismatch::bond);
    facts_.workers.clear();
    EXPECT_EQ(mismatch(100), Mismatch::slot);
    bid_.blocks_needed = 11;
    EXPECT_EQ(mismatch(100), Mismatch::deadline);
    ask_.work_units = 99;
    EXPECT_EQ(mismatch(100), Mismatch::work_units);
    reputation_ = 4'999;
    EXPECT_EQ(mismatch(100), Mismatch::reputation);
    bid_.had_it = {AccountNumber{1}};
    EXPECT_EQ(mismatch(100), Mismatch::excluded);
    bid_.had_it = {};
    bid_.filters.excluded = {AccountNumber{1}};
    EXPECT_EQ(mismatch(100), Mismatch::excluded);
    facts_.attributes = {{"disk", "slow"}};
    EXPECT_EQ(mismatch(100), Mismatch::attribute);
    facts_.region = "south";
    EXPECT_EQ(mismatch(100), Mismatch::region);
    bid_.user = AccountNumber{1};
    EXPECT_EQ(mismatch(100), Mismatch::unavailable);
    facts_.asks_valid_from = OrderId{6};
    EXPECT_EQ(mismatch(100), Mismatch::void_ask);
    EXPECT_EQ(mismatch(99), Mismatch::price);
}

TEST_F(ExplainOne, names_what_a_provider_may_not_do) {
    facts_.is_matchable = false;
    EXPECT_EQ(mismatch(100), Mismatch::unavailable);
    ask_.last = Height(9);
    EXPECT_EQ(mismatch(100), Mismatch::void_ask);
}

TEST_F(ExplainOne, serves_a_class_by_another_where_it_may) {
    facts_.workers[0].class_id = ClassId{2};
    EXPECT_EQ(mismatch(100), Mismatch::slot);
}

}  // namespace
}  // namespace steelyard::market
