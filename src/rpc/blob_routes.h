// BlobRoutes: blobs over HTTP (doc/spec/blobs.md, H), without sockets.
#pragma once

#include "rpc/blob_view.h"
#include "rpc/dispatcher.h"

#include <atomic>

namespace steelyard::rpc {

/// How many bodies may be under way at a time; those from elsewhere leave some to this machine.
struct BlobLimits {
    std::size_t downloads = 64;
    std::size_t downloads_from_elsewhere = 48;
    std::size_t uploads = 16;
};

/// Taken while a body is under way. May outlive the routes.
class BlobSlots {
public:
    /// Null: all are taken.
    static std::shared_ptr<void> take(const std::shared_ptr<BlobSlots>& slots, std::size_t limit);

    ~BlobSlots() = default;

private:
    std::atomic<std::size_t> taken_ = 0;
};

struct BlobRequest {
    std::string method{};
    std::string path{};
    std::string query{};
    std::string range{};
    std::string content_range{};
    std::string if_none_match{};
    std::string if_range{};
    std::string authorization{};
    bool is_local = false;  ///< asked from this machine, by no proxy
    std::optional<std::uint64_t> content_length{};
    std::string body{};
    std::shared_ptr<void> slot{};  ///< of an upload
};

/// Thread-safe.
class BlobRoutes {
public:
    /// `token` lets those in who are elsewhere; empty: nobody. `run` runs what blocks on files, and
    /// nothing once the routes are gone; it may be copied and outlive them.
    BlobRoutes(BlobView& view, std::string token, Dispatcher::Executor run, BlobLimits limits = {});

    static bool takes(std::string_view path);

    /// Looks at an upload before its body is read: nothing, and it has a slot, or a refusal.
    std::optional<HttpReply> admit(BlobRequest& head) const;

    /// Blocks on files. Of an upload its head was admitted.
    void handle(BlobRequest request, Dispatcher::HttpDone done) const;

private:
    bool is_allowed(const BlobRequest& request) const;
    HttpReply upload(const BlobId& id, const BlobRequest& request) const;
    HttpReply download(const BlobId& id, const BlobInfo& found, const BlobRequest& request) const;
    void look(const BlobId& id, BlobRequest request, Dispatcher::HttpDone done) const;
    HttpReply list(const BlobRequest& request) const;

    BlobView& view_;
    std::string token_;
    Dispatcher::Executor run_;
    BlobLimits limits_;
    std::shared_ptr<BlobSlots> downloads_ = std::make_shared<BlobSlots>();
    std::shared_ptr<BlobSlots> uploads_ = std::make_shared<BlobSlots>();
};

}  // namespace steelyard::rpc
