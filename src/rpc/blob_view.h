// BlobView: what the routes of /blobs ask of a node (doc/spec/blobs.md, H).
#pragma once

#include "base/bytes.h"
#include "chain/ids.h"

#include <chrono>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace steelyard::rpc {

using BlobId = chain::Hash256;

struct BlobInfo {
    bool is_whole = false;
    std::uint64_t file_bytes = 0;   ///< 0: not known yet
    std::uint64_t bytes_there = 0;  ///< of an upload: where its next piece begins
    std::string type{};             ///< "f32[2,3]"; empty: not known yet
};

/// What became of a piece of an upload.
struct BlobAppended {
    enum class Outcome : std::uint8_t {
        taken,      ///< more has to come
        whole,      ///< the blob is there, by this piece or since before
        misplaced,  ///< nothing was done: the piece does not begin at `offset`
    };
    Outcome outcome = Outcome::taken;
    std::uint64_t offset = 0;  ///< of the piece that is wanted next
};

/// The most bytes of one body that brings a blob or a piece of it.
inline constexpr std::size_t blob_body_bytes_max = 8 << 20;

/// The longest that a client may have a blob waited for.
inline constexpr std::chrono::seconds blob_wait_max{60};

/// Thread-safe; calls block on files.
class BlobView {
public:
    virtual ~BlobView() = default;

    virtual std::optional<BlobInfo> find(const BlobId& id) = 0;

    /// Of a whole one's file. Errors: not_found, invalid, io.
    virtual Result<Bytes> read(const BlobId& id, std::uint64_t offset, std::size_t count) = 0;

    /// A file in whatever form of .npy. Errors: invalid, unsupported; corrupt: not that blob;
    /// too_large; no_space; io.
    virtual Result<void> put(const BlobId& id, ByteView file) = 0;

    /// The next piece of the canonical file. Errors: those of `put`.
    virtual Result<BlobAppended> append(
        const BlobId& id, std::uint64_t offset, std::uint64_t file_bytes, ByteView piece
    ) = 0;

    /// In the order of ids.
    virtual std::vector<std::pair<BlobId, BlobInfo>> list(
        const std::optional<BlobId>& after, std::size_t limit
    ) = 0;

    /// Looks for it among the peers. `done` is called once, by any thread, also before the return:
    /// when it is there, when there is nobody to ask, after `patience` at the latest.
    virtual void fetch(
        const BlobId& id, std::chrono::seconds patience, std::move_only_function<void()> done
    ) = 0;
};

}  // namespace steelyard::rpc
