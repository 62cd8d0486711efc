#include "node/worker_blobs.h"

namespace steelyard::node {
namespace {

/// A worker asks again at every block while it still wants a blob.
constexpr std::chrono::seconds patience{120};

worker::BlobProgress progress_of(const blob::BlobStatus& status) {
    worker::BlobProgress progress{
        .is_whole = status.is_whole,
        .groups_there = status.groups_there,
        .file_bytes = status.file_bytes,
    };
    if (status.header) {
        progress.groups = status.header->group_count();
    }
    return progress;
}

Result<worker::BlobProgress> fetch(BlobService& blobs, BlobHost* host, const crypto::Hash256& id) {
    blobs.store().keep(id);
    const auto status = blobs.store().find(id);
    const bool is_whole = status && status->is_whole;
    if (!is_whole && host != nullptr) {
        // What failed here would fail again at once; who asks is to know why, and comes again.
        if (auto failure = host->recent_failure(id)) {
            return std::unexpected(*std::move(failure));
        }
        host->keep_fetching(id, patience);
    }
    return status ? progress_of(*status) : worker::BlobProgress{};
}

Result<worker::WriteProgress> write(
    BlobService& blobs,
    const crypto::Hash256& id,
    std::uint64_t offset,
    std::uint64_t file_bytes,
    ByteView piece
) {
    TRY_ASSIGN(const rpc::BlobAppended appended, blobs.append(id, offset, file_bytes, piece));
    return worker::WriteProgress{
        .is_whole = appended.outcome == rpc::BlobAppended::Outcome::whole,
        .offset = appended.offset,
    };
}

}  // namespace

WorkerBlobs worker_blobs(BlobService& blobs, BlobHost* host) {
    using crypto::Hash256;
    return {
        .fetch = [&blobs, host](const Hash256& id) { return fetch(blobs, host, id); },
        .read = [&blobs](
                    const Hash256& id, std::uint64_t offset, std::size_t size
                ) { return blobs.store().read(id, offset, size); },
        .write =
            [&blobs](
                const Hash256& id, std::uint64_t offset, std::uint64_t file_bytes, ByteView piece
            ) { return write(blobs, id, offset, file_bytes, piece); },
        .hold = [&blobs](
                    std::string_view holder, std::span<const Hash256> ids
                ) { blobs.store().hold(holder, ids); },
    };
}

}  // namespace steelyard::node
