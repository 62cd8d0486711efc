#include "bin/steelyard/market_events.h"

#include "bin/steelyard/report.h"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <set>

namespace steelyard::wallet {
namespace {

namespace json = boost::json;

constexpr std::size_t page_heights_max = 100;  ///< of block_search

std::unexpected<Complaint> bad_answer(std::string_view method) {
    return std::unexpected(Complaint(
        Exit::failed,
        "bad_answer",
        fmt::format("the answer of {} has not the form that it should have", method),
        "is --node the RPC of a node?"
    ));
}

Outcome<json::value> call(
    const client::NodeClient& node, std::string_view method, const json::object& params
) {
    const auto answer = node.call(method, json::serialize(params));
    if (!answer) {
        return std::unexpected(of_node(answer.error()));
    }
    json::error_code error;
    json::value value = json::parse(*answer, error);
    if (error || !value.is_object()) {
        return bad_answer(method);
    }
    return value;
}

std::optional<std::int64_t> height_of(const json::value* value) {
    if (value == nullptr || !value->is_string()) {
        return std::nullopt;
    }
    const std::string_view text(value->get_string().data(), value->get_string().size());
    std::int64_t height = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), height);
    return error == std::errc() && stop == text.data() + text.size() ? std::optional(height)
                                                                     : std::nullopt;
}

/// The heights of the last blocks that a search finds, of blocks or of transactions.
Outcome<void> add_heights(
    const client::NodeClient& node,
    std::string_view method,
    const std::string& query,
    std::set<std::int64_t>& out
) {
    TRY_ASSIGN(
        const json::value value,
        call(
            node,
            method,
            {{"query", query},
             {"page", "1"},
             {"per_page", std::to_string(page_heights_max)},
             {"order_by", "desc"}}
        )
    );
    const bool is_blocks = method == "block_search";
    json::error_code error;
    const auto* const list = value.find_pointer(is_blocks ? "/blocks" : "/txs", error);
    if (list == nullptr || !list->is_array()) {
        return bad_answer(method);
    }
    for (const json::value& one : list->get_array()) {
        json::error_code ignored;
        const auto height =
            height_of(one.find_pointer(is_blocks ? "/block/header/height" : "/height", ignored));
        if (!height) {
            return bad_answer(method);
        }
        out.insert(*height);
    }
    return {};
}

void add_events(const json::value* list, std::string_view type, std::vector<FoundEvent>& out) {
    if (list == nullptr || !list->is_array()) {
        return;
    }
    for (const json::value& one : list->get_array()) {
        json::error_code error;
        const auto* const kind = one.find_pointer("/type", error);
        const auto* const attributes = one.find_pointer("/attributes", error);
        if (kind == nullptr || *kind != json::value(type) || attributes == nullptr ||
            !attributes->is_array()) {
            continue;
        }
        FoundEvent event;
        for (const json::value& attribute : attributes->get_array()) {
            const auto* const key = attribute.find_pointer("/key", error);
            const auto* const value = attribute.find_pointer("/value", error);
            if (key != nullptr && key->is_string() && value != nullptr && value->is_string()) {
                event.attributes.emplace(key->get_string(), value->get_string());
            }
        }
        out.push_back(std::move(event));
    }
}

/// All events of the type in a block, in the order in which they came.
Outcome<std::vector<FoundEvent>> events_of_block(
    const client::NodeClient& node, std::int64_t height, std::string_view type
) {
    TRY_ASSIGN(
        const json::value value, call(node, "block_results", {{"height", std::to_string(height)}})
    );
    std::vector<FoundEvent> events;
    json::error_code error;
    const auto* const txs = value.find_pointer("/txs_results", error);
    if (txs != nullptr && txs->is_array()) {
        for (const json::value& tx : txs->get_array()) {
            add_events(tx.find_pointer("/events", error), type, events);
        }
    }
    add_events(value.find_pointer("/finalize_block_events", error), type, events);
    for (FoundEvent& event : events) {
        event.height = height;
    }
    return events;
}

}  // namespace

std::string_view FoundEvent::at(std::string_view name) const {
    const auto found = attributes.find(name);
    return found == attributes.end() ? std::string_view() : found->second;
}

Outcome<std::vector<FoundEvent>> find_events(
    const client::NodeClient& node,
    const std::string& type,
    const std::map<std::string, std::string, std::less<>>& wanted,
    std::size_t count_max
) {
    std::string query;
    for (const auto& [name, value] : wanted) {
        query += fmt::format("{}{}.{}='{}'", query.empty() ? "" : " AND ", type, name, value);
    }
    std::set<std::int64_t> heights;
    TRY(add_heights(node, "block_search", query, heights));
    TRY(add_heights(node, "tx_search", query, heights));
    std::vector<FoundEvent> found;
    std::size_t blocks = 0;
    for (auto height = heights.rbegin(); height != heights.rend(); ++height) {
        if (found.size() >= count_max || blocks++ == event_blocks_max) {
            break;
        }
        TRY_ASSIGN(auto events, events_of_block(node, *height, type));
        std::erase_if(events, [&](const FoundEvent& event) {
            return std::ranges::any_of(wanted, [&](const auto& one) {
                return event.at(one.first) != one.second;
            });
        });
        std::move(events.rbegin(), events.rend(), std::back_inserter(found));
    }
    found.resize(std::min(found.size(), count_max));
    return found;
}

std::string json_of(const std::vector<FoundEvent>& events) {
    std::string out;
    for (const FoundEvent& event : events) {
        JsonObject one;
        one.text("height", std::to_string(event.height));
        for (const auto& [name, value] : event.attributes) {
            one.text(name, value);
        }
        out += (out.empty() ? "" : ",") + one.value();
    }
    return "[" + out + "]\n";
}

}  // namespace steelyard::wallet
