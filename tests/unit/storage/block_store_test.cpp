// BlockStore: what it keeps, what it refuses, what it notices, and what a crash leaves of it.
#include "storage/block_store.h"

#include "base/endian.h"
#include "storage/memory_store.h"
#include "tests/support/chain_builders.h"
#include "tests/support/fault_env.h"
#include "tests/support/sim_store.h"

#include <gtest/gtest.h>

#include <functional>

namespace steelyard::storage {
namespace {

using chain::Block;
using chain::BlockId;
using chain::Commit;
using chain::Height;
using chain::PartSet;

/// The precommit of one validator; no two seeds give the same.
Commit commit_of(Height height, const BlockId& id, std::uint8_t seed) {
    const chain::CommitSig sig(
        chain::BlockIdFlag::commit, {seed}, test::time_after(height.value()), {seed}
    );
    return *Commit::make(height, chain::Round(0), id, {sig});
}

struct Saved {
    Block block;
    PartSet parts;
    Commit seen_commit;

    BlockId id() const { return block_id(block.header, parts); }
};

/// Blocks of heights that follow each other, each of one to three parts.
class Chain {
public:
    explicit Chain(int count, Height first = Height(1)) {
        for (int i = 0; i < count; ++i) {
            append(Height(first.value() + i), static_cast<std::size_t>(i % 3) * chain::part_size);
        }
    }

    const Saved& at(Height height) const {
        return blocks_.at(static_cast<std::size_t>(height.value() - first().value()));
    }

    Height first() const { return blocks_.front().block.header.height; }
    Height last() const { return blocks_.back().block.header.height; }
    const std::vector<Saved>& blocks() const { return blocks_; }

private:
    void append(Height height, std::size_t tx_size) {
        Block block;
        block.header.chain_id = test::chain_id("test");
        block.header.height = height;
        block.header.time = test::time_after(height.value());
        block.txs = {to_bytes(as_bytes("tx")), Bytes(tx_size + 1, 'x')};
        if (height > Height(1)) {
            const BlockId parent = blocks_.empty() ? test::block_id(0) : blocks_.back().id();
            block.header.last_block_id = parent;
            block.last_commit = commit_of(height.previous(), parent, 1);
        }
        seal_contents(block);
        PartSet parts = make_part_set(block);
        Commit seen = commit_of(height, block_id(block.header, parts), 2);
        blocks_.push_back({std::move(block), std::move(parts), std::move(seen)});
    }

    std::vector<Saved> blocks_;
};

Result<void> save(BlockStore& store, const Saved& saved) {
    return store.save_block(saved.block, saved.parts, saved.seen_commit);
}

void save_all(BlockStore& store, const Chain& chain) {
    for (const Saved& saved : chain.blocks()) {
        const auto result = save(store, saved);
        ASSERT_TRUE(result) << result.error().message();
    }
}

/// An error in loading whatever the store should have of a height; nothing else may be different.
Result<void> check_height(const BlockStore& store, const Chain& chain, Height height) {
    const Saved& saved = chain.at(height);
    TRY_ASSIGN(const Block block, store.load_block(height));
    TRY_ASSIGN(const chain::BlockMeta meta, store.load_meta(height));
    TRY_ASSIGN(const Commit seen, store.load_seen_commit(height));
    TRY_ASSIGN(const Height found, store.height_of(saved.id().hash));
    EXPECT_EQ(block, saved.block);
    EXPECT_EQ(meta, make_block_meta(saved.block, saved.parts));
    EXPECT_EQ(seen.block_id(), saved.id());
    EXPECT_EQ(seen.height(), height);
    EXPECT_EQ(found, height);
    for (std::uint32_t i = 0; i < saved.parts.header().total; ++i) {
        TRY_ASSIGN(const chain::Part part, store.load_part(height, i));
        EXPECT_EQ(part, saved.parts.part(i));
    }
    if (height < store.range().tip) {
        TRY_ASSIGN(const Commit commit, store.load_commit(height));
        const std::optional<Commit>& expected = chain.at(height.next()).block.last_commit;
        EXPECT_TRUE(expected && commit.signatures() == expected->signatures());
    }
    return {};
}

/// How many records a store of these blocks has: a leftover of another block would be one more.
std::size_t record_count(const Chain& chain, const BlockRange& range) {
    std::size_t count = 1;  // the range
    for (Height height = range.base; height <= range.tip; height = height.next()) {
        count += 3 + chain.at(height).parts.header().total + (height < range.tip ? 1 : 0);
    }
    return count;
}

void expect_whole(const KvStore& kv, const BlockStore& store, const Chain& chain) {
    const BlockRange range = store.range();
    for (Height height = range.base; height <= range.tip; height = height.next()) {
        const auto result = check_height(store, chain, height);
        ASSERT_TRUE(result) << result.error().message();
    }
    std::size_t records = 0;
    const auto iterator = kv.iterate();
    for (iterator->seek_to_first(); iterator->valid(); iterator->next()) {
        ++records;
    }
    EXPECT_EQ(records, record_count(chain, range));
}

template <typename T>
ErrorCode error_code(const Result<T>& result) {
    EXPECT_FALSE(result);
    return result ? ErrorCode{} : result.error().code();
}

class BlockStoreTest : public testing::Test {
protected:
    MemoryStore kv_;
    std::unique_ptr<BlockStore> store_ = *BlockStore::open(kv_);
};

TEST_F(BlockStoreTest, starts_empty) {
    EXPECT_TRUE(store_->range().empty());
    EXPECT_EQ(error_code(store_->load_block(Height(1))), ErrorCode::not_found);
    EXPECT_EQ(error_code(store_->load_meta(Height())), ErrorCode::not_found);
    EXPECT_EQ(error_code(store_->height_of({})), ErrorCode::not_found);
}

TEST_F(BlockStoreTest, gives_back_what_was_saved_also_when_it_is_opened_again) {
    const Chain chain(7);
    save_all(*store_, chain);

    expect_whole(kv_, *store_, chain);
    const auto again = BlockStore::open(kv_);
    ASSERT_TRUE(again);
    EXPECT_EQ((*again)->range(), (BlockRange{Height(1), Height(7)}));
    expect_whole(kv_, **again, chain);
}

TEST_F(BlockStoreTest, starts_at_any_height) {
    const Chain chain(3, Height(1'000'000));
    save_all(*store_, chain);

    EXPECT_EQ(store_->range(), (BlockRange{chain.first(), chain.last()}));
    expect_whole(kv_, *store_, chain);
    EXPECT_EQ(error_code(store_->load_commit(chain.first().previous())), ErrorCode::not_found);
}

TEST_F(BlockStoreTest, refuses_gaps_and_blocks_that_it_has) {
    const Chain chain(4);
    ASSERT_TRUE(save(*store_, chain.at(Height(1))));
    ASSERT_TRUE(save(*store_, chain.at(Height(2))));

    EXPECT_EQ(error_code(save(*store_, chain.at(Height(2)))), ErrorCode::invalid);
    EXPECT_EQ(error_code(save(*store_, chain.at(Height(1)))), ErrorCode::invalid);
    EXPECT_EQ(error_code(save(*store_, chain.at(Height(4)))), ErrorCode::invalid);
    EXPECT_TRUE(save(*store_, chain.at(Height(3))));
    EXPECT_EQ(store_->range().tip, Height(3));
}

TEST_F(BlockStoreTest, refuses_a_block_that_is_built_on_another) {
    ASSERT_TRUE(save(*store_, Chain(1).at(Height(1))));
    const Chain other(1, Height(2));  // on block 1 of another chain

    EXPECT_EQ(error_code(save(*store_, other.at(Height(2)))), ErrorCode::invalid);
}

TEST_F(BlockStoreTest, refuses_a_commit_for_something_else) {
    const Chain chain(2);
    Saved saved = chain.at(Height(1));
    saved.seen_commit = commit_of(Height(1), test::block_id(7), 1);
    EXPECT_EQ(error_code(save(*store_, saved)), ErrorCode::invalid);
    saved.seen_commit = commit_of(Height(2), saved.id(), 1);
    EXPECT_EQ(error_code(save(*store_, saved)), ErrorCode::invalid);

    EXPECT_TRUE(store_->range().empty());
    EXPECT_FALSE(kv_.iterate()->valid());
}

TEST_F(BlockStoreTest, refuses_a_block_whose_header_does_not_cover_its_contents) {
    Saved saved = Chain(1).at(Height(1));
    saved.block.txs.push_back({1});

    EXPECT_EQ(error_code(save(*store_, saved)), ErrorCode::invalid);
}

TEST_F(BlockStoreTest, has_no_commit_for_its_tip_but_the_seen_one) {
    const Chain chain(2);
    save_all(*store_, chain);

    EXPECT_TRUE(store_->load_commit(Height(1)));
    EXPECT_EQ(error_code(store_->load_commit(Height(2))), ErrorCode::not_found);
    EXPECT_EQ(store_->load_seen_commit(Height(2)), chain.at(Height(2)).seen_commit);
    EXPECT_EQ(error_code(store_->load_part(Height(1), 9)), ErrorCode::not_found);
}

TEST_F(BlockStoreTest, goes_on_after_a_commit_from_state_sync) {
    const Chain chain(4, Height(10));
    ASSERT_TRUE(store_->start_after(chain.at(Height(10)).seen_commit));
    EXPECT_TRUE(store_->range().empty());
    EXPECT_EQ(store_->load_seen_commit(Height(10)), chain.at(Height(10)).seen_commit);
    EXPECT_EQ(error_code(store_->load_block(Height(10))), ErrorCode::not_found);

    store_ = *BlockStore::open(kv_);
    EXPECT_EQ(error_code(save(*store_, chain.at(Height(10)))), ErrorCode::invalid);
    EXPECT_EQ(error_code(save(*store_, chain.at(Height(12)))), ErrorCode::invalid);
    const Chain other(1, Height(11));  // on block 10 of another chain
    EXPECT_EQ(error_code(save(*store_, other.at(Height(11)))), ErrorCode::invalid);
    for (const Height height : {Height(11), Height(12), Height(13)}) {
        ASSERT_TRUE(save(*store_, chain.at(height)));
    }
    EXPECT_EQ(store_->range(), (BlockRange{Height(11), Height(13)}));

    // The commit goes with the first block.
    EXPECT_EQ(store_->prune_below(Height(12)), 1U);
    EXPECT_EQ(error_code(store_->load_seen_commit(Height(10))), ErrorCode::not_found);
    expect_whole(kv_, *store_, chain);
}

TEST_F(BlockStoreTest, starts_after_a_commit_only_if_it_never_had_a_block) {
    const Chain chain(2);
    ASSERT_TRUE(save(*store_, chain.at(Height(1))));

    EXPECT_EQ(error_code(store_->start_after(chain.at(Height(2)).seen_commit)), ErrorCode::invalid);
}

TEST_F(BlockStoreTest, prunes_every_column_of_the_heights_below) {
    const Chain chain(7);
    save_all(*store_, chain);

    EXPECT_EQ(store_->prune_below(Height(5)), 4U);
    EXPECT_EQ(store_->range(), (BlockRange{Height(5), Height(7)}));
    expect_whole(kv_, *store_, chain);
    for (const Height height : {Height(1), Height(4)}) {
        EXPECT_EQ(error_code(store_->load_block(height)), ErrorCode::not_found);
        EXPECT_EQ(error_code(store_->load_meta(height)), ErrorCode::not_found);
        EXPECT_EQ(error_code(store_->load_part(height, 0)), ErrorCode::not_found);
        EXPECT_EQ(error_code(store_->load_commit(height)), ErrorCode::not_found);
        EXPECT_EQ(error_code(store_->load_seen_commit(height)), ErrorCode::not_found);
        EXPECT_EQ(error_code(store_->height_of(chain.at(height).id().hash)), ErrorCode::not_found);
    }

    EXPECT_EQ(store_->prune_below(Height(5)), 0U);
    EXPECT_EQ(store_->prune_below(Height(2)), 0U);
    EXPECT_EQ(store_->prune_below(Height(7)), 2U);
    EXPECT_EQ(error_code(store_->prune_below(Height(8))), ErrorCode::invalid);
    expect_whole(kv_, **BlockStore::open(kv_), chain);
}

/// A MemoryStore in which something happens right after the next call, as if in another thread.
class InterruptedStore final : public KvStore {
public:
    Result<std::optional<Bytes>> get(ByteView key) const override {
        auto value = store_.get(key);
        interrupt();
        return value;
    }
    Result<void> write(const WriteBatch& batch, Durability durability) override {
        const auto written = store_.write(batch, durability);
        interrupt();
        return written;
    }
    std::unique_ptr<KvIterator> iterate() const override { return store_.iterate(); }

    void interrupt_next(std::function<void()> interrupt) { interrupt_ = std::move(interrupt); }

private:
    void interrupt() const {
        if (const auto now = std::exchange(interrupt_, nullptr)) {
            now();
        }
    }

    MemoryStore store_;
    mutable std::function<void()> interrupt_;
};

TEST_F(BlockStoreTest, takes_no_block_for_damaged_that_is_saved_or_pruned_while_it_is_read) {
    const Chain chain(4);
    InterruptedStore kv;
    const auto store = *BlockStore::open(kv);
    const auto save_next = [&] { ASSERT_TRUE(save(*store, chain.at(store->range().tip.next()))); };
    save_next();

    kv.interrupt_next(save_next);
    EXPECT_EQ(error_code(store->load_meta(Height(2))), ErrorCode::not_found);
    kv.interrupt_next(save_next);
    EXPECT_EQ(error_code(store->load_commit(Height(3))), ErrorCode::not_found);
    kv.interrupt_next(save_next);
    EXPECT_EQ(error_code(store->load_commit(Height(3))), ErrorCode::not_found);
    kv.interrupt_next([&] { ASSERT_TRUE(store->prune_below(Height(3))); });
    EXPECT_EQ(error_code(store->load_block(Height(2))), ErrorCode::not_found);
    EXPECT_TRUE(store->load_commit(Height(3)));

    // Pruning reads the block's meta, then writes.
    kv.interrupt_next([&] {
        kv.interrupt_next([&] {
            EXPECT_EQ(error_code(store->load_meta(Height(3))), ErrorCode::not_found);
        });
    });
    EXPECT_EQ(store->prune_below(Height(4)), 1U);
}

TEST_F(BlockStoreTest, prunes_in_batches_of_bounded_size) {
    test::SimStore sim(1);
    const auto store = *BlockStore::open(sim);
    const Chain chain(400);
    save_all(*store, chain);
    const std::uint64_t writes = sim.writes();

    EXPECT_EQ(store->prune_below(Height(400)), 399U);
    EXPECT_EQ(sim.writes() - writes, 3U);  // 6 erasures a block on average
    expect_whole(sim, *store, chain);
}

TEST_F(BlockStoreTest, names_the_height_and_the_column_of_a_missing_record) {
    const Chain chain(3);
    save_all(*store_, chain);
    WriteBatch batch;
    batch.erase(ByteArray<13>{2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1});
    ASSERT_TRUE(kv_.write(batch, Durability::synced));

    const auto block = store_->load_block(Height(2));
    ASSERT_FALSE(block);
    EXPECT_EQ(block.error(), Error(ErrorCode::corrupt, "block store, height 2, part: missing"));
    EXPECT_TRUE(store_->load_meta(Height(2)));
}

/// The store's own checksums left aside: hashes and heights find what they cover.
TEST_F(BlockStoreTest, notices_a_changed_byte_in_any_record) {
    const Chain chain(3);
    save_all(*store_, chain);
    const auto iterator = kv_.iterate();
    int reports = 0;
    for (iterator->seek_to_first(); iterator->valid(); iterator->next()) {
        const Bytes value = to_bytes(iterator->value());
        for (std::size_t i = 0; i < value.size(); i += 1 + value.size() / 20) {
            Bytes changed = value;
            changed[i] ^= 1;
            WriteBatch batch;
            batch.put(iterator->key(), changed);
            ASSERT_TRUE(kv_.write(batch, Durability::synced));
            const auto store = BlockStore::open(kv_);
            for (Height height(1); store && height <= Height(3); height = height.next()) {
                const auto result = check_height(**store, chain, height);
                if (!result) {
                    EXPECT_TRUE(
                        result.error().code() == ErrorCode::corrupt ||
                        result.error().code() == ErrorCode::not_found
                    ) << result.error().message();
                    ++reports;
                }
            }
            batch.clear();
            batch.put(iterator->key(), value);
            ASSERT_TRUE(kv_.write(batch, Durability::synced));
        }
    }
    EXPECT_GT(reports, 200);
}

TEST_F(BlockStoreTest, refuses_another_format) {
    WriteBatch batch;
    batch.put(ByteArray<1>{0}, Bytes(17, 2));
    ASSERT_TRUE(kv_.write(batch, Durability::synced));
    EXPECT_EQ(error_code(BlockStore::open(kv_)), ErrorCode::unsupported);

    Bytes backwards(17, 0);
    backwards[0] = 1;  // the format
    backwards[8] = 9;  // the base, more than one above the tip
    batch.put(ByteArray<1>{0}, backwards);
    ASSERT_TRUE(kv_.write(batch, Durability::synced));
    EXPECT_EQ(error_code(BlockStore::open(kv_)), ErrorCode::corrupt);
}

/// Saves the chain, and prunes on the way; returns the last block that was acknowledged.
Height save_until_failure(test::FaultEnv& env, const Chain& chain) {
    env.set_stepped(true);
    Height acknowledged;
    if (const auto kv = test::open_store(env)) {
        const auto store = BlockStore::open(**kv);
        for (const Saved& saved : chain.blocks()) {
            if (!store || !save(**store, saved)) {
                break;
            }
            acknowledged = saved.block.header.height;
            env.settle();
            if (acknowledged.value() % 3 == 0) {
                (void)(*store)->prune_below(acknowledged.previous());
                env.settle();
            }
        }
        env.set_stepped(false);
    }
    return acknowledged;
}

TEST(BlockStoreCrash, leaves_whole_blocks_only_at_any_operation) {
    const Chain chain(5);
    test::FaultEnv healthy(0);
    ASSERT_EQ(save_until_failure(healthy, chain), chain.last());
    for (std::uint64_t k = 1; k <= healthy.operations(); ++k) {
        for (const auto fault :
             {test::Fault::io_error, test::Fault::no_space, test::Fault::power_cut}) {
            SCOPED_TRACE(fmt::format("fault {} at {}", int(fault), k));
            test::FaultEnv env(k);
            env.fail_at(k, fault);
            const Height acknowledged = save_until_failure(env, chain);
            env.cut_power();
            env.restart(test::Loss::seeded);

            const auto kv = test::open_store(env);
            ASSERT_TRUE(kv) << kv.error().message();
            const auto store = BlockStore::open(**kv);
            ASSERT_TRUE(store) << store.error().message();
            const BlockRange range = (*store)->range();
            ASSERT_GE(range.tip, acknowledged);
            ASSERT_LE(range.tip.value(), acknowledged.value() + 1);
            if (!range.empty()) {
                expect_whole(**kv, **store, chain);
            }
            if (range.tip < chain.last()) {
                ASSERT_TRUE(save(**store, chain.at(range.tip.next())));
            }
        }
    }
}

}  // namespace
}  // namespace steelyard::storage
