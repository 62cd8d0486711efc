// BlobStore: blobs in files (doc/spec/blobs.md, S1 to S6).
#pragma once

#include "base/clock.h"
#include "blob/blob.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace steelyard::blob {

class Disk;

constexpr std::size_t blob_count_max = 1 << 18;  ///< of a store, parts included
constexpr std::chrono::seconds upload_idle_max = std::chrono::hours(1);

struct StoreOptions {
    std::uint64_t max_bytes = std::uint64_t{64} << 30;
    std::chrono::seconds keep = std::chrono::hours(24);
};

/// What is there of a blob: whole, an upload (neither whole nor a header), or a part with a tree.
struct BlobStatus {
    bool is_whole = false;
    std::uint64_t file_bytes = 0;        ///< of the whole
    std::uint64_t bytes_there = 0;       ///< where the next piece of an upload begins
    std::optional<BlobHeader> header{};  ///< of a part; of a whole one unless a crash lost its tree
    std::uint32_t groups_there = 0;      ///< of a part
};

/// What became of a piece of an upload.
struct Appended {
    enum class Outcome : std::uint8_t {
        taken,      ///< more has to come
        whole,      ///< the blob is there, by this piece or since before
        misplaced,  ///< nothing was done: the piece does not begin at `offset`
    };

    Outcome outcome = Outcome::taken;
    std::uint64_t offset = 0;  ///< of the piece that is wanted next
};

/// Thread-safe; calls block on files. Errors of all: io, no_space, denied by the file system.
class BlobStore {
public:
    using Tree = BlobTree;

    /// Takes what is right of what a folder holds, and removes what is not. `clock` outlives the
    /// store. Errors: denied if another process has the folder.
    static Result<std::unique_ptr<BlobStore>> open(
        const std::filesystem::path& folder, const StoreOptions& options, const Clock& clock
    );
    static Result<std::unique_ptr<BlobStore>> open(
        std::unique_ptr<Disk> disk, const StoreOptions& options, const Clock& clock
    );
    ~BlobStore();

    std::optional<BlobStatus> find(const Hash256& id) const;

    /// As `find` says, without a look at files.
    bool has(const Hash256& id) const;

    /// Of a whole blob's file; counts as a use. Errors: not_found, invalid (beyond its end).
    Result<Bytes> read(const Hash256& id, std::uint64_t offset, std::size_t size) const;

    /// A whole tensor from memory (CHECKed: data.size() == type.bytes()); its id. Nothing to do if
    /// it is there. Errors: too_large.
    Result<Hash256> put(const vm::TensorType& type, ByteView data);

    /// The same, if it is the one of that id. Errors: corrupt if not.
    Result<void> put(const Hash256& id, const vm::TensorType& type, ByteView data);

    /// The next piece of an upload (H3), the first with the whole canonical head; may take turns
    /// with add_group. Errors: corrupt if the whole is not the id's: what was sent is gone;
    /// invalid, too_large. After io or no_space the upload goes on where it was, or from the start.
    Result<Appended> append(
        const Hash256& id, std::uint64_t offset, std::uint64_t file_bytes, ByteView piece
    );

    /// Begins, or goes on with, fetching by groups. Nothing to do if the blob is there; what an
    /// upload brought so far is kept where it is right. A guest is what nobody here has asked for.
    /// Errors: corrupt if header, hashes and id do not belong together, too_large.
    Result<void> begin_part(
        const Hash256& id,
        const BlobHeader& header,
        std::span<const Hash256> groups,
        bool is_guest = false
    );

    /// Somebody here wants it: a guest no longer, and used now. Uploads say so, too.
    void keep(const Hash256& id);

    /// The last one makes the blob whole: true; true also if it is whole. Errors: corrupt if the
    /// content is not the group's, invalid without such a group, not_found without the part.
    Result<bool> add_group(const Hash256& id, std::uint32_t group, ByteView content);

    /// Of a part, the first ones, ascending. None of what is whole or not there.
    std::vector<std::uint32_t> missing_groups(const Hash256& id, std::size_t limit) const;

    /// Of a whole blob; computed if a crash lost it. Errors: not_found; corrupt if the file has
    /// rotted: the blob is gone.
    Result<Tree> tree(const Hash256& id);

    /// The content of a group, checked, of a whole blob or of a part that has it. Errors: as tree.
    Result<Bytes> group(const Hash256& id, std::uint32_t group) const;

    /// Keeps these, there or not yet, in place of what was held under the name; none: lets go. To
    /// hold and to let go are uses.
    void hold(std::string_view holder, std::span<const Hash256> ids);

    /// Whole or part. Errors: denied if it is held, not_found.
    Result<void> remove(const Hash256& id);

    /// In the order of their ids, those behind `after`. Headers are left out where they would have
    /// to be read.
    std::vector<std::pair<Hash256, BlobStatus>> list(
        const std::optional<Hash256>& after, std::size_t limit
    ) const;

    struct Stats {
        std::uint64_t blobs = 0;   ///< that are whole
        std::uint64_t guests = 0;  ///< of blobs and parts
        std::uint64_t parts = 0;
        std::uint64_t bytes = 0;  ///< that all of them take when they are whole
        std::uint64_t held_bytes = 0;
    };
    Stats stats() const;

private:
    class Impl;

    explicit BlobStore(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::blob
