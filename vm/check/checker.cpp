#include "vm/check/checker.h"

namespace steelyard::vm {

namespace {

std::string loop_text(std::uint32_t loop) {
    return fmt::format("loop {}", loop);
}

}  // namespace

Result<void> Checker::run() {
    TRY(check_loops());
    TRY(check_graph());
    TRY(check_outputs());
    TRY(count_steps());
    return plan_memory();
}

Result<void> Checker::check_loops() {
    for (std::uint32_t loop = 0; loop < program_.loops.size(); ++loop) {
        if (Result<void> good = check_loop(loop); !good) {
            return std::unexpected(std::move(good).error().in(loop_text(loop)));
        }
    }
    TRY(check_order_of_carries());
    place_nodes_in_loops();
    return {};
}

Result<void> Checker::check_loop(std::uint32_t loop) {
    const Loop& it = program_.loops[loop];
    if (it.first_node >= it.end_node || it.end_node > program_.nodes.size()) {
        return invalid(
            "of nodes {} to {}, there are {}", it.first_node, it.end_node, program_.nodes.size()
        );
    }
    if (it.trip_count == 0 || it.trip_count > trip_count_max) {
        return invalid("{} iterations, 1 to {} are allowed", it.trip_count, trip_count_max);
    }
    if (loop > 0 && program_.loops[loop - 1].first_node > it.first_node) {
        return invalid("begins before loop {}", loop - 1);
    }
    // Whatever is open where this one begins is the loop before it or one around that.
    auto around = static_cast<std::int32_t>(loop) - 1;
    while (around >= 0 &&
           program_.loops[static_cast<std::uint32_t>(around)].end_node <= it.first_node) {
        around = parent(around);
    }
    if (around >= 0 && program_.loops[static_cast<std::uint32_t>(around)].end_node < it.end_node) {
        return invalid("is neither within loop {} nor apart from it nor before it", around);
    }
    checked_.loop_infos_.push_back({.parent = around});
    std::uint32_t depth = 1;
    for (std::int32_t outer = around; outer >= 0; outer = parent(outer)) {
        ++depth;
    }
    if (depth > loop_depth_max) {
        return fail(ErrorCode::too_large, "more than {} loops in one another", loop_depth_max);
    }
    return {};
}

Result<void> Checker::check_order_of_carries() {
    const auto loop_count = static_cast<std::uint32_t>(program_.loops.size());
    std::uint32_t last = 0;
    first_carry_.assign(loop_count + 1, 0);
    for (std::uint32_t carry = 0; carry < program_.carries.size(); ++carry) {
        const std::uint32_t loop = program_.carries[carry].loop;
        if (loop >= loop_count) {
            return invalid("carry {}: there is no loop {}", carry, loop);
        }
        if (loop < last) {
            return invalid("carry {}: of loop {}, after a carry of loop {}", carry, loop, last);
        }
        last = loop;
        ++first_carry_[loop + 1];
    }
    for (std::uint32_t loop = 0; loop < loop_count; ++loop) {
        first_carry_[loop + 1] += first_carry_[loop];
    }
    return {};
}

void Checker::place_nodes_in_loops() {
    std::int32_t innermost = -1;
    std::uint32_t next = 0;
    for (std::uint32_t node = 0; node < program_.nodes.size(); ++node) {
        while (innermost >= 0 &&
               program_.loops[static_cast<std::uint32_t>(innermost)].end_node <= node) {
            innermost = parent(innermost);
        }
        while (next < program_.loops.size() && program_.loops[next].first_node == node) {
            innermost = static_cast<std::int32_t>(next++);
        }
        checked_.loop_of_node_.push_back(innermost);
    }
}

std::int32_t Checker::parent(std::int32_t loop) const {
    return checked_.loop_infos_[static_cast<std::size_t>(loop)].parent;
}

/// Whether `inner` is `outer` or in it; everything is in -1.
bool Checker::encloses(std::int32_t outer, std::int32_t inner) const {
    while (inner >= 0 && inner != outer) {
        inner = parent(inner);
    }
    return inner == outer;
}

}  // namespace steelyard::vm
