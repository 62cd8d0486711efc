// NodePort: what a worker asks of its node (doc/spec/worker-link.md, L5).
#pragma once

#include "base/result.h"
#include "crypto/hash.h"

#include <functional>
#include <optional>
#include <span>

namespace google::protobuf {
class Message;
}

namespace steelyard::worker {

using crypto::Hash256;

/// The longest piece of a blob that one question reads or writes.
inline constexpr std::size_t piece_size_max = std::size_t{1} << 20;

/// The chain as the node last told of it.
struct ChainMoment {
    std::string chain_id{};
    std::int64_t height = 0;
    std::int64_t unix_ms = 0;  ///< of that block's header; 0 until the node has told of a block
    bool catching_up = false;

    bool operator==(const ChainMoment&) const = default;
};

struct SubmitAnswer {
    std::uint32_t code = 0;  ///< 0: the mempool has taken it
    std::string codespace{};
    std::string log{};
    Hash256 hash{};
};

/// A transaction that is in a block.
struct TxAnswer {
    std::int64_t height = 0;
    std::uint32_t code = 0;
    std::string codespace{};
    std::string log{};
    Bytes data{};
};

struct BlobProgress {
    bool is_whole = false;
    std::uint32_t groups_there = 0;
    std::uint32_t groups = 0;  ///< 0: nobody has answered yet
    std::uint64_t file_bytes = 0;
};

struct WriteProgress {
    bool is_whole = false;
    std::uint64_t offset = 0;  ///< of the next piece
};

struct JobProgress {
    std::uint64_t order_id = 0;
    std::uint32_t task = 0;
    std::string stage{};  ///< "fetching", "running", "proving", ...
    std::uint64_t done = 0;
    std::uint64_t of = 0;
    std::string line{};
};

/// Calls block until the node answers, 30 s at most. Thread-safe. Errors: io where there is no
/// session, it ends or no answer comes in time, and asking again may help; else what the node
/// refused, with its code.
class NodePort {
public:
    virtual ~NodePort() = default;

    /// Nothing while there is no session.
    virtual std::optional<ChainMoment> moment() const = 0;

    /// Called by some thread after each block and when a session begins or ends; must not block,
    /// nor call this port. One listener: it takes the place of the one before.
    virtual void on_news(std::function<void()> listener) = 0;

    /// One of the ledger's queries, such as "/steelyard.market.v1.Query/Jobs".
    virtual Result<void> query(
        std::string_view method,
        const google::protobuf::Message& request,
        google::protobuf::Message& answer
    ) = 0;

    /// To the mempool. A transaction that it refuses is an answer with a code.
    virtual Result<SubmitAnswer> broadcast(ByteView tx) = 0;

    /// Nothing if it is in no block yet.
    virtual Result<std::optional<TxAnswer>> find_tx(const Hash256& hash) = 0;

    /// Makes the node fetch the blob, if it is not there.
    virtual Result<BlobProgress> fetch_blob(const Hash256& id) = 0;

    // Of a blob's file, at most piece_size_max bytes.
    virtual Result<Bytes> read_blob(const Hash256& id, std::uint64_t offset, std::size_t size) = 0;
    /// A piece at another offset than the node has is no error: the answer says which it wants.
    virtual Result<WriteProgress> write_blob(
        const Hash256& id, std::uint64_t offset, std::uint64_t file_bytes, ByteView piece
    ) = 0;

    /// The blobs that the job needs, in place of those that were said of it before; none lets go.
    virtual Result<void> keep_blobs(
        std::uint64_t order_id, std::uint32_t task, std::span<const Hash256> ids
    ) = 0;

    virtual Result<void> report(const JobProgress& progress) = 0;
};

}  // namespace steelyard::worker
