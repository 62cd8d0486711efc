// What every KvStore promises of batches, reads and iterators, run against each implementation.
#include "storage/kv_store.h"

#include "storage/leveldb_store.h"
#include "storage/memory_store.h"
#include "tests/support/fault_env.h"
#include "tests/support/sim_store.h"

#include <gtest/gtest.h>

#include <thread>

namespace steelyard::storage {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

WriteBatch batch_of(const Pairs& pairs) {
    WriteBatch batch;
    for (const auto& [key, value] : pairs) {
        batch.put(as_bytes(key), as_bytes(value));
    }
    return batch;
}

Pairs collect(KvIterator& iterator) {
    Pairs pairs;
    for (iterator.seek_to_first(); iterator.valid(); iterator.next()) {
        pairs.emplace_back(as_text(iterator.key()), as_text(iterator.value()));
    }
    EXPECT_TRUE(iterator.status());
    return pairs;
}

Pairs content(const KvStore& store) {
    return collect(*store.iterate());
}

std::optional<std::string> value_of(const KvStore& store, std::string_view key) {
    const auto value = store.get(as_bytes(key));
    EXPECT_TRUE(value);
    const std::optional<Bytes> bytes = value.value_or(std::nullopt);
    return bytes ? std::optional(std::string(as_text(*bytes))) : std::nullopt;
}

struct InMemory {
    MemoryStore memory;
    KvStore& store = memory;
};

struct InSimulation {
    test::SimStore sim{1};
    KvStore& store = sim;
};

struct InLevelDb {
    test::FaultEnv env{1};
    std::unique_ptr<LevelDbStore> leveldb = *test::open_store(env);
    KvStore& store = *leveldb;
};

template <typename Fixture>
class EveryKvStore : public testing::Test {
protected:
    void write(const WriteBatch& batch) { ASSERT_TRUE(store().write(batch, Durability::buffered)); }

    KvStore& store() { return fixture_.store; }

private:
    Fixture fixture_;
};

using Fixtures = testing::Types<InMemory, InSimulation, InLevelDb>;
TYPED_TEST_SUITE(EveryKvStore, Fixtures);

TYPED_TEST(EveryKvStore, starts_empty) {
    EXPECT_EQ(content(this->store()), Pairs());
    EXPECT_EQ(value_of(this->store(), "a"), std::nullopt);
}

TYPED_TEST(EveryKvStore, reads_what_was_put_and_forgets_what_was_erased) {
    this->write(batch_of({{"a", "1"}, {"b", ""}, {"c", "3"}}));
    WriteBatch erasure;
    erasure.erase(as_bytes("c"));
    erasure.erase(as_bytes("never there"));
    this->write(erasure);

    EXPECT_EQ(value_of(this->store(), "a"), "1");
    EXPECT_EQ(value_of(this->store(), "b"), "");
    EXPECT_EQ(value_of(this->store(), "c"), std::nullopt);
    EXPECT_EQ(content(this->store()), (Pairs{{"a", "1"}, {"b", ""}}));
}

TYPED_TEST(EveryKvStore, lets_the_last_operation_on_a_key_win) {
    WriteBatch batch;
    batch.put(as_bytes("a"), as_bytes("1"));
    batch.erase(as_bytes("a"));
    batch.put(as_bytes("b"), as_bytes("1"));
    batch.put(as_bytes("b"), as_bytes("2"));
    batch.erase(as_bytes("c"));
    batch.put(as_bytes("c"), as_bytes("3"));
    this->write(batch);

    EXPECT_EQ(content(this->store()), (Pairs{{"b", "2"}, {"c", "3"}}));
}

TYPED_TEST(EveryKvStore, orders_keys_as_unsigned_bytes_with_prefixes_first) {
    const std::string high = "\xff";
    const std::string zero(1, '\0');
    this->write(batch_of({{high, "5"}, {"a", "2"}, {"a" + zero, "3"}, {zero, "1"}, {"ab", "4"}}));

    EXPECT_EQ(
        content(this->store()),
        (Pairs{{zero, "1"}, {"a", "2"}, {"a" + zero, "3"}, {"ab", "4"}, {high, "5"}})
    );
}

TYPED_TEST(EveryKvStore, walks_both_ways_from_any_place) {
    this->write(batch_of({{"b", "1"}, {"d", "2"}, {"f", "3"}}));
    const auto iterator = this->store().iterate();
    EXPECT_FALSE(iterator->valid());

    iterator->seek(as_bytes("c"));
    ASSERT_TRUE(iterator->valid());
    EXPECT_EQ(as_text(iterator->key()), "d");
    iterator->prev();
    EXPECT_EQ(as_text(iterator->key()), "b");
    iterator->prev();
    EXPECT_FALSE(iterator->valid());

    iterator->seek_to_last();
    ASSERT_TRUE(iterator->valid());
    EXPECT_EQ(as_text(iterator->value()), "3");
    iterator->next();
    EXPECT_FALSE(iterator->valid());

    iterator->seek(as_bytes("g"));
    EXPECT_FALSE(iterator->valid());
    iterator->seek(as_bytes("f"));
    EXPECT_TRUE(iterator->valid());
}

TYPED_TEST(EveryKvStore, keeps_an_iterators_state_while_it_is_written) {
    this->write(batch_of({{"a", "1"}, {"b", "1"}}));
    const auto before = this->store().iterate();
    WriteBatch batch = batch_of({{"b", "2"}, {"c", "2"}});
    batch.erase(as_bytes("a"));
    this->write(batch);
    const auto after = this->store().iterate();
    this->write(batch_of({{"d", "3"}}));

    EXPECT_EQ(collect(*before), (Pairs{{"a", "1"}, {"b", "1"}}));
    EXPECT_EQ(collect(*after), (Pairs{{"b", "2"}, {"c", "2"}}));
    EXPECT_EQ(content(this->store()), (Pairs{{"b", "2"}, {"c", "2"}, {"d", "3"}}));
}

TYPED_TEST(EveryKvStore, shows_readers_of_other_threads_whole_batches_only) {
    constexpr int round_count = 200;
    this->write(batch_of({{"x", "0"}, {"y", "0"}}));
    std::thread writer([&] {
        for (int i = 1; i <= round_count; ++i) {
            const std::string round = std::to_string(i);
            ASSERT_TRUE(
                this->store().write(batch_of({{"x", round}, {"y", round}}), Durability::buffered)
            );
        }
    });

    int torn = 0;
    for (int i = 0; i < round_count; ++i) {
        const Pairs pairs = content(this->store());
        torn += pairs.at(0).second != pairs.at(1).second;
    }
    writer.join();

    EXPECT_EQ(torn, 0);
    EXPECT_EQ(value_of(this->store(), "x"), std::to_string(round_count));
}

TEST(WriteBatch, counts_its_bytes_until_it_is_cleared) {
    WriteBatch batch;
    EXPECT_TRUE(batch.empty());
    batch.put(as_bytes("key"), as_bytes("value"));
    batch.erase(as_bytes("key"));
    EXPECT_EQ(batch.byte_size(), 11U);
    EXPECT_EQ(batch.size(), 2U);

    batch.clear();
    EXPECT_TRUE(batch.empty());
    EXPECT_EQ(batch.byte_size(), 0U);
}

TEST(WriteBatchDeathTest, refuses_an_empty_key) {
    WriteBatch batch;
    EXPECT_DEATH(batch.put({}, as_bytes("value")), "CHECK failed");
    EXPECT_DEATH(batch.erase({}), "CHECK failed");
}

}  // namespace
}  // namespace steelyard::storage
