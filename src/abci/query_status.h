// GrpcCode: how the answer to a query of a service says that, and why, there is none.
#pragma once

#include "abci/application.h"

namespace steelyard::abci {

/// The codes of gRPC.
enum class GrpcCode : std::uint8_t {
    ok = 0,
    canceled = 1,
    unknown = 2,
    invalid_argument = 3,
    deadline_exceeded = 4,
    not_found = 5,
    already_exists = 6,
    permission_denied = 7,
    resource_exhausted = 8,
    failed_precondition = 9,
    aborted = 10,
    out_of_range = 11,
    unimplemented = 12,
    internal = 13,
    unavailable = 14,
    data_loss = 15,
    unauthenticated = 16,
};

/// As Go names it: "NotFound".
std::string_view to_string(GrpcCode code);

/// The answer of a service that has none, as the Cosmos SDK words it: codespace "sdk", log "rpc
/// error: code = NotFound desc = MESSAGE: key not found". Clients look for these texts. `code` is
/// not `ok`.
QueryResult refused_query(GrpcCode code, std::string_view message);

/// What an answer says: the code that its log names, or else what its code stands for.
GrpcCode grpc_code(const QueryResult& result);

/// The message that was given to refused_query; of another answer, its log. A part of the answer.
std::string_view grpc_message(const QueryResult& result);

}  // namespace steelyard::abci
