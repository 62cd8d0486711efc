// BodyFeed: reads a body ahead of its socket, a piece at a time. For the server's own files.
#pragma once

#include "rpc/server_core.h"

namespace steelyard::rpc {

/// Belongs to the io thread; reads on the threads for files. While one piece is being sent, the
/// next one is read, and none after that.
class BodyFeed : public std::enable_shared_from_this<BodyFeed> {
public:
    /// `changed` is called on the io thread when a piece is there, or none can be had.
    BodyFeed(
        std::shared_ptr<ServerCore> core,
        std::shared_ptr<BodySource> source,
        std::function<void()> changed
    )
        : core_(std::move(core)), source_(std::move(source)), changed_(std::move(changed)) {}

    /// Begins. Once.
    void start() { read(); }

    bool has_piece() const { return !piece_.empty(); }

    /// CHECKed: has_piece(). Begins to read the next one.
    Bytes take_piece();

    /// Whether all pieces were taken.
    bool is_over() const { return taken_ == source_->size(); }

    bool has_failed() const { return has_failed_; }

private:
    void read();
    void arrived(Result<Bytes> piece, std::size_t wanted);

    const std::shared_ptr<ServerCore> core_;
    const std::shared_ptr<BodySource> source_;
    const std::function<void()> changed_;
    std::uint64_t taken_ = 0;
    Bytes piece_{};
    bool has_failed_ = false;
};

}  // namespace steelyard::rpc
