// Entries of the message table from functions on the generated classes. For .cpp files of this
// folder, which include the classes.
#pragma once

#include "ledger/messages/message_table.h"
#include "proto/codec.h"

namespace steelyard::messages {

/// `check(const M&) -> Outcome<void>`, `execute(Context&, const M&) -> Outcome<R>`.
template <typename M, auto check, auto execute>
MessageType message_type(
    std::string_view type_url, std::string_view module, Lane lane = Lane::usual
) {
    return {
        .type_url = type_url,
        .module = module,
        .prototype = &M::default_instance(),
        .check = [](const Message& message) -> Outcome<void> {
            return check(static_cast<const M&>(message));
        },
        .execute = [](Context& context, const Message& message) -> Outcome<Bytes> {
            auto response = execute(context, static_cast<const M&>(message));
            if (!response) {
                return std::unexpected(std::move(response).error());
            }
            return proto::serialize(*response);
        },
        .lane = lane,
    };
}

}  // namespace steelyard::messages
