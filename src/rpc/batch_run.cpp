#include "rpc/batch_run.h"

namespace steelyard::rpc {

BatchRun::BatchRun(
    std::shared_ptr<const std::string> body,
    std::vector<RpcRequest> requests,
    const DispatchLimits& limits,
    Start start,
    Dispatcher::HttpDone done
)
    : body_(std::move(body)),
      requests_(std::move(requests)),
      limits_(limits),
      start_(std::move(start)),
      done_(std::move(done)),
      replies_(requests_.size()) {
}

void BatchRun::pump() {
    std::unique_lock lock(mutex_);
    // A call that is answered at once comes back here: the loop below goes on with it.
    if (pumping_) {
        return;
    }
    pumping_ = true;
    while (begun_ < requests_.size() && begun_ - finished_ < limits_.batch_in_flight_max) {
        const std::size_t index = begun_++;
        const bool full = size_ > limits_.batch_response_size_max;
        lock.unlock();
        if (full) {
            const RpcError error = server_error(
                fmt::format("batch response is over {} bytes", limits_.batch_response_size_max)
            );
            finish(index, {.body = write_response(requests_[index].id, std::unexpected(error))});
        } else {
            begin(index);
        }
        lock.lock();
    }
    pumping_ = false;
    if (finished_ == requests_.size() && done_) {
        Dispatcher::HttpDone done = std::exchange(done_, {});
        HttpReply reply = joined();
        lock.unlock();
        done(std::move(reply));
    }
}

void BatchRun::begin(std::size_t index) {
    start_(requests_[index], [self = shared_from_this(), index](HttpReply reply) {
        self->finish(index, std::move(reply));
    });
}

void BatchRun::finish(std::size_t index, HttpReply reply) {
    {
        const std::lock_guard lock(mutex_);
        size_ += reply.body.size();
        replies_[index] = std::move(reply);
        ++finished_;
    }
    pump();
}

HttpReply BatchRun::joined() {
    if (replies_.size() == 1) {
        return std::move(replies_[0]);
    }
    HttpReply out{.cacheable = true};
    out.body.reserve(size_ + replies_.size() + 2);
    for (const HttpReply& reply : replies_) {
        out.body += out.body.empty() ? '[' : ',';
        out.body += reply.body;
        out.cacheable = out.cacheable && reply.cacheable;
    }
    out.body += ']';
    return out;
}

}  // namespace steelyard::rpc
