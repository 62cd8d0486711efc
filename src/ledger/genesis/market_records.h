// The market's records as messages, and what they may speak of. Private to the .cpp files of this
// folder, which include the generated classes.
#pragma once

#include "ledger/auth/accounts.h"
#include "ledger/genesis/sections.h"
#include "market/records/ids.h"
#include "market/records/instrument.h"
#include "market/records/order.h"
#include "proto/codec.h"

namespace steelyard::genesis {

/// A record of a section, as strict as the state's own reader is.
template <typename T, typename Message>
Result<T> record_of(const Message& message, Result<T> (*decode)(ByteView)) {
    return decode(proto::serialize(message));
}

/// What the state's own writer wrote, as a message.
template <typename Message>
void write_record(const Bytes& record, Message& out) {
    CHECK(out.ParseFromArray(record.data(), static_cast<int>(record.size())));
}

inline Result<crypto::Hash256> read_hash(std::string_view name, const std::string& bytes) {
    if (bytes.size() != sizeof(crypto::Hash256)) {
        return invalid("{}: has {} bytes, not {}", name, bytes.size(), sizeof(crypto::Hash256));
    }
    return to_array(as_bytes(bytes).first<sizeof(crypto::Hash256)>());
}

inline std::string bytes_text(ByteView bytes) {
    return std::string(as_text(bytes));
}

// That what a record speaks of is there.

inline Result<void> expect_account(
    const StateView& state, std::string_view name, ledger::AccountNumber account
) {
    const std::uint64_t count = sure(auth::next_number(state));
    if (static_cast<std::uint64_t>(account) >= count) {
        return invalid("{}: is account {} of {}", name, static_cast<std::uint64_t>(account), count);
    }
    return {};
}

inline Result<void> expect_class(const StateView& state, market::ClassId class_id) {
    if (!sure(market::get_class(state, class_id))) {
        return invalid("class_id: {} does not exist", static_cast<std::uint32_t>(class_id));
    }
    return {};
}

/// Of orders and asks: numbers that were taken.
inline Result<void> expect_taken(const StateView& state, market::OrderId id) {
    const market::OrderId next = sure(market::next_order_id(state));
    if (id == market::OrderId{} || id >= next) {
        return invalid("id: {} is not from 1 to below {}", to_string(id), to_string(next));
    }
    return {};
}

// A section's parts, in the order in which they are read.

Result<void> read_market_parties(StateView& state, const v1::MarketState& section);
Result<void> read_market_orders(StateView& state, const v1::MarketState& section);
Result<void> read_market_trades(StateView& state, const v1::MarketState& section);
void write_market_parties(const StateView& state, v1::MarketState& section);
void write_market_orders(const StateView& state, v1::MarketState& section);
void write_market_trades(const StateView& state, v1::MarketState& section);

}  // namespace steelyard::genesis
