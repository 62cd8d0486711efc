// The messages that a transaction may hold, each with its check and its execution.
#pragma once

#include "ledger/state/context.h"

#include <memory>
#include <span>

namespace google::protobuf {
class Message;
}

namespace steelyard::messages {

using google::protobuf::Message;
using ledger::Context;
using ledger::Outcome;

/// Where a transaction stands in a proposal (doc/spec/market.md, K7).
enum class Lane : std::uint8_t {
    proof,   ///< first behind the beacon; the message is alone in its transaction
    worker,  ///< what has to be said in time
    usual,
};

/// `check` looks at the message alone. `execute` is called only with messages that pass it, and
/// returns the encoded response, whose type is the message's name and "Response".
struct MessageType {
    std::string_view type_url;  ///< "/cosmos.bank.v1beta1.MsgSend"
    std::string_view module;    ///< for the event `message`
    const Message* prototype;
    Outcome<void> (*check)(const Message& message);
    Outcome<Bytes> (*execute)(Context& context, const Message& message);
    Lane lane = Lane::usual;
};

// One file each, sorted by nothing; the table joins them.
std::span<const MessageType> bank_messages();
std::span<const MessageType> staking_messages();
std::span<const MessageType> distribution_messages();
std::span<const MessageType> slashing_messages();
std::span<const MessageType> params_messages();
std::span<const MessageType> beacon_messages();
std::span<const MessageType> market_party_messages();
std::span<const MessageType> market_order_messages();
std::span<const MessageType> market_job_messages();

/// Nothing: there is no such message.
const MessageType* find_message_type(std::string_view type_url);

/// Reads a message strictly (one encoding, no unknown field, limits), and checks it. Errors:
/// tx_decode, those of the check.
Outcome<std::unique_ptr<Message>> read_message(const MessageType& type, ByteView value);

}  // namespace steelyard::messages
