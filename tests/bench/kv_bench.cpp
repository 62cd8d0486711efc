// LevelDbStore against LevelDB itself, with the same options and records: what our promises cost.
// Works in a new folder under the current one, which should be on the disk in question.
#include "base/check.h"
#include "base/random.h"
#include "storage/leveldb_store.h"

#include <benchmark/benchmark.h>
#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>
#include <unistd.h>

namespace steelyard::storage {
namespace {

constexpr std::int64_t batch_records = 10'000;
constexpr std::uint64_t stored_records = 200'000;
constexpr std::size_t key_size = 32;
constexpr std::size_t value_size = 100;

class Folder {
public:
    Folder() {
        std::string name = "kv_bench-XXXXXX";
        CHECK(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }

    std::filesystem::path store() const { return path_ / "store"; }

private:
    std::filesystem::path path_;
};

/// Random keys and values, the same in each run.
class Records {
public:
    struct Record {
        ByteArray<key_size> key;
        ByteArray<value_size> value;
    };

    Record next() {
        Record record;
        random_.fill(record.key);
        random_.fill(record.value);
        return record;
    }

    std::vector<Record> next_batch() {
        std::vector<Record> records;
        for (std::int64_t i = 0; i < batch_records; ++i) {
            records.push_back(next());
        }
        return records;
    }

private:
    SeededRandom random_{1};
};

class Ours {
public:
    void write(const std::vector<Records::Record>& records) {
        WriteBatch batch;
        for (const auto& [key, value] : records) {
            batch.put(key, value);
        }
        CHECK(store_->write(batch, Durability::synced));
    }

    void get(ByteView key) const { CHECK((*store_->get(key)).has_value()); }

    std::uint64_t scan() const { return store_->verify().value().records; }

    void compact() { store_->compact(); }

private:
    Folder folder_;
    std::unique_ptr<LevelDbStore> store_ = LevelDbStore::open(folder_.store(), {}).value();
};

class Raw {
public:
    Raw() {
        const LevelDbOptions ours;
        leveldb::Options options;
        options.create_if_missing = true;
        options.compression = leveldb::kNoCompression;
        options.write_buffer_size = ours.write_buffer_bytes;
        options.max_open_files = ours.open_files_max;
        options.block_cache = cache_.get();
        options.filter_policy = filter_.get();
        leveldb::DB* db = nullptr;
        CHECK(leveldb::DB::Open(options, folder_.store().string(), &db).ok());
        db_.reset(db);
    }

    void write(const std::vector<Records::Record>& records) {
        leveldb::WriteBatch batch;
        for (const auto& [key, value] : records) {
            batch.Put(slice(key), slice(value));
        }
        leveldb::WriteOptions options;
        options.sync = true;
        CHECK(db_->Write(options, &batch).ok());
    }

    void get(ByteView key) const {
        std::string value;
        CHECK(db_->Get({}, slice(key), &value).ok());
    }

    std::uint64_t scan() const {
        std::uint64_t records = 0;
        const std::unique_ptr<leveldb::Iterator> iterator(db_->NewIterator({}));
        for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
            benchmark::DoNotOptimize(iterator->value().data());
            ++records;
        }
        return records;
    }

    void compact() { db_->CompactRange(nullptr, nullptr); }

private:
    static leveldb::Slice slice(ByteView bytes) { return {as_text(bytes).data(), bytes.size()}; }

    Folder folder_;
    std::unique_ptr<leveldb::Cache> cache_{leveldb::NewLRUCache(LevelDbOptions{}.block_cache_bytes)
    };
    std::unique_ptr<const leveldb::FilterPolicy> filter_{leveldb::NewBloomFilterPolicy(10)};
    std::unique_ptr<leveldb::DB> db_;
};

/// A store that holds `stored_records`.
template <typename Store>
void fill(Store& store) {
    Records records;
    for (std::uint64_t i = 0; i < stored_records / batch_records; ++i) {
        store.write(records.next_batch());
    }
    store.compact();
}

template <typename Store>
void synced_batch(benchmark::State& state) {
    Store store;
    Records records;
    for (auto _ : state) {
        state.PauseTiming();
        const auto batch = records.next_batch();
        state.ResumeTiming();
        store.write(batch);
    }
    state.SetItemsProcessed(state.iterations() * batch_records);
}
BENCHMARK(synced_batch<Raw>)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(synced_batch<Ours>)->UseRealTime()->Unit(benchmark::kMillisecond);

template <typename Store>
void random_get(benchmark::State& state) {
    Store store;
    fill(store);
    Records records;
    std::vector<ByteArray<key_size>> keys;
    for (std::uint64_t i = 0; i < stored_records; ++i) {
        keys.push_back(records.next().key);
    }
    SeededRandom random(2);
    for (auto _ : state) {
        store.get(keys[random.below(keys.size())]);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(random_get<Raw>);
BENCHMARK(random_get<Ours>);

template <typename Store>
void scan(benchmark::State& state) {
    Store store;
    fill(store);
    for (auto _ : state) {
        CHECK(store.scan() == stored_records);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(stored_records));
}
BENCHMARK(scan<Raw>)->Unit(benchmark::kMillisecond);
BENCHMARK(scan<Ours>)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace steelyard::storage
