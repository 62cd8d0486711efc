#include "abci/query_status.h"

#include "base/check.h"

#include <array>
#include <optional>

namespace steelyard::abci {
namespace {

constexpr std::string_view log_head = "rpc error: code = ";
constexpr std::string_view log_middle = " desc = ";

constexpr auto names = std::to_array<std::string_view>({
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
});

/// An error of the SDK's root codespace.
struct SdkError {
    std::uint32_t code;
    std::string_view text;
};

constexpr SdkError unauthorized{4, "unauthorized"};
constexpr SdkError invalid_request{18, "invalid request"};
constexpr SdkError key_not_found{22, "key not found"};

/// What the codes of the SDK's root codespace stand for, where it is not "unknown".
constexpr std::pair<std::uint32_t, GrpcCode> sdk_codes[] = {
    {2, GrpcCode::invalid_argument},   // tx parse error
    {4, GrpcCode::unauthenticated},    // unauthorized
    {6, GrpcCode::unimplemented},      // unknown request
    {7, GrpcCode::invalid_argument},   // invalid address
    {9, GrpcCode::not_found},          // unknown address
    {18, GrpcCode::invalid_argument},  // invalid request
    {22, GrpcCode::not_found},         // key not found
    {26, GrpcCode::invalid_argument},  // invalid height
    {37, GrpcCode::unimplemented},     // feature not supported
    {38, GrpcCode::not_found},         // not found
};

SdkError sdk_error(GrpcCode code) {
    return code == GrpcCode::not_found         ? key_not_found
           : code == GrpcCode::unauthenticated ? unauthorized
                                               : invalid_request;
}

/// What a log says, if it is worded as refused_query does.
struct StatusLog {
    std::optional<GrpcCode> code{};
    std::string_view message{};  ///< else the whole log
};

StatusLog read_log(std::string_view log) {
    if (!log.starts_with(log_head)) {
        return {{}, log};
    }
    const std::string_view rest = log.substr(log_head.size());
    for (std::size_t i = 1; i < names.size(); ++i) {
        if (!rest.starts_with(names[i]) || !rest.substr(names[i].size()).starts_with(log_middle)) {
            continue;
        }
        const auto code = static_cast<GrpcCode>(i);
        std::string_view message = rest.substr(names[i].size() + log_middle.size());
        const std::string tail = fmt::format(": {}", sdk_error(code).text);
        message.remove_suffix(message.ends_with(tail) ? tail.size() : 0);
        return {code, message};
    }
    return {{}, log};
}

/// What the code of an answer stands for where its log says nothing.
GrpcCode code_of(const QueryResult& result) {
    if (result.codespace == "sdk") {
        for (const auto& [number, code] : sdk_codes) {
            if (number == result.code) {
                return code;
            }
        }
    }
    return GrpcCode::unknown;
}

}  // namespace

std::string_view to_string(GrpcCode code) {
    return names.at(static_cast<std::size_t>(code));
}

QueryResult refused_query(GrpcCode code, std::string_view message) {
    CHECK(code != GrpcCode::ok);
    const SdkError error = sdk_error(code);
    return {
        .code = error.code,
        .log =
            fmt::format("{}{}{}{}: {}", log_head, to_string(code), log_middle, message, error.text),
        .codespace = "sdk",
    };
}

GrpcCode grpc_code(const QueryResult& result) {
    return result.code == 0 ? GrpcCode::ok : read_log(result.log).code.value_or(code_of(result));
}

std::string_view grpc_message(const QueryResult& result) {
    return read_log(result.log).message;
}

}  // namespace steelyard::abci
