#include "index/flat_events.h"

#include "base/hex.h"

namespace steelyard::index {

void add_events(FlatEvents& flat, std::span<const chain::Event> events) {
    std::string composite;
    for (const chain::Event& event : events) {
        if (event.type.empty()) {
            continue;
        }
        for (const chain::EventAttribute& attribute : event.attributes) {
            if (attribute.key.empty()) {
                continue;
            }
            composite.assign(event.type).append(1, '.').append(attribute.key);
            flat[composite].push_back(attribute.value);
        }
    }
}

FlatEvents flatten_tx(
    const chain::Hash256& hash, chain::Height height, std::span<const chain::Event> events
) {
    FlatEvents flat = flatten_block("Tx", events);
    flat[std::string(tx_hash_key)].push_back(to_hex_upper(hash));
    flat[std::string(tx_height_key)].push_back(std::to_string(height.value()));
    return flat;
}

FlatEvents flatten_block(std::string_view event_type, std::span<const chain::Event> events) {
    FlatEvents flat;
    add_events(flat, events);
    flat[std::string(event_type_key)].emplace_back(event_type);
    return flat;
}

}  // namespace steelyard::index
