#include "tests/unit/market/book/slow_clearing.h"

#include <gtest/gtest.h>

#include <set>

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

/// The rules of C3 that an ask breaks, looked up one by one in what the market is made of.
std::set<Mismatch> broken_rules(
    const MarketDraft& market, const AskRecord& record, Price limit, const Bid& bid
) {
    const auto& [key, ask] = record;
    const auto provider = market.facts.providers.find(ask.provider);
    const ProviderFacts facts =
        provider == market.facts.providers.end() ? ProviderFacts() : provider->second;
    const auto has_region = [&] {
        return bid.filters.regions.empty() ||
               std::ranges::find(bid.filters.regions, facts.region) != bid.filters.regions.end();
    };
    const auto has_attributes = [&] {
        return std::ranges::all_of(bid.filters.attributes, [&](const Attribute& wanted) {
            return std::ranges::find(facts.attributes, wanted) != facts.attributes.end();
        });
    };
    const auto is_among = [&](const std::vector<AccountNumber>& list) {
        return std::ranges::find(list, ask.provider) != list.end();
    };
    const auto reputation = [&]() -> std::uint32_t {
        const auto found = market.facts.reputations.find({ask.provider, key.row.book.class_id});
        return found == market.facts.reputations.end() ? 0 : found->second;
    };
    const auto has_slot = [&] {
        return std::ranges::any_of(facts.workers, [&](const ProviderFacts::FreeWorker& worker) {
            const ClassId book = key.row.book.class_id;
            return worker.slots > 0 && (worker.class_id == book ||
                                        market.facts.serves.contains({worker.class_id, book}));
        });
    };
    const auto has_bond = [&] {
        const Uint128 exact = (Uint128{key.row.price} * bid.work_units + 999'999) / 1'000'000;
        const Uint128 paid = std::max(exact, Uint128{market.rules.min_job_price});
        const Uint128 reserved =
            std::max(paid * market.rules.slash_multiple, Uint128{market.rules.min_slash});
        return paid <= money_max && reserved <= money_max && reserved <= facts.free_bond;
    };
    const Height now = market.rules.height;
    const bool is_late = bid.deadline != Height() && Uint128(now.value()) + bid.blocks_needed >
                                                         static_cast<Uint128>(bid.deadline.value());
    std::set<Mismatch> broken;
    const auto expect = [&](bool holds, Mismatch rule) {
        if (!holds) {
            broken.insert(rule);
        }
    };
    expect(key.row.price <= limit, Mismatch::price);
    expect(key.id >= facts.asks_valid_from && ask.last >= now, Mismatch::void_ask);
    expect(facts.is_matchable && ask.provider != bid.user, Mismatch::unavailable);
    expect(has_region(), Mismatch::region);
    expect(has_attributes(), Mismatch::attribute);
    expect(!is_among(bid.filters.excluded) && !is_among(bid.had_it), Mismatch::excluded);
    expect(
        bid.filters.reputation_min == 0 || reputation() >= bid.filters.reputation_min,
        Mismatch::reputation
    );
    expect(ask.work_units > 0 && ask.work_units >= bid.work_units, Mismatch::work_units);
    expect(!is_late, Mismatch::deadline);
    expect(has_slot(), Mismatch::slot);
    expect(has_bond(), Mismatch::bond);
    return broken;
}

TEST(Explain, names_for_each_ask_the_first_rule_that_it_breaks) {
    std::size_t asks = 0;
    for (std::uint64_t seed = 0; seed < 600; ++seed) {
        MarketDraft market = random_market(seed);
        const Books books = market.books();
        for (const auto& [key, bid] : market.bids) {
            std::map<Mismatch, std::uint64_t> expected;
            for (const AskRecord& ask : market.asks) {
                if (ask.first.row.book == key.row.book) {
                    const auto broken = broken_rules(market, ask, key.row.price, bid);
                    ++expected[broken.empty() ? Mismatch::none : *broken.begin()];
                    ++asks;
                }
            }

            const Explanation explanation =
                explain(books, market.facts, market.rules, key.row.book, key.row.price, bid);

            ASSERT_EQ(explanation.by_mismatch, expected) << "seed " << seed;
        }
    }
    EXPECT_GT(asks, 1'000U);
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
