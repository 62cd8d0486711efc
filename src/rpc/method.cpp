#include "rpc/method.h"

namespace steelyard::rpc {

Responder::~Responder() {
    if (done_) {
        done_(std::unexpected(internal_error("the request was dropped without an answer")));
    }
}

void Responder::ok(std::string result) && {
    std::exchange(done_, {})(std::move(result));
}

void Responder::fail(RpcError error) && {
    std::exchange(done_, {})(std::unexpected(std::move(error)));
}

void Responder::fail(const Error& error) && {
    std::move(*this).fail(internal_error(error.message()));
}

std::function<void(Call, Responder)> answer(
    std::function<Result<std::string>(const Params& params)> function
) {
    return [function = std::move(function)](Call call, Responder responder) {
        Result<std::string> result = function(call.params);
        if (result) {
            std::move(responder).ok(*std::move(result));
        } else {
            std::move(responder).fail(result.error());
        }
    };
}

}  // namespace steelyard::rpc
