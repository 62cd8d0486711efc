// Expected failures: Error, Result<T>, and the macros that pass an error on to the caller.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace steelyard {

/// What kind of failure it was: what a caller may branch on. The message is for people.
enum class ErrorCode : std::uint8_t {
    invalid,       ///< the input breaks a rule of its format or of the protocol
    too_large,     ///< the input, or a length or count in it, is over a named limit
    not_found,     ///< what was asked for does not exist, or no longer
    corrupt,       ///< stored bytes do not match their checksum, hash or format
    io,            ///< the operating system or the storage engine failed
    no_space,      ///< the device is full
    unsupported,   ///< well formed, but of a kind or version that this build does not know
    denied,        ///< a wrong password, a bad signature, a file with too wide permissions
    insufficient,  ///< less voting power, money or fee than the rule asks for
};

std::string_view to_string(ErrorCode code);

/// A failure that the program expects and reports. The message says what was wrong with which
/// value: lower case, no newline, no full stop.
class Error {
public:
    Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

    ErrorCode code() const { return code_; }
    const std::string& message() const { return message_; }

    /// Puts "context: " before the message, for a caller that knows where the value came from.
    Error&& in(std::string_view context) &&;

    bool operator==(const Error&) const = default;

private:
    ErrorCode code_;
    std::string message_;
};

template <typename T>
using Result = std::expected<T, Error>;

/// `return fail(ErrorCode::invalid, "height {} is negative", height);`
template <typename... Args>
std::unexpected<Error> fail(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
    return std::unexpected(Error(code, fmt::format(format, std::forward<Args>(args)...)));
}

/// `return invalid("height {} is negative", height);`
template <typename... Args>
std::unexpected<Error> invalid(fmt::format_string<Args...> format, Args&&... args) {
    return fail(ErrorCode::invalid, format, std::forward<Args>(args)...);
}

}  // namespace steelyard

#define STEELYARD_JOIN_EXPANDED(a, b) a##b
#define STEELYARD_JOIN(a, b) STEELYARD_JOIN_EXPANDED(a, b)

/// Returns the error of `expr` to the caller; drops its value.
#define TRY(expr)                                                  \
    do {                                                           \
        if (auto&& try_result = (expr); !try_result) {             \
            return std::unexpected(std::move(try_result).error()); \
        }                                                          \
    } while (false)

/// Sets or declares `var` from the value of `expr`, or returns its error to the caller.
#define TRY_ASSIGN(var, expr) TRY_ASSIGN_AS(STEELYARD_JOIN(try_result_, __COUNTER__), var, expr)
#define TRY_ASSIGN_AS(result, var, expr)                   \
    auto result = (expr);                                  \
    if (!result) {                                         \
        return std::unexpected(std::move(result).error()); \
    }                                                      \
    var = *std::move(result)
