// A state and the way of one message over it, for tests of messages.
#pragma once

#include "ledger/messages/fields.h"
#include "ledger/messages/message_table.h"
#include "proto/codec.h"
#include "tests/unit/ledger/map_state.h"

#include <gmock/gmock.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

namespace steelyard::messages {

inline chain::Address address(std::uint8_t byte) {
    chain::Address out;
    out.fill(byte);
    return out;
}

inline std::string account(std::uint8_t byte) {
    return account_text(address(byte));
}

/// What the check says; "" where it is content.
template <typename M>
std::string check(std::string_view type_url, const M& message) {
    const MessageType* const type = find_message_type(type_url);
    const auto read = read_message(*type, proto::serialize(message));
    return read ? ""
                : fmt::format(
                      "{}/{} {}",
                      read.error().kind.codespace,
                      read.error().kind.code,
                      read.error().log
                  );
}

/// Reads, checks and executes: the encoded response.
template <typename M>
Outcome<Bytes> run_in(Context& context, std::string_view type_url, const M& message) {
    const MessageType* const type = find_message_type(type_url);
    TRY_ASSIGN(const auto read, read_message(*type, proto::serialize(message)));
    return type->execute(context, *read);
}

class MessageTest : public testing::Test {
protected:
    template <typename M>
    Outcome<Bytes> run(std::string_view type_url, const M& message) {
        return run_in(bench.context, type_url, message);
    }

    ledger::Bench bench;
};

}  // namespace steelyard::messages
