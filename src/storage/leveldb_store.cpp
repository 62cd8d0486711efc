#include "storage/leveldb_store.h"

#include "base/check.h"
#include "storage/leveldb_env.h"
#include "storage/leveldb_overlay.h"

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/env.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>

namespace steelyard::storage {

namespace {

constexpr int bloom_bits_per_key = 10;

leveldb::Slice as_slice(ByteView bytes) {
    const std::string_view text = as_text(bytes);
    return {text.data(), text.size()};
}

ByteView as_view(const leveldb::Slice& slice) {
    return as_bytes({slice.data(), slice.size()});
}

leveldb::ReadOptions read_options(bool fill_cache) {
    leveldb::ReadOptions options;
    options.verify_checksums = true;
    options.fill_cache = fill_cache;
    return options;
}

/// LevelDB keeps of the system's error only its text, in the process's language.
bool tells_of(const leveldb::Status& status, int error_number) {
    return status.ToString().ends_with(std::generic_category().message(error_number));
}

Error to_error(const leveldb::Status& status) {
    if (tells_of(status, ENOSPC) || tells_of(status, EDQUOT)) {
        return Error(ErrorCode::no_space, status.ToString());
    }
    const bool corrupt = status.IsCorruption();
    return Error(corrupt ? ErrorCode::corrupt : ErrorCode::io, status.ToString());
}

std::unexpected<Error> open_error(const std::string& folder, const leveldb::Status& status) {
    const std::string text = status.ToString();
    if (text.find("lock " + folder) != std::string::npos) {
        return fail(
            ErrorCode::denied,
            "store {} is in use by another process: stop that process, or use another folder",
            folder
        );
    }
    if (tells_of(status, EACCES) || tells_of(status, EPERM) || tells_of(status, EROFS)) {
        return fail(
            ErrorCode::denied, "store {}: run as its owner, or change its mode ({})", folder, text
        );
    }
    if (tells_of(status, ENOTDIR)) {
        return invalid("store {}: this path is not a folder", folder);
    }
    if (status.IsInvalidArgument() || tells_of(status, ENOENT)) {
        return fail(ErrorCode::not_found, "store {} does not exist ({})", folder, text);
    }
    if (status.IsCorruption()) {
        return fail(
            ErrorCode::corrupt,
            "store {} is damaged: restore a backup of all stores, or remove them all (steelyardd "
            "reset) and sync again ({})",
            folder,
            text
        );
    }
    return std::unexpected(to_error(status).in("store " + folder));
}

/// LevelDB takes a folder without the file CURRENT for a new store and removes what it does not
/// know. The files of a store whose creation was cut short are at most its first MANIFEST and the
/// temporary file that was to become CURRENT; a log or a table means that CURRENT was lost.
leveldb::Status check_current_file(leveldb::Env& env, const std::string& folder) {
    if (env.FileExists(folder + "/CURRENT")) {
        return {};
    }
    std::vector<std::string> names;
    env.GetChildren(folder, &names);  // No folder yet: nothing to lose.
    const bool lost = std::ranges::any_of(names, [](const std::string& name) {
        return name.ends_with(".log") || name.ends_with(".ldb") || name.ends_with(".sst");
    });
    return lost ? leveldb::Status::Corruption("the file CURRENT is missing") : leveldb::Status();
}

class SilentLogger final : public leveldb::Logger {
public:
    void Logv(const char*, std::va_list) override {}
};

class Iterator final : public KvIterator {
public:
    /// The store's folder, for errors; it outlives the iterator, as the store does.
    Iterator(leveldb::Iterator* iterator, const std::string& folder)
        : iterator_(iterator), folder_(folder) {}

    void seek_to_first() override {
        iterator_->SeekToFirst();
        update();
    }

    void seek_to_last() override {
        iterator_->SeekToLast();
        update();
    }

    void seek(ByteView key) override {
        iterator_->Seek(as_slice(key));
        update();
    }

    void next() override {
        CHECK(valid_);
        iterator_->Next();
        update();
    }

    void prev() override {
        CHECK(valid_);
        iterator_->Prev();
        update();
    }

    bool valid() const override { return valid_; }

    ByteView key() const override {
        CHECK(valid_);
        return as_view(iterator_->key());
    }

    ByteView value() const override {
        CHECK(valid_);
        return as_view(iterator_->value());
    }

    Result<void> status() const override {
        if (const leveldb::Status status = iterator_->status(); !status.ok()) {
            return std::unexpected(to_error(status).in("store " + folder_));
        }
        return {};
    }

private:
    /// LevelDB's iterator leaves out a block that it cannot read and goes on: the walk ends here.
    void update() { valid_ = iterator_->Valid() && iterator_->status().ok(); }

    std::unique_ptr<leveldb::Iterator> iterator_;
    const std::string& folder_;
    bool valid_ = false;
};

}  // namespace

/// In the order in which they are needed; destroyed in reverse.
struct LevelDbStore::Parts {
    std::string folder;
    bool read_only = false;
    std::atomic<bool> is_open = false;
    std::unique_ptr<leveldb::Env> overlay;  ///< of a store that is only read
    std::unique_ptr<leveldb::Env> env;
    SilentLogger logger;
    std::unique_ptr<leveldb::Cache> cache;
    std::unique_ptr<const leveldb::FilterPolicy> filter;
    std::unique_ptr<leveldb::DB> db;
};

Result<std::unique_ptr<LevelDbStore>> LevelDbStore::open(
    const std::filesystem::path& folder, const LevelDbOptions& options
) {
    auto parts = std::make_unique<Parts>();
    parts->folder = folder.string();
    leveldb::Env& base = options.env != nullptr ? *options.env : *leveldb::Env::Default();
    parts->read_only = options.read_only;
    if (options.read_only) {
        parts->overlay = make_overlay_env(base, parts->is_open);
    }
    parts->env = make_careful_env(parts->overlay ? *parts->overlay : base);
    parts->cache.reset(leveldb::NewLRUCache(options.block_cache_bytes));
    parts->filter.reset(leveldb::NewBloomFilterPolicy(bloom_bits_per_key));

    leveldb::Options db_options;
    db_options.create_if_missing = options.create_if_missing && !options.read_only;
    db_options.paranoid_checks = true;
    db_options.env = parts->env.get();
    db_options.info_log = &parts->logger;
    db_options.write_buffer_size = options.write_buffer_bytes;
    db_options.max_open_files = options.open_files_max;
    db_options.block_cache = parts->cache.get();
    db_options.compression = options.compression == LevelDbOptions::Compression::snappy
                                 ? leveldb::kSnappyCompression
                                 : leveldb::kNoCompression;
    db_options.filter_policy = parts->filter.get();

    leveldb::Status status = check_current_file(*parts->env, parts->folder);
    leveldb::DB* db = nullptr;
    if (status.ok()) {
        status = leveldb::DB::Open(db_options, parts->folder, &db);
    }
    if (!status.ok()) {
        return open_error(parts->folder, status);
    }
    parts->db.reset(db);
    parts->is_open = true;
    return std::unique_ptr<LevelDbStore>(new LevelDbStore(std::move(parts)));
}

LevelDbStore::LevelDbStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {
}

LevelDbStore::~LevelDbStore() = default;

Result<std::optional<Bytes>> LevelDbStore::get(ByteView key) const {
    std::string value;
    const leveldb::Status status = parts_->db->Get(read_options(true), as_slice(key), &value);
    if (status.IsNotFound()) {
        return std::nullopt;
    }
    if (!status.ok()) {
        return std::unexpected(to_error(status).in("store " + parts_->folder));
    }
    return to_bytes(as_bytes(value));
}

Result<void> LevelDbStore::write(const WriteBatch& batch, Durability durability) {
    leveldb::WriteBatch operations;
    for (const auto& [key, value] : batch.operations()) {
        if (value) {
            operations.Put(as_slice(key), as_slice(*value));
        } else {
            operations.Delete(as_slice(key));
        }
    }
    leveldb::WriteOptions options;
    options.sync = durability == Durability::synced;

    // One at a time: LevelDB itself would append the next batch behind one that failed half way,
    // where recovery does not find it.
    const std::lock_guard lock(write_mutex_);
    if (parts_->read_only) {
        return fail(ErrorCode::denied, "store {} is open for reading only", parts_->folder);
    }
    if (write_failed_) {
        return fail(
            ErrorCode::io, "store {}: an earlier write failed; open it again", parts_->folder
        );
    }
    const leveldb::Status status = parts_->db->Write(options, &operations);
    write_failed_ = !status.ok();
    if (write_failed_) {
        return std::unexpected(to_error(status).in("store " + parts_->folder));
    }
    return {};
}

std::unique_ptr<KvIterator> LevelDbStore::iterate() const {
    return std::make_unique<Iterator>(parts_->db->NewIterator(read_options(false)), parts_->folder);
}

Result<ScanReport> LevelDbStore::verify() const {
    ScanReport report;
    const auto iterator = iterate();
    for (iterator->seek_to_first(); iterator->valid(); iterator->next()) {
        ++report.records;
        report.bytes += iterator->key().size() + iterator->value().size();
    }
    TRY(iterator->status());
    return report;
}

void LevelDbStore::compact() {
    parts_->db->CompactRange(nullptr, nullptr);
}

std::uint64_t LevelDbStore::approximate_bytes(ByteView begin, ByteView end) const {
    const leveldb::Range range(as_slice(begin), as_slice(end));
    std::uint64_t bytes = 0;
    parts_->db->GetApproximateSizes(&range, 1, &bytes);
    return bytes;
}

}  // namespace steelyard::storage
