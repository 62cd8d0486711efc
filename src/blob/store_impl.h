// What the store's .cpp files share: entries, locks, accounts.
#pragma once

#include "blob/disk.h"
#include "blob/store.h"

#include <list>
#include <map>
#include <mutex>
#include <set>

namespace steelyard::blob {

enum class EntryState : std::uint8_t {
    absent,  ///< only while somebody begins it
    upload,
    part,  ///< with a tree
    whole,
};

/// What the store knows of a blob. Two locks: `files` is held, perhaps long, while the blob's files
/// are changed; the store's `mutex`, never long, is taken after it. What both guard is changed with
/// both held and read with either.
struct Entry {
    explicit Entry(const Hash256& blob_id) : id(blob_id) {}

    const Hash256 id;
    std::mutex files{};

    // Guarded by `files`.
    std::vector<Hash256> hashes{};  ///< of an upload's first groups

    // Guarded by both.
    bool is_gone = false;  ///< no longer the store's
    EntryState state = EntryState::absent;
    vm::TensorType type{};         ///< of an upload and a part
    std::uint64_t head_bytes = 0;  ///< of an upload and a part: where the content begins
    std::uint64_t file_bytes = 0;
    std::uint64_t bytes_there = 0;  ///< as in BlobStatus
    std::uint32_t groups_there = 0;
    std::vector<bool> has_group{};           ///< of a part
    std::shared_ptr<const BlobTree> tree{};  ///< of a part

    // Guarded by the store's mutex.
    std::optional<BlobHeader> header{};
    bool is_header_sought = false;  ///< whether the tree's file was looked at for it
    std::uint64_t reserved = 0;     ///< of the store's room
    bool is_guest = false;          ///< it gives way first; also in `guests_`
    std::chrono::nanoseconds last_use{};
    std::chrono::nanoseconds touched{};  ///< what the file's time says of the last use
    std::list<Entry*>::iterator place{};
};

class BlobStore::Impl {
public:
    /// An entry with its `files` locked. One that is still absent at the end is forgotten.
    class Locked {
    public:
        Locked(Impl& store, std::shared_ptr<Entry> entry, std::unique_lock<std::mutex> files)
            : store_(&store), entry_(std::move(entry)), files_(std::move(files)) {}
        Locked(Locked&&) = default;
        Locked& operator=(Locked&&) = delete;
        ~Locked();

        Entry& operator*() const { return *entry_; }
        Entry* operator->() const { return entry_.get(); }

    private:
        Impl* store_;
        std::shared_ptr<Entry> entry_;
        std::unique_lock<std::mutex> files_;
    };

    Impl(std::unique_ptr<Disk> disk, const StoreOptions& options, const Clock& clock)
        : disk_(std::move(disk)), options_(options), clock_(clock) {}

    // store_open.cpp
    Result<void> open();

    // store.cpp
    std::optional<BlobStatus> find(const Hash256& id);
    bool has(const Hash256& id);
    Result<Bytes> read(const Hash256& id, std::uint64_t offset, std::size_t size);
    Result<BlobTree> tree(const Hash256& id);
    Result<Bytes> group(const Hash256& id, std::uint32_t group);
    std::vector<std::uint32_t> missing_groups(const Hash256& id, std::size_t limit);
    std::vector<std::pair<Hash256, BlobStatus>> list(
        const std::optional<Hash256>& after, std::size_t limit
    );

    // store_uploads.cpp
    Result<Appended> append(
        const Hash256& id, std::uint64_t offset, std::uint64_t file_bytes, ByteView piece
    );

    // store_parts.cpp
    Result<void> put(const BlobTree& tree, ByteView data);
    Result<void> begin_part(
        const Hash256& id, const BlobHeader& header, std::span<const Hash256> groups, bool is_guest
    );
    Result<bool> add_group(const Hash256& id, std::uint32_t group, ByteView content);

    // store_room.cpp
    void keep(const Hash256& id);
    void hold(std::string_view holder, std::span<const Hash256> ids);
    Result<void> remove(const Hash256& id);
    Stats stats();

private:
    struct Found;

    // store.cpp
    Result<Bytes> group_of_part(const BlobTree& tree, const Hash256& id, std::uint32_t group);
    Result<Bytes> group_of_whole(const Hash256& id, std::uint32_t group);

    // store_open.cpp
    Result<std::map<Hash256, Found>> scan();
    Result<void> adopt(const Hash256& id, const Found& found);
    Result<void> adopt_part(Entry& entry, const Found& found);
    Result<void> adopt_upload(Entry& entry, const Found& found);

    // store_uploads.cpp
    Result<void> begin_upload(Entry& entry, std::uint64_t file_bytes, ByteView piece);
    Result<void> write_piece(Entry& entry, ByteView piece);
    Result<Appended> finish_upload(Entry& entry);
    Result<Appended> append_to_part(Entry& part, ByteView piece);

    // store_files.cpp: `files` of the entry is held.
    Result<void> read_exactly(
        const std::string& name, std::uint64_t offset, std::span<std::uint8_t> out
    ) const;
    Result<void> hash_upload(Entry& entry, std::uint64_t offset, ByteView piece);
    Result<std::optional<BlobTree>> tree_of_file(const Hash256& id, std::uint64_t file_bytes) const;
    Result<BlobTree> check_whole(const Hash256& id);
    void write_tree(const Hash256& id, const BlobTree& tree);
    void adopt_tree(Entry& entry, const BlobTree& tree);
    Result<void> check_group(Entry& part, std::uint32_t group, Bytes& buffer);
    Result<void> check_groups(Entry& part);
    Result<void> finish(Entry& entry, const BlobHeader& header);
    void drop(Entry& entry);

    // store_room.cpp
    Locked lock_entry(const Hash256& id);
    std::optional<Locked> lock_existing(const Hash256& id);
    void forget(Entry& entry);
    Result<void> make_room(Entry& entry, std::uint64_t bytes);
    std::vector<Locked> choose_victims(const Entry& entry, std::uint64_t bytes);
    void welcome(Entry& entry);
    void touch(const Entry& entry);
    void drop_idle_uploads(const Hash256& but);
    void use(Entry& entry);
    bool use_locked(Entry& entry);
    Entry* find_locked(const Hash256& id) const;

    const std::unique_ptr<Disk> disk_;
    const StoreOptions options_;
    const Clock& clock_;

    std::mutex mutex_{};
    std::map<Hash256, std::shared_ptr<Entry>> entries_{};
    std::list<Entry*> by_use_{};  ///< the longest unused first
    std::set<Entry*> uploads_{};
    std::set<Entry*> guests_{};
    std::uint64_t reserved_ = 0;
    std::map<std::string, std::vector<Hash256>, std::less<>> holders_{};
    std::map<Hash256, std::size_t> held_{};  ///< by how many
};

/// "ab/ID" and an ending.
std::string file_name(const Hash256& id, std::string_view ending);

constexpr std::string_view whole_ending = ".npy";
constexpr std::string_view part_ending = ".part";
constexpr std::string_view tree_ending = ".tree";

}  // namespace steelyard::blob
