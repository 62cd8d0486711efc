// What the market told in past blocks, found by the node's index.
#pragma once

#include "bin/steelyard/command.h"

#include <map>

namespace steelyard::wallet {

/// An event of a block or of a transaction in it.
struct FoundEvent {
    std::int64_t height = 0;
    std::map<std::string, std::string, std::less<>> attributes{};

    /// Empty if it has none of that name.
    std::string_view at(std::string_view name) const;
};

/// The most blocks that one command looks into.
inline constexpr std::size_t event_blocks_max = 200;

/// The last events, at most `count_max`, of a type with all these attributes, newest first. Errors:
/// as of a node; a node without an index refuses.
Outcome<std::vector<FoundEvent>> find_events(
    const client::NodeClient& node,
    const std::string& type,
    const std::map<std::string, std::string, std::less<>>& wanted,
    std::size_t count_max
);

/// Their attributes with the height, as a JSON list and a newline.
std::string json_of(const std::vector<FoundEvent>& events);

}  // namespace steelyard::wallet
