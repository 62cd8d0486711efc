// BlobService: a node's store of blobs, and what the RPC asks of it.
#pragma once

#include "blob/store.h"
#include "node/config/config.h"
#include "rpc/blob_view.h"

namespace steelyard::node {

/// Looks for a blob among the peers; as rpc::BlobView::fetch.
using BlobFetcher = std::function<
    void(const blob::Hash256& id, std::chrono::seconds patience, std::move_only_function<void()>)>;

/// Thread-safe.
class BlobService final : public rpc::BlobView {
public:
    /// Opens the folder and reads the token. Errors name the option or the folder.
    static Result<std::unique_ptr<BlobService>> open(const Config& config, const Clock& clock);

    blob::BlobStore& store() { return *store_; }

    /// What others than this machine have to show; empty: nobody else may upload.
    const std::string& token() const { return token_; }

    /// Before the RPC serves. Without one nothing is found that is not here.
    void set_fetcher(BlobFetcher fetcher) { fetcher_ = std::move(fetcher); }

    /// Before the RPC serves. Told when an upload made a blob whole.
    void set_listener(std::function<void(const blob::Hash256&)> listener) {
        listener_ = std::move(listener);
    }

    // rpc::BlobView
    std::optional<rpc::BlobInfo> find(const rpc::BlobId& id) override;
    Result<Bytes> read(const rpc::BlobId& id, std::uint64_t offset, std::size_t count) override;
    Result<void> put(const rpc::BlobId& id, ByteView file) override;
    Result<rpc::BlobAppended> append(
        const rpc::BlobId& id, std::uint64_t offset, std::uint64_t file_bytes, ByteView piece
    ) override;
    std::vector<std::pair<rpc::BlobId, rpc::BlobInfo>> list(
        const std::optional<rpc::BlobId>& after, std::size_t limit
    ) override;
    void fetch(
        const rpc::BlobId& id, std::chrono::seconds patience, std::move_only_function<void()> done
    ) override;

private:
    BlobService(std::unique_ptr<blob::BlobStore> store, std::string token)
        : store_(std::move(store)), token_(std::move(token)) {}

    const std::unique_ptr<blob::BlobStore> store_;
    const std::string token_;
    BlobFetcher fetcher_{};
    std::function<void(const blob::Hash256&)> listener_{};
};

}  // namespace steelyard::node
