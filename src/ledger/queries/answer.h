// Answer: what a query gives, or why not, as gRPC and the Cosmos clients know it.
#pragma once

#include "ledger/state/failure.h"

namespace steelyard::queries {

/// gRPC's status codes, as far as queries give them.
enum class Status : std::uint8_t {
    unknown = 2,
    invalid_argument = 3,
    not_found = 5,
    resource_exhausted = 8,
    internal = 13,
};

/// "NotFound" and the like.
std::string_view to_string(Status status);

struct QueryFailure {
    QueryFailure(Status of, std::string why) : status(of), text(std::move(why)) {}

    /// What the ledger refuses stays as it is said there.
    QueryFailure(ledger::Failure failure) : status(Status::unknown), text(std::move(failure).log) {}

    Status status;
    std::string text;  ///< what REST clients get as `message`
};

template <typename T>
using Answer = std::expected<T, QueryFailure>;

/// `return not_found("account {} not found", text);`
template <typename... Args>
std::unexpected<QueryFailure> not_found(fmt::format_string<Args...> format, Args&&... args) {
    return std::unexpected(
        QueryFailure(Status::not_found, fmt::format(format, std::forward<Args>(args)...))
    );
}

/// `return invalid_argument("limit is {}", limit);`
template <typename... Args>
std::unexpected<QueryFailure> invalid_argument(fmt::format_string<Args...> format, Args&&... args) {
    return std::unexpected(
        QueryFailure(Status::invalid_argument, fmt::format(format, std::forward<Args>(args)...))
    );
}

/// As an argument of the request: what the fields of messages would refuse.
template <typename T>
Answer<T> argument(ledger::Outcome<T> outcome) {
    if (!outcome) {
        return std::unexpected(
            QueryFailure(Status::invalid_argument, std::move(outcome).error().log)
        );
    }
    return *std::move(outcome);
}

/// As abci_query has it: sdk 22 for what was not found, 18 for all else; the log is "rpc error:
/// code = NotFound desc = TEXT: key not found", in which clients look for both texts.
ledger::Failure abci_failure(const QueryFailure& failure);

}  // namespace steelyard::queries
