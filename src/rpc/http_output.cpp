#include "rpc/http_output.h"

#include <chrono>

namespace steelyard::rpc {
namespace {

/// Bodies over this are sent from where they are, smaller ones are gathered.
constexpr std::size_t gathered_size_max = 1 << 16;

std::int64_t unix_seconds() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace

void HttpOutput::add(const ResponseHead& head, std::string body) {
    if (waiting_.empty() || waiting_.back().size() > gathered_size_max) {
        waiting_.emplace_back();
    }
    std::string& out = waiting_.back();
    const std::size_t before = out.size();
    append_response_head(out, head, unix_seconds());
    size_ += out.size() - before + body.size();
    if (body.size() <= gathered_size_max) {
        out += body;
    } else {
        waiting_.push_back(std::move(body));
    }
}

void HttpOutput::add(std::shared_ptr<BodyFeed> feed) {
    feed_ = std::move(feed);
    feed_->start();
}

std::vector<ByteView> HttpOutput::take() {
    taken_ = std::exchange(waiting_, {});
    size_ = 0;
    std::vector<ByteView> out;
    out.reserve(taken_.size() + 1);
    for (const std::string& text : taken_) {
        out.push_back(as_bytes(text));
    }
    if (feed_ && feed_->has_piece()) {
        taken_piece_ = feed_->take_piece();
        out.emplace_back(taken_piece_);
    }
    return out;
}

void HttpOutput::sent() {
    taken_.clear();
    taken_piece_ = {};
    if (feed_ && feed_->is_over()) {
        feed_.reset();
    }
}

}  // namespace steelyard::rpc
