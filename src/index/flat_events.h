// FlatEvents: the events of a block or a transaction as queries see them: composite keys and their
// values.
#pragma once

#include "chain/exec_result.h"

#include <map>

namespace steelyard::index {

/// "type.key" -> the values of all attributes of that name, in their order.
using FlatEvents = std::map<std::string, std::vector<std::string>, std::less<>>;

// Keys that are no application's.
inline constexpr std::string_view event_type_key = "tm.event";
inline constexpr std::string_view tx_hash_key = "tx.hash";
inline constexpr std::string_view tx_height_key = "tx.height";
inline constexpr std::string_view block_height_key = "block.height";

/// Adds the attributes, but for those without a key and of events without a type.
void add_events(FlatEvents& flat, std::span<const chain::Event> events);

/// What a Tx event of the event bus is matched by: the application's events, tm.event, tx.hash and
/// tx.height.
FlatEvents flatten_tx(
    const chain::Hash256& hash, chain::Height height, std::span<const chain::Event> events
);

/// What an event of the bus about a block is matched by: the application's events of the block and
/// tm.event.
FlatEvents flatten_block(std::string_view event_type, std::span<const chain::Event> events);

}  // namespace steelyard::index
