// Random operations on all implementations of KvStore at once: they cannot be told apart.
#include "tests/support/fault_env.h"
#include "tests/support/sim_store.h"
#include "tests/unit/storage/history.h"

#include <gtest/gtest.h>

namespace steelyard::storage {
namespace {

using test::Loss;

constexpr std::uint64_t key_count = 60;

std::string random_key(RandomSource& random) {
    return fmt::format("{:b}", random.below(key_count));  // many are prefixes of others
}

WriteBatch random_batch(RandomSource& random) {
    WriteBatch batch;
    for (std::uint64_t i = random.below(8); i > 0; --i) {
        if (random.below(3) == 0) {
            batch.erase(as_bytes(random_key(random)));
        } else {
            Bytes value(random.below(3000));
            random.fill(value);
            batch.put(as_bytes(random_key(random)), value);
        }
    }
    return batch;
}

/// The keys that a walk meets that starts at `from` and turns at random.
std::vector<std::string> walk(const KvStore& store, const std::string& from, std::uint64_t seed) {
    SeededRandom turns(seed);
    std::vector<std::string> keys;
    const auto iterator = store.iterate();
    iterator->seek(as_bytes(from));
    for (int i = 0; i < 20 && iterator->valid(); ++i) {
        keys.emplace_back(as_text(iterator->key()));
        turns.below(3) == 0 ? iterator->prev() : iterator->next();
    }
    EXPECT_TRUE(iterator->status());
    return keys;
}

class Stores {
public:
    explicit Stores(std::uint64_t seed) : env_(seed), sim_(seed) { open(); }

    void write(const WriteBatch& batch, Durability durability) {
        ASSERT_TRUE(memory_.write(batch, durability));
        ASSERT_TRUE(sim_.write(batch, durability));
        ASSERT_TRUE(leveldb_->write(batch, durability));
    }

    /// Loses nothing, since the process alone ends.
    void restart() {
        leveldb_.reset();
        env_.restart(Loss::none);
        open();
        sim_.restart(Loss::none);
    }

    template <typename Read>
    void expect_equal(Read read) const {
        const auto expected = read(memory_);
        ASSERT_EQ(read(sim_), expected);
        ASSERT_EQ(read(*leveldb_), expected);
    }

private:
    void open() {
        auto store = test::open_store(env_);
        ASSERT_TRUE(store) << store.error().message();
        leveldb_ = *std::move(store);
    }

    test::FaultEnv env_;
    MemoryStore memory_;
    test::SimStore sim_;
    std::unique_ptr<LevelDbStore> leveldb_;
};

TEST(KvModel, gives_the_same_answers_in_every_implementation) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        SCOPED_TRACE(seed);
        SeededRandom random(seed);
        Stores stores(seed);
        for (int step = 0; step < 200; ++step) {
            const auto durability =
                random.below(4) == 0 ? Durability::synced : Durability::buffered;
            stores.write(random_batch(random), durability);
            if (random.below(40) == 0) {
                stores.restart();
            }
            const std::string key = random_key(random);
            const std::uint64_t turns = random.next_u64();
            stores.expect_equal([&](const KvStore& store) { return *store.get(as_bytes(key)); });
            stores.expect_equal([&](const KvStore& store) { return walk(store, key, turns); });
        }
        stores.expect_equal([](const KvStore& store) { return *read_content(store); });
    }
}

}  // namespace
}  // namespace steelyard::storage
