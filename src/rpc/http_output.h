// HttpOutput: what waits to be sent to a client, and what is on its way. For the server's own
// files.
#pragma once

#include "rpc/body_feed.h"
#include "rpc/http_head.h"

#include <deque>

namespace steelyard::rpc {

/// Of the io thread.
class HttpOutput {
public:
    void add(std::string text) { waiting_.push_back(std::move(text)); }

    /// A response with its body, if that is in memory.
    void add(const ResponseHead& head, std::string body);

    /// The body of the response that was added last; nothing is added until it is over.
    void add(std::shared_ptr<BodyFeed> feed);

    /// Bytes that wait, without those of a feed.
    std::size_t size() const { return size_; }

    /// Whether something can be sent now.
    bool is_ready() const { return !waiting_.empty() || (feed_ && feed_->has_piece()); }

    bool has_failed() const { return feed_ && feed_->has_failed(); }

    /// Whether all that was added is on its way or sent.
    bool is_over() const { return waiting_.empty() && (!feed_ || feed_->is_over()); }

    /// What can be sent now; views that hold until `sent`.
    std::vector<ByteView> take();

    void sent();

private:
    std::deque<std::string> waiting_{};
    std::size_t size_ = 0;
    std::deque<std::string> taken_{};
    std::shared_ptr<BodyFeed> feed_{};
    Bytes taken_piece_{};
};

}  // namespace steelyard::rpc
