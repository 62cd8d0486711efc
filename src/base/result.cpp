#include "base/result.h"

#include "base/check.h"

namespace steelyard {

std::string_view to_string(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid:
            return "invalid";
        case ErrorCode::too_large:
            return "too_large";
        case ErrorCode::not_found:
            return "not_found";
        case ErrorCode::corrupt:
            return "corrupt";
        case ErrorCode::io:
            return "io";
        case ErrorCode::no_space:
            return "no_space";
        case ErrorCode::unsupported:
            return "unsupported";
        case ErrorCode::denied:
            return "denied";
        case ErrorCode::insufficient:
            return "insufficient";
    }
    CHECK(false);
}

Error&& Error::in(std::string_view context) && {
    message_ = fmt::format("{}: {}", context, message_);
    return std::move(*this);
}

}  // namespace steelyard
