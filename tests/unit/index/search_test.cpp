#include "index/search.h"

#include "base/hex.h"
#include "chain/txs.h"
#include "storage/memory_store.h"
#include "tests/unit/index/chain_of_events.h"

#include <gmock/gmock.h>

namespace steelyard::index {
namespace {

using chain::Height;
using test::ChainOfEvents;
using test::RandomEvents;
using test::result_with;
using testing::ElementsAre;
using testing::HasSubstr;

/// A clock that stands, or jumps at each look.
class FakeClock final : public Clock {
public:
    Wall wall_now() const override { return {}; }
    std::chrono::nanoseconds monotonic_now() const override { return now += step; }

    mutable std::chrono::nanoseconds now{};
    std::chrono::nanoseconds step{};
};

class Search : public testing::Test {
protected:
    void index_all() { ASSERT_TRUE(indexer->recover(chain)); }

    Result<SearchPage<TxPlace>> txs(std::string_view text, PageRequest page = {}) {
        return Searcher(*indexer, blocks, clock, limits).txs(Query::parse(text).value(), page);
    }

    Result<SearchPage<Height>> find_blocks(std::string_view text, PageRequest page = {}) {
        return Searcher(*indexer, blocks, clock, limits).blocks(Query::parse(text).value(), page);
    }

    /// A block of transactions that all say app.creator='me', and app.number = their index.
    void append_kvstore_block(std::uint32_t count) {
        abci::BlockResults results;
        results.events = {{"block", {{"size", std::to_string(count), true}}}};
        for (std::uint32_t i = 0; i < count; ++i) {
            results.tx_results.push_back(result_with(
                {{"app", {{"creator", "me", true}, {"number", std::to_string(i), true}}}}
            ));
        }
        chain.append(std::move(results));
    }

    ChainOfEvents chain;
    storage::MemoryStore store;
    std::unique_ptr<Indexer> indexer = Indexer::open(store).value();
    BlockCache blocks{chain};
    FakeClock clock;
    SearchLimits limits;
};

TxPlace place(std::int64_t height, std::uint32_t index) {
    return {Height(height), index};
}

TEST_F(Search, finds_by_value_and_height) {
    append_kvstore_block(3);
    append_kvstore_block(2);
    index_all();

    EXPECT_THAT(txs("app.number='1'")->hits, ElementsAre(place(1, 1), place(2, 1)));
    EXPECT_THAT(txs("app.number='1' AND tx.height=2")->hits, ElementsAre(place(2, 1)));
    EXPECT_THAT(txs("app.number > 1")->hits, ElementsAre(place(1, 2)));
    EXPECT_THAT(txs("tx.height > 1.5")->hits, ElementsAre(place(2, 0), place(2, 1)));
    EXPECT_THAT(txs("app.number='1' AND app.creator CONTAINS 'you'")->hits, ElementsAre());
    EXPECT_THAT(txs("tm.event='Tx' AND app.number='2'")->hits, ElementsAre(place(1, 2)));
    EXPECT_THAT(txs("tm.event='NewBlock'")->hits, ElementsAre());
    EXPECT_THAT(find_blocks("block.size=2")->hits, ElementsAre(Height(2)));
    EXPECT_THAT(find_blocks("block.height<=1")->hits, ElementsAre(Height(1)));
}

TEST_F(Search, conditions_of_one_type_are_fulfilled_by_one_event) {
    const auto transfer = [](std::string_view from, std::string_view to, std::string_view amount) {
        return chain::Event{
            "transfer",
            {{"from", std::string(from), true},
             {"to", std::string(to), true},
             {"amount", std::string(amount), true}}
        };
    };
    const chain::Event fee{"fee", {{"payer", "bob", true}}};
    abci::BlockResults results;
    results.events = {transfer("mint", "ann", "5"), transfer("bob", "pool", "70")};
    results.tx_results = {
        result_with({transfer("bob", "ann", "100"), transfer("tom", "ann", "200"), fee}),
        result_with({transfer("tom", "bob", "200")}),
    };
    chain.append(results);
    index_all();

    EXPECT_THAT(
        txs("transfer.from='bob' AND transfer.amount='100'")->hits, ElementsAre(place(1, 0))
    );
    EXPECT_THAT(txs("transfer.from='bob' AND transfer.amount='200'")->hits, ElementsAre());
    EXPECT_THAT(txs("transfer.from='bob' AND transfer.amount=200")->hits, ElementsAre());
    EXPECT_THAT(txs("transfer.to='ann' AND transfer.from CONTAINS 'o'")->total, 1);
    EXPECT_THAT(txs("transfer.to='bob' AND transfer.from CONTAINS 'b'")->hits, ElementsAre());
    EXPECT_THAT(txs("transfer.from='tom' AND fee.payer='bob'")->hits, ElementsAre(place(1, 0)));
    EXPECT_THAT(
        txs("transfer.amount>100 AND transfer.amount<300")->hits,
        ElementsAre(place(1, 0), place(1, 1))
    );
    EXPECT_THAT(find_blocks("transfer.from='mint' AND transfer.amount<6")->total, 1);
    EXPECT_THAT(find_blocks("transfer.from='mint' AND transfer.amount>6")->total, 0);
}

TEST_F(Search, a_range_is_fulfilled_by_one_value) {
    abci::BlockResults results;
    results.tx_results = {
        result_with({{"a", {{"x", "1", true}, {"x", "9", true}}}}),
        result_with({{"a", {{"x", "5", true}}}}),
    };
    chain.append(results);
    index_all();

    EXPECT_THAT(txs("a.x > 2 AND a.x < 8")->hits, ElementsAre(place(1, 1)));
    EXPECT_THAT(txs("a.x > 8 AND a.x EXISTS AND a.x = 1")->hits, ElementsAre(place(1, 0)));
}

TEST_F(Search, joins_events_over_many_blocks) {
    for (int i = 0; i < 40; ++i) {
        abci::BlockResults results;
        for (int tx = 0; tx < 3; ++tx) {
            const std::string number = std::to_string((i + tx) % 5);
            results.tx_results.push_back(result_with(
                {{"a", {{"who", "me", true}, {"n", number, true}}},
                 {"a", {{"who", "you", true}, {"n", std::to_string(tx), true}}}}
            ));
        }
        chain.append(results);
    }
    index_all();

    EXPECT_EQ(txs("a.who='me' AND a.n >= 4")->total, 24);
    EXPECT_EQ(txs("a.who='you' AND a.n >= 4")->total, 0);
    EXPECT_EQ(txs("a.who='you' AND a.n = 2")->total, 40);
}

TEST_F(Search, finds_by_hash_in_either_case) {
    append_kvstore_block(3);
    index_all();
    const chain::Hash256 hash = chain::tx_hash(chain.load_block(Height(1))->txs[2]);

    EXPECT_THAT(txs("tx.hash='" + to_hex_upper(hash) + "'")->hits, ElementsAre(place(1, 2)));
    EXPECT_THAT(
        txs("tx.hash='" + to_hex(hash) + "' AND app.number='2'")->hits, ElementsAre(place(1, 2))
    );
    EXPECT_THAT(txs("tx.hash='" + to_hex(hash) + "' AND app.number='1'")->hits, ElementsAre());
    EXPECT_THAT(
        txs("tx.hash CONTAINS '" + to_hex_upper(hash).substr(3, 20) + "'")->hits,
        ElementsAre(place(1, 2))
    );
}

TEST_F(Search, turns_pages_in_both_orders) {
    append_kvstore_block(5);
    append_kvstore_block(4);
    index_all();

    const auto page = txs("app.creator='me'", {.page = 2, .per_page = 4});
    EXPECT_THAT(page->hits, ElementsAre(place(1, 4), place(2, 0), place(2, 1), place(2, 2)));
    EXPECT_EQ(page->total, 9);
    const auto last = txs("app.creator='me'", {.page = 3, .per_page = 4, .descending = true});
    EXPECT_THAT(last->hits, ElementsAre(place(1, 0)));
    const auto all = txs("tx.height>0", {.per_page = 2, .descending = true});
    EXPECT_THAT(all->hits, ElementsAre(place(2, 3), place(2, 2)));
    EXPECT_EQ(all->total, 9);
    EXPECT_EQ(
        txs("app.creator='me'", {.page = 4, .per_page = 4}).error().message(),
        "page should be within [1, 3] range, given 4"
    );
    EXPECT_EQ(
        txs("app.creator='you'", {.page = 0}).error().message(),
        "page should be within [1, 1] range, given 0"
    );
}

TEST_F(Search, ends_in_an_error_where_it_costs_too_much) {
    for (int i = 0; i < 300; ++i) {
        append_kvstore_block(2);
    }
    index_all();

    limits.rows_max = 200;
    EXPECT_THAT(txs("app.creator='me'").error().message(), HasSubstr("more than 200 rows"));
    EXPECT_THAT(txs("tx.height>0").error().message(), HasSubstr("more than 200 rows"));
    limits = {.hits_max = 100};
    EXPECT_THAT(txs("app.number EXISTS").error().message(), HasSubstr("more than 100 hits"));
    limits = {};
    EXPECT_TRUE(txs("app.creator='me'"));
    clock.step = std::chrono::seconds(6);
    EXPECT_THAT(txs("app.creator='me'").error().message(), HasSubstr("more than 5000 ms"));
}

TEST_F(Search, skips_what_is_pruned) {
    for (int i = 0; i < 4; ++i) {
        append_kvstore_block(2);
    }
    index_all();
    const chain::Hash256 first = chain::tx_hash(chain.load_block(Height(1))->txs[0]);

    ASSERT_TRUE(indexer->prune_below(chain, Height(3)));
    chain.prune_below(Height(3));

    EXPECT_THAT(txs("app.number=1")->hits, ElementsAre(place(3, 1), place(4, 1)));
    EXPECT_THAT(txs("tx.height<4")->hits, ElementsAre(place(3, 0), place(3, 1)));
    EXPECT_EQ(indexer->find_tx(first).value(), std::nullopt);
    const auto rows = store.iterate();
    std::size_t count = 0;
    for (rows->seek_to_first(); rows->valid(); rows->next()) {
        ++count;
    }
    EXPECT_EQ(count, 1 + 2 * (2 + 3 + 1 + 1));
}

// What a search must find, found by matching everything.
class Oracle {
public:
    explicit Oracle(const ChainOfEvents& chain) : chain_(chain) {}

    std::vector<TxPlace> txs(const Query& query) const {
        std::vector<TxPlace> out;
        for (Height h = chain_.range().base; h <= chain_.range().tip; h = h.next()) {
            const auto results = chain_.load_results(h).value();
            for (std::uint32_t i = 0; i < results.tx_results.size(); ++i) {
                if (matches(query, "tx.height", h, results.tx_results[i].events)) {
                    out.push_back({h, i});
                }
            }
        }
        return out;
    }

    std::vector<Height> blocks(const Query& query) const {
        std::vector<Height> out;
        for (Height h = chain_.range().base; h <= chain_.range().tip; h = h.next()) {
            if (matches(query, "block.height", h, chain_.load_results(h).value().events)) {
                out.push_back(h);
            }
        }
        return out;
    }

private:
    static std::string type_of(const Condition& condition) {
        return condition.tag.substr(0, condition.tag.rfind('.'));
    }

    static bool is_order(const Condition& condition) {
        return condition.op != Operator::equal && condition.op != Operator::contains &&
               condition.op != Operator::exists;
    }

    /// Orders of one tag, all by one value; other conditions each by some value.
    static bool fulfils(
        const std::vector<std::pair<std::string, std::string>>& attributes,
        const std::vector<Condition>& conditions
    ) {
        for (const Condition& condition : conditions) {
            const bool found = std::ranges::any_of(attributes, [&](const auto& attribute) {
                const auto& [tag, value] = attribute;
                for (const Condition& other : conditions) {
                    const bool is_together =
                        is_order(condition) && is_order(other) && other.tag == condition.tag;
                    if (is_together && !other.matches(value)) {
                        return false;
                    }
                }
                return tag == condition.tag && condition.matches(value);
            });
            if (!found) {
                return false;
            }
        }
        return true;
    }

    static bool matches(
        const Query& query,
        std::string_view height_key,
        Height height,
        const std::vector<chain::Event>& events
    ) {
        std::map<std::string, std::vector<Condition>> by_type;
        for (const Condition& condition : query.conditions()) {
            if (condition.tag != height_key) {
                by_type[type_of(condition)].push_back(condition);
            } else if (!condition.matches(std::to_string(height.value()))) {
                return false;
            }
        }
        return std::ranges::all_of(by_type, [&](const auto& entry) {
            return std::ranges::any_of(events, [&](const chain::Event& event) {
                std::vector<std::pair<std::string, std::string>> attributes;
                for (const chain::EventAttribute& attribute : event.attributes) {
                    if (attribute.index) {
                        attributes.emplace_back(event.type + "." + attribute.key, attribute.value);
                    }
                }
                return fulfils(attributes, entry.second);
            });
        });
    }

    const ChainOfEvents& chain_;
};

std::string random_condition(RandomEvents& random, std::string_view height_key) {
    if (random.below(5) == 0) {
        const std::string op = random.pick({"=", "<", "<=", ">", ">="});
        return fmt::format("{} {} {}", height_key, op, random.below(70));
    }
    const std::string tag = random.tag_type() + "." + random.tag_key();
    switch (random.below(5)) {
        case 0:
            return tag + " EXISTS";
        case 1:
            return tag + " CONTAINS '" + random.pick({"re", "stake", "0", "2020"}) + "'";
        case 2:
            return fmt::format(
                "{} {} {}.{}",
                tag,
                random.pick({"=", "<", "<=", ">", ">="}),
                random.below(14),
                random.below(4)
            );
        case 3:
            return tag + random.pick({" <", " >=", " ="}) +
                   random.pick({" DATE 2020-01-01", " TIME 2020-02-01T01:00:00+01:00"});
        default:
            return tag + "='" + random.value() + "'";
    }
}

TEST_F(Search, finds_what_matching_everything_finds) {
    RandomEvents random(20'261'122);
    for (int i = 0; i < 60; ++i) {
        chain.append(random.results());
    }
    index_all();
    const Oracle oracle(chain);
    std::size_t hits = 0;

    for (int i = 0; i < 3000; ++i) {
        const bool of_txs = random.below(3) != 0;
        const std::string_view height_key = of_txs ? "tx.height" : "block.height";
        std::string text = random_condition(random, height_key);
        for (std::size_t more = random.below(3); more > 0; --more) {
            text += " AND " + random_condition(random, height_key);
        }
        const auto query = Query::parse(text);
        ASSERT_TRUE(query) << text;
        const PageRequest page{.per_page = 100};
        if (of_txs) {
            auto wanted = oracle.txs(*query);
            const auto found = txs(text, page);
            ASSERT_TRUE(found) << text << ": " << found.error().message();
            EXPECT_EQ(found->total, wanted.size()) << text;
            wanted.resize(std::min<std::size_t>(wanted.size(), 100));
            EXPECT_EQ(found->hits, wanted) << text;
            hits += found->total;
        } else {
            const auto wanted = oracle.blocks(*query);
            const auto found = find_blocks(text, page);
            ASSERT_TRUE(found) << text << ": " << found.error().message();
            EXPECT_EQ(found->hits, wanted) << text;
            hits += found->total;
        }
    }
    EXPECT_GT(hits, 1000);
}

}  // namespace
}  // namespace steelyard::index
