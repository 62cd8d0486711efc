// A state and questions of it, for tests of queries.
#pragma once

#include "ledger/bank/bank.h"
#include "ledger/messages/fields.h"
#include "ledger/queries/query_table.h"
#include "proto/codec.h"
#include "tests/unit/ledger/map_state.h"

#include <gmock/gmock.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

namespace steelyard::queries {

inline chain::Address address(std::uint8_t byte) {
    chain::Address out;
    out.fill(byte);
    return out;
}

inline std::string account(std::uint8_t byte) {
    return messages::account_text(address(byte));
}

/// The response to a request, as JSON-like text; or the failure as "NotFound: text".
template <typename Response>
std::string ask_of(
    const Asked& asked,
    std::string_view path,
    const google::protobuf::Message& request,
    std::uint64_t gas_max = query_gas_max
) {
    const QueryMethod* const method = find_query_method(path);
    if (method == nullptr) {
        return "no method";
    }
    const Answer<Bytes> answer = ask(*method, asked, proto::serialize(request), gas_max);
    if (!answer) {
        return std::string(to_string(answer.error().status)) + ": " + answer.error().text;
    }
    Response response;
    EXPECT_TRUE(response.ParseFromArray(answer->data(), static_cast<int>(answer->size())));
    return response.ShortDebugString();
}

class QueryTest : public testing::Test {
protected:
    ledger::AccountNumber endow(std::uint8_t byte, std::string_view coins) {
        const auto party = bank::party_at(bench.state, address(byte)).value();
        EXPECT_TRUE(bank::endow(bench.state, party.number, chain::Coins::parse(coins).value()));
        return party.number;
    }

    template <typename Response>
    std::string ask(std::string_view path, const google::protobuf::Message& request) {
        return ask_of<Response>({bench.state, bench.block, bench.params}, path, request);
    }

    ledger::Bench bench;
};

}  // namespace steelyard::queries
