// The state tree: updates a second in memory and to disk, proofs, start from disk.
#include "base/random.h"
#include "storage/leveldb_store.h"
#include "storage/state_tree.h"

#include <benchmark/benchmark.h>

#include <unistd.h>
#include <algorithm>
#include <filesystem>
#include <fstream>

namespace steelyard::storage {
namespace {

constexpr std::size_t key_size = 32;
constexpr std::size_t value_size = 100;
constexpr std::size_t block_updates = 10'000;

/// To disk, every contestant writes as many blocks, so that each pays for LevelDB's merging.
constexpr int disk_blocks = 300;

using Key = ByteArray<key_size>;
using Value = ByteArray<value_size>;

/// `count` random keys, ascending: every run has the same.
const std::vector<Key>& sorted_keys(std::size_t count) {
    static std::vector<Key> keys;
    if (keys.size() != count) {
        SeededRandom random(count);
        keys.resize(count);
        random.fill({keys[0].data(), count * key_size});
        std::ranges::sort(keys);
    }
    return keys;
}

CritBitTree& tree_of(std::size_t count) {
    static std::unique_ptr<CritBitTree> tree;
    if (!tree || tree->size() != count) {
        tree = std::make_unique<CritBitTree>();
        Value value;
        value.fill(7);
        for (const Key& key : sorted_keys(count)) {
            CHECK(tree->append(key, value));
        }
        CHECK(tree->finish_load());
    }
    return *tree;
}

/// New values for the keys of a block: spread over the whole range, or over a hundredth of it.
class Blocks {
public:
    Blocks(std::size_t count, bool is_clustered)
        : keys_(sorted_keys(count)), window_(is_clustered ? count / 100 : count) {}

    std::span<const TreeUpdate> next() {
        picked_.clear();
        const std::size_t start = random_.below(keys_.size() - window_ + 1);
        while (picked_.size() < block_updates) {
            picked_.push_back(start + random_.below(window_));
        }
        std::ranges::sort(picked_);
        picked_.erase(std::ranges::unique(picked_).begin(), picked_.end());
        values_.resize(picked_.size());
        random_.fill({values_[0].data(), values_.size() * value_size});
        updates_.clear();
        for (std::size_t i = 0; i < picked_.size(); ++i) {
            updates_.push_back({keys_[picked_[i]], values_[i]});
        }
        return updates_;
    }

private:
    const std::vector<Key>& keys_;
    std::size_t window_;
    SeededRandom random_{1};
    std::vector<std::size_t> picked_;
    std::vector<Value> values_;
    std::vector<TreeUpdate> updates_;
};

/// The new root of a block's updates, in memory. Three versions are kept.
void tree_update(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    CritBitTree& tree = tree_of(count);
    Blocks blocks(count, state.range(1) != 0);
    std::int64_t updates = 0;
    for (auto _ : state) {
        state.PauseTiming();
        const std::span<const TreeUpdate> block = blocks.next();
        state.ResumeTiming();
        CHECK(tree.update(block));
        if (tree.head() - tree.oldest() > 3) {
            tree.forget_oldest();
        }
        updates += static_cast<std::int64_t>(block.size());
    }
    state.SetItemsProcessed(updates);
}
BENCHMARK(tree_update)
    ->ArgNames({"keys", "clustered"})
    ->Args({1'000'000, 0})
    ->Args({1'000'000, 1})
    ->Args({10'000'000, 0})
    ->Args({10'000'000, 1})
    ->Unit(benchmark::kMillisecond);

/// A tree from ascending records, without reading them from disk.
void tree_load(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    const std::vector<Key>& keys = sorted_keys(count);
    const Value value = {1};
    for (auto _ : state) {
        CritBitTree tree;
        for (const Key& key : keys) {
            CHECK(tree.append(key, value));
        }
        CHECK(tree.finish_load());
        state.counters["bytes_per_key"] =
            static_cast<double>(tree.memory_size()) / static_cast<double>(count);
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(tree_load)->Arg(1'000'000)->Arg(10'000'000)->Unit(benchmark::kMillisecond)->Iterations(1);

void tree_proof(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    const CritBitTree& tree = tree_of(count);
    SeededRandom random(1);
    for (auto _ : state) {
        Key key = sorted_keys(count)[random.below(count)];
        key[key_size - 1] ^= static_cast<std::uint8_t>(state.range(1));
        benchmark::DoNotOptimize(tree.prove(key, tree.head()));
    }
}
BENCHMARK(tree_proof)->ArgNames({"keys", "absent"})->Args({1'000'000, 0})->Args({1'000'000, 1});

// To disk

/// Bytes that this process has had written to devices.
double written_bytes() {
    std::ifstream file("/proc/self/io");
    std::string name;
    double value = 0;
    while (file >> name >> value) {
        if (name == "write_bytes:") {
            return value;
        }
    }
    return 0;
}

/// A LevelDB folder that goes with the benchmark.
class Disk {
public:
    explicit Disk(const char* name)
        : folder_(std::filesystem::current_path() / fmt::format("{}.{}.bench", name, getpid())) {
        open();
    }
    ~Disk() {
        store_.reset();
        std::filesystem::remove_all(folder_);
    }

    LevelDbStore& store() { return *store_; }

    void open() {
        store_.reset();
        auto opened = LevelDbStore::open(folder_, {});
        CHECK(opened);
        store_ = *std::move(opened);
    }

private:
    std::filesystem::path folder_;
    std::unique_ptr<LevelDbStore> store_;
};

void fill_raw(KvStore& store, std::size_t count) {
    WriteBatch batch;
    Value value;
    value.fill(7);
    for (const Key& key : sorted_keys(count)) {
        batch.put(state_record_key("bank", key), value);
        if (batch.size() == block_updates) {
            CHECK(store.write(batch, Durability::buffered));
            batch.clear();
        }
    }
    CHECK(store.write(batch, Durability::synced));
}

std::unique_ptr<StateTree> fill_state(KvStore& store, std::size_t count) {
    StateTreeOptions options;
    options.stores = {"bank"};
    auto state = StateTree::open(store, options);
    CHECK(state);
    StateWrites writes;
    Value value;
    value.fill(7);
    std::int64_t height = 0;
    const std::vector<Key>& keys = sorted_keys(count);
    for (std::size_t i = 0; i < count; ++i) {
        writes.put(0, keys[i], value);
        if ((i + 1) % (10 * block_updates) == 0 || i + 1 == count) {
            CHECK((*state)->prepare(writes));
            CHECK((*state)->commit(chain::Height(++height), {}));
            writes.clear();
        }
    }
    return *std::move(state);
}

void report_disk(benchmark::State& state, std::int64_t updates, double written_before) {
    state.SetItemsProcessed(updates);
    state.counters["device_bytes_per_update"] =
        (written_bytes() - written_before) / static_cast<double>(updates);
}

/// The limit: the same records in synced LevelDB batches, without trees; with or without as many
/// bytes for undoing them as a commit writes.
void disk_raw_batch(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    const bool with_undo = state.range(1) != 0;
    Disk disk("raw");
    fill_raw(disk.store(), count);
    disk.store().compact();
    Blocks blocks(count, false);
    const double before = written_bytes();
    std::int64_t updates = 0;
    std::int64_t height = 0;
    for (auto _ : state) {
        state.PauseTiming();
        const std::span<const TreeUpdate> block = blocks.next();
        const Bytes undo(block.size() * (key_size + value_size));
        state.ResumeTiming();
        WriteBatch batch;
        for (const TreeUpdate& update : block) {
            batch.put(state_record_key("bank", update.key), *update.value);
        }
        if (with_undo) {
            batch.put(state_undo_key(chain::Height(++height)), undo);
        }
        CHECK(disk.store().write(batch, Durability::synced));
        updates += static_cast<std::int64_t>(block.size());
    }
    report_disk(state, updates, before);
}
BENCHMARK(disk_raw_batch)
    ->ArgNames({"keys", "undo"})
    ->Args({1'000'000, 0})
    ->Args({1'000'000, 1})
    ->Iterations(disk_blocks)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// A block from its writes to the synced commit.
void disk_state_commit(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    Disk disk("state");
    const auto tree = fill_state(disk.store(), count);
    disk.store().compact();
    Blocks blocks(count, false);
    const double before = written_bytes();
    std::int64_t updates = 0;
    for (auto _ : state) {
        state.PauseTiming();
        const std::span<const TreeUpdate> block = blocks.next();
        StateWrites writes;
        for (const TreeUpdate& update : block) {
            writes.put(0, update.key, *update.value);
        }
        state.ResumeTiming();
        CHECK(tree->prepare(writes));
        CHECK(tree->commit(tree->head()->height.next(), {}));
        updates += static_cast<std::int64_t>(block.size());
    }
    report_disk(state, updates, before);
}
BENCHMARK(disk_state_commit)
    ->Arg(1'000'000)
    ->Iterations(disk_blocks)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// Reading, rebuilding and checking a whole state.
void disk_state_open(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    Disk disk("open");
    fill_state(disk.store(), count);
    StateTreeOptions options;
    options.stores = {"bank"};
    for (auto _ : state) {
        disk.open();
        CHECK(StateTree::open(disk.store(), options));
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(disk_state_open)
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace steelyard::storage
