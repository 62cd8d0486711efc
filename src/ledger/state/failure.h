// Failure: why a transaction was refused or a message failed, as clients know it.
#pragma once

#include "base/result.h"

#include <type_traits>

namespace steelyard::ledger {

/// What went wrong, with a number that never changes: clients branch on codespace and code.
struct FailureKind {
    std::string_view codespace;
    std::uint32_t code;  ///< never 0
    std::string_view text;

    bool operator==(const FailureKind&) const = default;
};

/// Of this one case. The log is for people, except that the Cosmos clients look for some texts in
/// it; what was wrong comes first, then the text of the kind.
struct Failure {
    FailureKind kind;
    std::string log;
};

template <typename T>
using Outcome = std::expected<T, Failure>;

/// `return refuse(kinds::insufficient_funds, "{} is smaller than {}", balance, amount);`
template <typename... Args>
std::unexpected<Failure> refuse(
    const FailureKind& kind, fmt::format_string<Args...> format, Args&&... args
) {
    return std::unexpected(Failure{
        kind, fmt::format(format, std::forward<Args>(args)...) + ": " + std::string(kind.text)
    });
}

/// The value, or the error as a failure of a kind.
template <typename T>
Outcome<T> or_refuse(const FailureKind& kind, Result<T> result) {
    if (!result) {
        return refuse(kind, "{}", result.error().message());
    }
    if constexpr (std::is_void_v<T>) {
        return {};
    } else {
        return *std::move(result);
    }
}

/// The kinds of the Cosmos SDK's root codespace that the ledger uses, with its numbers and texts.
namespace kinds {

inline constexpr std::string_view sdk = "sdk";
inline constexpr FailureKind tx_decode{sdk, 2, "tx parse error"};
inline constexpr FailureKind unauthorized{sdk, 4, "unauthorized"};
inline constexpr FailureKind insufficient_funds{sdk, 5, "insufficient funds"};
inline constexpr FailureKind unknown_request{sdk, 6, "unknown request"};
inline constexpr FailureKind invalid_address{sdk, 7, "invalid address"};
inline constexpr FailureKind invalid_pub_key{sdk, 8, "invalid pubkey"};
inline constexpr FailureKind unknown_address{sdk, 9, "unknown address"};
inline constexpr FailureKind invalid_coins{sdk, 10, "invalid coins"};
inline constexpr FailureKind out_of_gas{sdk, 11, "out of gas"};
inline constexpr FailureKind memo_too_large{sdk, 12, "memo too large"};
inline constexpr FailureKind insufficient_fee{sdk, 13, "insufficient fee"};
inline constexpr FailureKind too_many_signatures{sdk, 14, "maximum number of signatures exceeded"};
inline constexpr FailureKind no_signatures{sdk, 15, "no signatures supplied"};
inline constexpr FailureKind invalid_request{sdk, 18, "invalid request"};
inline constexpr FailureKind tx_too_large{sdk, 21, "tx too large"};
inline constexpr FailureKind invalid_type{sdk, 29, "invalid type"};
inline constexpr FailureKind timeout_height{sdk, 30, "tx timeout height"};
inline constexpr FailureKind unknown_extension_options{sdk, 31, "unknown extension options"};
inline constexpr FailureKind wrong_sequence{sdk, 32, "incorrect account sequence"};
inline constexpr FailureKind not_supported{sdk, 37, "feature not supported"};
inline constexpr FailureKind not_found{sdk, 38, "not found"};
inline constexpr FailureKind invalid_gas_limit{sdk, 41, "invalid gas limit"};

}  // namespace kinds

}  // namespace steelyard::ledger
