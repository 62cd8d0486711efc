// Clauses: which conditions of a query must be fulfilled together.
#pragma once

#include "chain/exec_result.h"
#include "index/query.h"

namespace steelyard::index {

/// What one value of an attribute must fulfil: a condition, or all orders (<, <=, >, >=) of a tag,
/// which make a range.
struct ValueClause {
    std::vector<const Condition*> conditions{};  ///< of one tag; at least one

    const std::string& tag() const { return conditions.front()->tag; }

    /// The text that the value must be, if this is all that is asked.
    const std::string* exact_text() const;

    bool matches(std::string_view value) const;
};

/// What the attributes of one event must fulfil: the conditions whose tags begin with one type.
struct EventClause {
    std::string_view type{};
    std::vector<ValueClause> values{};

    /// Whether the event's attributes that are to be indexed fulfil all of it.
    bool matches(const chain::Event& event) const;
};

/// A query as searches read it (rule X5 of doc/spec/index.md). The query outlives it.
struct Clauses {
    /// `height_key` is tx.height or block.height.
    Clauses(const Query& query, std::string_view height_key);

    std::vector<const Condition*> heights{};
    std::vector<const Condition*> event_types{};  ///< tm.event
    std::vector<const Condition*> hashes{};
    std::vector<EventClause> events{};

    bool take_height(chain::Height height) const;
    bool take_event_type(std::string_view name) const;
    bool take_events(std::span<const chain::Event> events) const;
    bool take_hash(std::string_view hash) const;  ///< hex, upper case
};

}  // namespace steelyard::index
