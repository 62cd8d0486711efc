#include "ledger/messages/message_table.h"

#include "base/check.h"
#include "chain/tx.h"
#include "proto/codec.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <array>
#include <vector>

namespace steelyard::messages {
namespace {

/// A line for each module: what stands here must be built.
constexpr std::array modules = {
    &bank_messages,
    &beacon_messages,
    &distribution_messages,
    &market_job_messages,
    &market_order_messages,
    &market_party_messages,
    &params_messages,
    &slashing_messages,
    &staking_messages,
};

/// The message with the most parts is a transfer to many: each takes four fields, or a few more
/// where it is paid in several denominations.
constexpr proto::ParseLimits limits = {
    .bytes_max = chain::tx_size_max, .elements_max = 10'000, .depth_max = 8
};

std::vector<MessageType> joined() {
    std::vector<MessageType> all;
    for (const auto& module : modules) {
        const std::span<const MessageType> types = module();
        all.insert(all.end(), types.begin(), types.end());
    }
    std::ranges::sort(all, {}, &MessageType::type_url);
    CHECK(std::ranges::adjacent_find(all, {}, &MessageType::type_url) == all.end());
    return all;
}

}  // namespace

const MessageType* find_message_type(std::string_view type_url) {
    static const std::vector<MessageType> table = joined();
    const auto place = std::ranges::lower_bound(table, type_url, {}, &MessageType::type_url);
    return place != table.end() && place->type_url == type_url ? &*place : nullptr;
}

Outcome<std::unique_ptr<Message>> read_message(const MessageType& type, ByteView value) {
    std::unique_ptr<Message> message(type.prototype->New());
    TRY(or_refuse(ledger::kinds::tx_decode, proto::strict_parse(*message, value, limits)));
    TRY(type.check(*message));
    return message;
}

}  // namespace steelyard::messages
