#include "ledger/queries/answer.h"

namespace steelyard::queries {
namespace {

constexpr ledger::FailureKind key_not_found{ledger::kinds::sdk, 22, "key not found"};

}  // namespace

std::string_view to_string(Status status) {
    switch (status) {
        case Status::unknown:
            return "Unknown";
        case Status::invalid_argument:
            return "InvalidArgument";
        case Status::not_found:
            return "NotFound";
        case Status::resource_exhausted:
            return "ResourceExhausted";
        case Status::internal:
            return "Internal";
    }
    return "Unknown";
}

ledger::Failure abci_failure(const QueryFailure& failure) {
    const ledger::FailureKind kind =
        failure.status == Status::not_found ? key_not_found : ledger::kinds::invalid_request;
    return ledger::refuse(
               kind, "rpc error: code = {} desc = {}", to_string(failure.status), failure.text
    )
        .error();
}

}  // namespace steelyard::queries
