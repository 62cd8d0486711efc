// The arena: rules M1 and M2 of doc/spec/vm.md.
#include "vm/check/checker.h"
#include "vm/check/first_fit.h"

#include <algorithm>

namespace steelyard::vm {

namespace {

constexpr std::uint32_t none = ~std::uint32_t{0};

std::uint64_t rounded(std::uint64_t bytes) {
    return (bytes + arena_alignment - 1) / arena_alignment * arena_alignment;
}

/// Places by the node after which they are free again.
class Expiries {
public:
    explicit Expiries(std::size_t nodes) : first_(nodes, none) {}

    void add(std::uint32_t end, const Place& place) {
        entries_.push_back({.place = place, .next = first_[end]});
        first_[end] = static_cast<std::uint32_t>(entries_.size() - 1);
    }

    void free_after(std::uint32_t node, FirstFit& arena) const {
        for (std::uint32_t at = first_[node]; at != none; at = entries_[at].next) {
            arena.give_back(entries_[at].place.offset, rounded(entries_[at].place.bytes));
        }
    }

private:
    struct Entry {
        Place place{};
        std::uint32_t next = none;
    };

    std::vector<std::uint32_t> first_;
    std::vector<Entry> entries_{};
};

}  // namespace

Result<void> Checker::plan_memory() {
    for (const Input& input : program_.inputs) {
        checked_.resident_bytes_ += input.type.bytes();
    }
    for (const Constant& constant : program_.constants) {
        checked_.resident_bytes_ += constant.data.size();
    }
    find_lifetimes();
    place_values();
    const std::uint64_t peak = checked_.peak_bytes();
    if (peak > limits_.memory_bytes_max) {
        return fail(
            ErrorCode::too_large, "{} bytes of memory, at most {}", peak, limits_.memory_bytes_max
        );
    }
    return {};
}

void Checker::find_lifetimes() {
    const auto node_count = static_cast<std::uint32_t>(program_.nodes.size());
    for (std::uint32_t node = 0; node < node_count; ++node) {
        node_ends_.push_back(node);
    }
    for (const Carry& carry : program_.carries) {
        carry_ends_.push_back(program_.loops[carry.loop].end_node - 1);
    }
    for (std::uint32_t node = 0; node < node_count; ++node) {
        for (const ValueRef value : program_.nodes[node].operands) {
            extend(value, node, checked_.loop_of_node_[node]);
        }
    }
    for (const Carry& carry : program_.carries) {
        const Loop& loop = program_.loops[carry.loop];
        const auto index = static_cast<std::int32_t>(carry.loop);
        extend(carry.initial, loop.first_node, parent(index));
        extend(carry.next, loop.end_node - 1, index);
    }
    for (const Output& output : program_.outputs) {
        extend(output.value, node_count - 1, -1);
    }
}

/// A value lives to a reader at node `position` in loop `scope`; if it is from outside of that loop
/// to the end of the outermost loop that holds the reader and not the value.
void Checker::extend(ValueRef value, std::uint32_t position, std::int32_t scope) {
    const bool is_node = value.kind == ValueKind::node;
    if (!is_node && value.kind != ValueKind::result) {
        return;  // Carries live as long as their loop; the others are not in the arena.
    }
    const std::int32_t home =
        is_node ? checked_.loop_of_node_[value.index]
                : parent(static_cast<std::int32_t>(program_.carries[value.index].loop));
    for (std::int32_t loop = scope; loop != home; loop = parent(loop)) {
        position = program_.loops[static_cast<std::size_t>(loop)].end_node - 1;
    }
    std::uint32_t& end = is_node ? node_ends_[value.index] : carry_ends_[value.index];
    end = std::max(end, position);
}

void Checker::place_values() {
    FirstFit arena;
    Expiries expiries(program_.nodes.size());
    const auto place = [&](std::uint64_t bytes, std::uint32_t end) {
        const Place found{.offset = arena.take(rounded(bytes)), .bytes = bytes};
        expiries.add(end, found);
        return found;
    };
    std::uint32_t next_carry = 0;
    for (std::uint32_t node = 0; node < program_.nodes.size(); ++node) {
        while (next_carry < program_.carries.size() &&
               program_.loops[program_.carries[next_carry].loop].first_node == node) {
            const std::uint64_t bytes = checked_.carry_types_[next_carry].bytes();
            checked_.carry_places_.push_back(place(bytes, carry_ends_[next_carry]));
            ++next_carry;
        }
        checked_.node_places_.push_back(place(checked_.node_types_[node].bytes(), node_ends_[node])
        );
        expiries.free_after(node, arena);
    }
    checked_.arena_bytes_ = arena.highest_end();
}

}  // namespace steelyard::vm
