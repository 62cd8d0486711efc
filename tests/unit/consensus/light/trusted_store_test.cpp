#include "consensus/light/trusted_store.h"

#include "crypto/sha256.h"
#include "storage/memory_store.h"
#include "tests/support/light_chain.h"
#include "tests/support/sim_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::light {
namespace {

using chain::Height;
using test::LightChain;
using testing::HasSubstr;

const chain::ChainId chain_id = test::chain_id("store-1");

LightChain sample_chain() {
    LightChain chain(chain_id, test::seats(0, {10, 10, 10}, test::KeyMix::mixed));
    chain.grow_to(6);
    return chain;
}

template <typename T>
std::string outcome(const Result<T>& result) {
    return result ? "accepted"
                  : std::string(to_string(result.error().code())) + ": " + result.error().message();
}

class TrustedStoreTest : public testing::Test {
protected:
    Result<TrustedStore> open(std::size_t blocks_max = 100) {
        return TrustedStore::open(kv_, chain_id, blocks_max);
    }

    TrustAnchor anchor(std::int64_t height) const {
        return {Height(height), chain_.hash_at(height)};
    }

    /// A store that holds blocks 2, 3 and 5.
    TrustedStore filled(std::size_t blocks_max = 100) {
        TrustedStore store = *open(blocks_max);
        EXPECT_TRUE(store.restart(anchor(2), chain_.at(2)));
        EXPECT_TRUE(store.save(chain_.at(5)));
        EXPECT_TRUE(store.save(chain_.at(3)));
        return store;
    }

    /// The keys of all records; the anchor's is the first.
    std::vector<Bytes> keys() const {
        std::vector<Bytes> keys;
        const auto it = kv_.iterate();
        for (it->seek_to_first(); it->valid(); it->next()) {
            keys.push_back(to_bytes(it->key()));
        }
        return keys;
    }

    void put(ByteView key, ByteView value) {
        storage::WriteBatch batch;
        batch.put(key, value);
        ASSERT_TRUE(kv_.write(batch, storage::Durability::synced));
    }

    const LightChain chain_ = sample_chain();
    storage::MemoryStore kv_;
};

TEST_F(TrustedStoreTest, starts_empty) {
    const TrustedStore store = *open();

    EXPECT_TRUE(store.empty());
    EXPECT_EQ(store.anchor(), std::nullopt);
    EXPECT_EQ(store.below(Height(9)), std::nullopt);
    EXPECT_EQ(store.above(Height(0)), std::nullopt);
    EXPECT_THAT(outcome(store.load(Height(1))), HasSubstr("not_found"));
}

TEST_F(TrustedStoreTest, finds_the_nearest_blocks) {
    const TrustedStore store = filled();

    EXPECT_EQ(store.first(), Height(2));
    EXPECT_EQ(store.last(), Height(5));
    EXPECT_EQ(store.below(Height(2)), std::nullopt);
    EXPECT_EQ(store.below(Height(5)), Height(3));
    EXPECT_EQ(store.below(Height(9)), Height(5));
    EXPECT_EQ(store.above(Height(1)), Height(2));
    EXPECT_EQ(store.above(Height(3)), Height(5));
    EXPECT_EQ(store.above(Height(5)), std::nullopt);
}

TEST_F(TrustedStoreTest, is_the_same_after_a_restart) {
    filled();

    const TrustedStore store = *open();
    EXPECT_EQ(store.anchor(), anchor(2));
    EXPECT_EQ(*store.load(Height(2)), chain_.at(2));
    EXPECT_EQ(*store.load(Height(3)), chain_.at(3));
    EXPECT_EQ(*store.load(Height(5)), chain_.at(5));
    EXPECT_FALSE(store.contains(Height(4)));
}

TEST_F(TrustedStoreTest, keeps_the_highest_blocks) {
    TrustedStore store = filled(2);

    EXPECT_FALSE(store.contains(Height(2)));
    EXPECT_EQ(store.first(), Height(3));
    ASSERT_TRUE(store.save(chain_.at(6)));
    EXPECT_EQ(store.first(), Height(5));
    EXPECT_EQ(keys().size(), 3);
    EXPECT_EQ(open()->first(), Height(5));
}

TEST_F(TrustedStoreTest, starts_anew_from_another_anchor) {
    TrustedStore store = filled();

    ASSERT_TRUE(store.restart(anchor(4), chain_.at(4)));

    EXPECT_EQ(store.first(), Height(4));
    EXPECT_EQ(store.last(), Height(4));
    EXPECT_EQ(keys().size(), 2);
    EXPECT_EQ(open()->anchor(), anchor(4));
}

TEST_F(TrustedStoreTest, adopts_another_anchor) {
    TrustedStore store = filled();

    ASSERT_TRUE(store.adopt(anchor(5)));

    EXPECT_EQ(open()->anchor(), anchor(5));
    EXPECT_EQ(open()->first(), Height(2));
}

TEST_F(TrustedStoreTest, refuses_records_that_have_changed) {
    filled();
    for (const Bytes& key : keys()) {
        const Bytes good = **kv_.get(key);
        for (std::size_t i = 0; i < good.size(); i += 7) {
            Bytes bad = good;
            bad[i] ^= 0x10;
            put(key, bad);

            const auto store = open();
            const bool refused = !store || !store->load(Height(2)) || !store->load(Height(3));
            EXPECT_TRUE(refused) << "byte " << i;
        }
        put(key, good);
    }
    EXPECT_TRUE(open());
}

TEST_F(TrustedStoreTest, says_what_is_wrong_with_it) {
    filled();
    const std::vector<Bytes> keys = this->keys();
    const auto with = [&](const Bytes& key, const Bytes& value) {
        const Bytes good = **kv_.get(key);
        put(key, value);
        const std::string said = outcome(open());
        put(key, good);
        return said;
    };
    const Bytes& last = keys.back();
    Bytes flipped = **kv_.get(last);
    flipped.back() ^= 1;
    Bytes later_format = **kv_.get(last);
    later_format[0] = 2;

    EXPECT_THAT(with(last, flipped), HasSubstr("corrupt: light client store, record 01"));
    EXPECT_THAT(with(last, flipped), HasSubstr("do not match their hash"));
    EXPECT_THAT(with(last, {1, 2}), HasSubstr("corrupt: light client store"));
    EXPECT_THAT(with(last, **kv_.get(keys[1])), HasSubstr("do not match their hash"));
    EXPECT_THAT(with(last, later_format), HasSubstr("unsupported"));
    EXPECT_THAT(with(keys.front(), flipped), HasSubstr("corrupt"));
    put(Bytes{7, 7}, Bytes{1});
    EXPECT_THAT(outcome(open()), HasSubstr("record 0707: not a key of this store"));
}

/// A record as rule L24 has it.
Bytes sealed(ByteView key, ByteView value) {
    Bytes bytes = to_bytes(key);
    append(bytes, value);
    Bytes record = {1};
    append(record, crypto::sha256(bytes));
    append(record, value);
    return record;
}

TEST_F(TrustedStoreTest, writes_the_documented_records) {
    filled();
    const Bytes anchor_key = {0};
    Bytes anchor_value = {0, 0, 0, 0, 0, 0, 0, 2};
    append(anchor_value, chain_.hash_at(2));
    append(anchor_value, as_bytes("store-1"));
    const Bytes block_key = {1, 0, 0, 0, 0, 0, 0, 0, 5};

    EXPECT_EQ(**kv_.get(anchor_key), sealed(anchor_key, anchor_value));
    EXPECT_EQ(**kv_.get(block_key), sealed(block_key, encode_light_block(chain_.at(5))));
}

TEST_F(TrustedStoreTest, refuses_a_block_in_the_place_of_another) {
    filled();
    const Bytes key = {1, 0, 0, 0, 0, 0, 0, 0, 3};
    LightChain foreign(test::chain_id("store-2"), test::seats(0, {10}));
    foreign.grow_to(3);

    put(key, sealed(key, encode_light_block(chain_.at(2))));
    EXPECT_THAT(outcome(open()->load(Height(3))), HasSubstr("corrupt"));
    put(key, sealed(key, encode_light_block(foreign.at(3))));
    EXPECT_THAT(outcome(open()->load(Height(3))), HasSubstr("it is another block"));
    put(key, sealed(key, Bytes{1, 2, 3}));
    EXPECT_THAT(outcome(open()->load(Height(3))), HasSubstr("corrupt"));
}

TEST_F(TrustedStoreTest, refuses_blocks_without_an_anchor) {
    filled();
    storage::WriteBatch batch;
    batch.erase(keys().front());
    ASSERT_TRUE(kv_.write(batch, storage::Durability::synced));

    EXPECT_THAT(outcome(open()), HasSubstr("corrupt"));
}

TEST_F(TrustedStoreTest, refuses_the_store_of_another_chain) {
    filled();

    EXPECT_THAT(
        outcome(TrustedStore::open(kv_, test::chain_id("store-2"), 100)),
        HasSubstr("invalid: light client store is of chain store-1, not store-2")
    );
}

TEST_F(TrustedStoreTest, has_a_limit) {
    EXPECT_FALSE(open(0));
    EXPECT_TRUE(open(TrustedStore::blocks_limit));
    EXPECT_FALSE(open(TrustedStore::blocks_limit + 1));
}

TEST(TrustedStoreOnFaultyDisk, keeps_what_it_had_when_a_write_fails) {
    const LightChain chain = sample_chain();
    test::SimStore kv(1);
    TrustedStore store = *TrustedStore::open(kv, chain_id, 1);
    ASSERT_TRUE(store.restart({Height(1), chain.hash_at(1)}, chain.at(1)));

    kv.fail_write_at(1, test::Fault::power_cut);
    EXPECT_FALSE(store.save(chain.at(2)));
    EXPECT_EQ(store.last(), Height(1));

    kv.restart(test::Loss::all);
    const auto reopened = TrustedStore::open(kv, chain_id, 1);
    ASSERT_TRUE(reopened) << outcome(reopened);
    EXPECT_EQ(*reopened->load(Height(1)), chain.at(1));
}

}  // namespace
}  // namespace steelyard::light
