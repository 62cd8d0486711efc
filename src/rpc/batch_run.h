// BatchRun: the calls of one batch, some at a time, and their answers in order.
#pragma once

#include "rpc/dispatcher.h"
#include "rpc/json_rpc.h"

#include <mutex>

namespace steelyard::rpc {

/// Lives as long as one of its calls.
class BatchRun : public std::enable_shared_from_this<BatchRun> {
public:
    using Start = std::function<void(const RpcRequest& request, Dispatcher::HttpDone done)>;

    /// `requests` are views of `body`, none a notification. `start` begins one call.
    BatchRun(
        std::shared_ptr<const std::string> body,
        std::vector<RpcRequest> requests,
        const DispatchLimits& limits,
        Start start,
        Dispatcher::HttpDone done
    );

    /// Begins calls while fewer than the limit wait for their answers.
    void pump();

private:
    void begin(std::size_t index);
    void finish(std::size_t index, HttpReply reply);
    HttpReply joined();

    const std::shared_ptr<const std::string> body_;
    const std::vector<RpcRequest> requests_;
    const DispatchLimits limits_;
    const Start start_;
    Dispatcher::HttpDone done_;

    std::mutex mutex_{};
    std::vector<HttpReply> replies_;
    std::size_t begun_ = 0;
    std::size_t finished_ = 0;
    std::size_t size_ = 0;  ///< of all replies
    bool pumping_ = false;
};

}  // namespace steelyard::rpc
