// Entries of the query table from functions on the generated classes. For .cpp files of this
// folder, which include the classes.
#pragma once

#include "chain/tx.h"
#include "ledger/queries/query_table.h"
#include "proto/codec.h"
#include "proto/non_nullable.h"

namespace steelyard::queries {

/// A request holds at most a transaction.
inline constexpr std::size_t request_size_max = chain::tx_size_max + 1'024;

/// `answer(const Asked&, const Request&) -> Answer<Response>`.
template <typename Request, auto answer>
QueryMethod query_method(std::string_view path) {
    return {
        .path = path,
        .answer = [](const Asked& asked, ByteView bytes) -> Answer<Bytes> {
            if (bytes.size() > request_size_max) {
                return invalid_argument(
                    "request has {} bytes, limit {}", bytes.size(), request_size_max
                );
            }
            Request request;
            if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
                return invalid_argument("request is no {}", Request::descriptor()->full_name());
            }
            TRY_ASSIGN(auto response, answer(asked, request));
            proto::fill_non_nullable(response);
            return proto::serialize(response);
        },
    };
}

}  // namespace steelyard::queries
