#include "index/clauses.h"

namespace steelyard::index {
namespace {

/// All that stands before a tag's key. An attribute's key has no dot, where one is searched for
/// together with others.
std::string_view type_of(std::string_view tag) {
    return tag.substr(0, tag.rfind('.'));
}

bool is_order(Operator op) {
    return op == Operator::less || op == Operator::less_equal || op == Operator::greater ||
           op == Operator::greater_equal;
}

bool has_tag(const chain::Event& event, std::string_view key, std::string_view tag) {
    return !event.type.empty() && !key.empty() &&
           tag.size() == event.type.size() + 1 + key.size() && tag.starts_with(event.type) &&
           tag[event.type.size()] == '.' && tag.ends_with(key);
}

bool all_match(std::span<const Condition* const> conditions, std::string_view value) {
    return std::ranges::all_of(conditions, [&](const Condition* condition) {
        return condition->matches(value);
    });
}

void add_to(EventClause& clause, const Condition& condition) {
    if (is_order(condition.op)) {
        for (ValueClause& value : clause.values) {
            if (value.tag() == condition.tag && is_order(value.conditions.front()->op)) {
                value.conditions.push_back(&condition);
                return;
            }
        }
    }
    clause.values.push_back({{&condition}});
}

}  // namespace

const std::string* ValueClause::exact_text() const {
    const Condition& first = *conditions.front();
    return first.op == Operator::equal ? std::get_if<std::string>(&first.operand) : nullptr;
}

bool ValueClause::matches(std::string_view value) const {
    return all_match(conditions, value);
}

bool EventClause::matches(const chain::Event& event) const {
    return std::ranges::all_of(values, [&](const ValueClause& clause) {
        return std::ranges::any_of(event.attributes, [&](const auto& attribute) {
            return attribute.index && has_tag(event, attribute.key, clause.tag()) &&
                   clause.matches(attribute.value);
        });
    });
}

Clauses::Clauses(const Query& query, std::string_view height_key) {
    for (const Condition& condition : query.conditions()) {
        if (condition.tag == height_key) {
            heights.push_back(&condition);
        } else if (condition.tag == event_type_key) {
            event_types.push_back(&condition);
        } else if (condition.tag == tx_hash_key) {
            hashes.push_back(&condition);
        } else {
            const std::string_view type = type_of(condition.tag);
            auto found = std::ranges::find(events, type, &EventClause::type);
            if (found == events.end()) {
                found = events.insert(events.end(), {type, {}});
            }
            add_to(*found, condition);
        }
    }
}

bool Clauses::take_height(chain::Height height) const {
    return all_match(heights, std::to_string(height.value()));
}

bool Clauses::take_event_type(std::string_view name) const {
    return all_match(event_types, name);
}

bool Clauses::take_events(std::span<const chain::Event> list) const {
    return std::ranges::all_of(events, [&](const EventClause& clause) {
        return std::ranges::any_of(list, [&](const chain::Event& event) {
            return clause.matches(event);
        });
    });
}

bool Clauses::take_hash(std::string_view hash) const {
    return all_match(hashes, hash);
}

}  // namespace steelyard::index
