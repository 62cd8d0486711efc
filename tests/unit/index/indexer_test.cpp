#include "index/indexer.h"

#include "chain/txs.h"
#include "index/search.h"
#include "storage/memory_store.h"
#include "tests/unit/index/chain_of_events.h"

#include <gmock/gmock.h>

namespace steelyard::index {
namespace {

using chain::Height;
using storage::BlockRange;
using test::ChainOfEvents;
using test::RandomEvents;
using test::result_with;

std::map<Bytes, Bytes> rows_of(const storage::KvStore& store) {
    std::map<Bytes, Bytes> out;
    const auto rows = store.iterate();
    for (rows->seek_to_first(); rows->valid(); rows->next()) {
        out.emplace(to_bytes(rows->key()), to_bytes(rows->value()));
    }
    return out;
}

ChainOfEvents random_chain(std::uint64_t seed, int blocks) {
    RandomEvents random(seed);
    ChainOfEvents chain;
    for (int i = 0; i < blocks; ++i) {
        chain.append(random.results());
    }
    return chain;
}

TEST(Indexer, finds_each_transaction_by_its_hash) {
    const ChainOfEvents chain = random_chain(1, 5);
    storage::MemoryStore store;
    const auto indexer = Indexer::open(store).value();

    ASSERT_EQ(indexer->recover(chain).value(), 5);

    for (Height h{1}; h <= Height(5); h = h.next()) {
        const auto block = chain.load_block(h).value();
        for (std::uint32_t i = 0; i < block.txs.size(); ++i) {
            EXPECT_EQ(indexer->find_tx(chain::tx_hash(block.txs[i])).value(), (TxPlace{h, i}));
        }
    }
    EXPECT_EQ(indexer->find_tx({}).value(), std::nullopt);
    EXPECT_EQ(indexer->range(), (BlockRange{Height(1), Height(5)}));
}

TEST(Indexer, refuses_a_gap) {
    const ChainOfEvents chain = random_chain(2, 3);
    storage::MemoryStore store;
    const auto indexer = Indexer::open(store).value();
    const auto add = [&](std::int64_t height) {
        return indexer->add(
            chain.load_block(Height(height)).value(), chain.load_results(Height(height)).value()
        );
    };

    ASSERT_TRUE(add(1));

    EXPECT_EQ(add(3).error().message(), "index: block 3 does not follow block 1");
    EXPECT_FALSE(add(1));
    EXPECT_TRUE(add(2));
}

TEST(Indexer, a_failed_transaction_does_not_hide_one_that_took_effect) {
    chain::Block block;
    block.txs = {Bytes{7}};
    storage::MemoryStore store;
    const auto indexer = Indexer::open(store).value();
    const auto add = [&](std::int64_t height, std::uint32_t code) {
        block.header.height = Height(height);
        return indexer->add(block, {.tx_results = {result_with({}, code)}}).has_value();
    };
    const auto height = [&] { return indexer->find_tx(chain::tx_hash(Bytes{7})).value()->height; };

    ASSERT_TRUE(add(1, 5));
    EXPECT_EQ(height(), Height(1));
    ASSERT_TRUE(add(2, 5));
    EXPECT_EQ(height(), Height(2));
    ASSERT_TRUE(add(3, 0));
    EXPECT_EQ(height(), Height(3));
    ASSERT_TRUE(add(4, 1));
    EXPECT_EQ(height(), Height(3));
}

// A crash loses the last batches that were not synced, and each batch as a whole.
TEST(Indexer, makes_up_for_what_a_crash_took_at_each_point) {
    const ChainOfEvents chain = random_chain(3, 12);
    storage::MemoryStore whole;
    ASSERT_TRUE(Indexer::open(whole).value()->recover(chain));

    for (std::int64_t kept = 0; kept <= 12; ++kept) {
        storage::MemoryStore store;
        {
            const auto indexer = Indexer::open(store).value();
            for (Height h{1}; h <= Height(kept); h = h.next()) {
                ASSERT_TRUE(indexer->add(chain.load_block(h).value(), chain.load_results(h).value())
                );
            }
        }
        const auto reopened = Indexer::open(store).value();

        EXPECT_EQ(reopened->recover(chain).value(), 12 - kept);
        EXPECT_EQ(rows_of(store), rows_of(whole));
    }
}

TEST(Indexer, begins_anew_where_the_blocks_begin_after_a_gap) {
    ChainOfEvents chain = random_chain(4, 10);
    storage::MemoryStore store;
    const auto indexer = Indexer::open(store).value();
    ASSERT_TRUE(
        indexer->add(chain.load_block(Height(1)).value(), chain.load_results(Height(1)).value())
    );
    chain.prune_below(Height(5));

    EXPECT_EQ(indexer->recover(chain).value(), 6);

    EXPECT_EQ(indexer->range(), (BlockRange{Height(5), Height(10)}));
}

TEST(Indexer, forgets_all_rows_of_heights_above) {
    const ChainOfEvents chain = random_chain(5, 8);
    storage::MemoryStore store;
    const auto indexer = Indexer::open(store).value();
    ASSERT_TRUE(indexer->recover(chain));
    ChainOfEvents shorter = random_chain(5, 8);
    for (int i = 0; i < 3; ++i) {
        shorter.drop_tip();
    }
    storage::MemoryStore wanted;
    ASSERT_TRUE(Indexer::open(wanted).value()->recover(shorter));

    ASSERT_TRUE(indexer->forget_above(chain, Height(5)));

    EXPECT_EQ(rows_of(store), rows_of(wanted));
}

TEST(Indexer, refuses_another_format) {
    storage::MemoryStore store;
    storage::WriteBatch batch;
    batch.put(Bytes{0}, Bytes{9});
    ASSERT_TRUE(store.write(batch, storage::Durability::buffered));

    EXPECT_EQ(Indexer::open(store).error().code(), ErrorCode::unsupported);
}

}  // namespace
}  // namespace steelyard::index
