// LevelDbStore: the KvStore on disk.
#pragma once

#include "storage/kv_store.h"

#include <filesystem>
#include <mutex>

namespace leveldb {
class Env;
}

namespace steelyard::storage {

/// Checksums are always verified, and ten bits of bloom filter a key are always kept.
struct LevelDbOptions {
    enum class Compression : std::uint8_t { none, snappy };

    bool create_if_missing = true;

    /// Changes nothing on the disk, not even by opening, and needs no right to write; takes no
    /// lock. What opening replays of the store's log is held in memory. Writes are refused.
    bool read_only = false;

    Compression compression = Compression::none;  ///< hashes and signatures do not compress
    std::size_t block_cache_bytes = 16U << 20U;
    std::size_t write_buffer_bytes = 8U << 20U;  ///< memory before a sorted file is written
    int open_files_max = 500;
    leveldb::Env* env = nullptr;  ///< nothing: the system's files; else outlives the store
};

/// What a whole scan has seen.
struct ScanReport {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;  ///< of keys and values

    bool operator==(const ScanReport&) const = default;
};

/// Closing (destruction) makes buffered writes durable, if the disk lets it. Nothing is repaired
/// by itself: damage is an error that names it.
class LevelDbStore final : public KvStore {
public:
    /// Opens or creates the store in `folder`, whose parent exists. Errors, with what to do:
    /// denied (another process has it open, or permissions), not_found, invalid (not a folder),
    /// corrupt, io, no_space.
    static Result<std::unique_ptr<LevelDbStore>> open(
        const std::filesystem::path& folder, const LevelDbOptions& options
    );

    ~LevelDbStore() override;

    Result<std::optional<Bytes>> get(ByteView key) const override;
    Result<void> write(const WriteBatch& batch, Durability durability) override;
    std::unique_ptr<KvIterator> iterate() const override;

    /// Reads every record and so checks every checksum.
    Result<ScanReport> verify() const;

    /// Merges all files, giving back the space of what was erased. Slow; other calls go on.
    void compact();

    /// Bytes on disk of the keys in [begin, end), without what is still in memory.
    std::uint64_t approximate_bytes(ByteView begin, ByteView end) const;

private:
    struct Parts;
    explicit LevelDbStore(std::unique_ptr<Parts> parts);

    std::unique_ptr<Parts> parts_;
    std::mutex write_mutex_;
    bool write_failed_ = false;
};

}  // namespace steelyard::storage
