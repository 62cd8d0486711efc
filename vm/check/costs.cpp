// Steps, gas and probes: rules G6 and W1 to W3 of doc/spec/vm.md.
#include "vm/check/checker.h"
#include "vm/ops/cost.h"
#include "vm/ops/step_gas.h"

#include <algorithm>

namespace steelyard::vm {

void Checker::count_gas(std::uint32_t node) {
    checked_.step_gas_.push_back(step_gas(*checked_.operators_[node], checked_.call(node)));
}

Result<void> Checker::check_probe(std::uint32_t node) {
    checked_.grids_.push_back({.rows = 1, .columns = 1});
    checked_.probe_costs_.push_back({});
    const NodeCall call = checked_.call(node);
    for (const Grid grid : {Grid{.rows = 2, .columns = 2}, Grid{.rows = 1, .columns = 1}}) {
        checked_.grids_.back() = grid;
        checked_.probe_costs_.back() = whole_probe(*checked_.operators_[node], call, grid);
        if (is_within_probe_limits(checked_.probe_costs_.back())) {
            return {};
        }
    }
    const ProbeCost& least = checked_.probe_costs_.back();
    return fail(
        ErrorCode::too_large,
        "a probe of one element of {} opens {} bytes and costs {} gas, at most {} and {}",
        call.output.text(),
        least.bytes,
        least.gas,
        probe_bytes_max,
        probe_gas_max
    );
}

/// Numbers the steps of the first iterations: what is behind a loop comes after all of its trips.
Result<void> Checker::count_steps() {
    std::uint64_t steps = 0;
    std::uint64_t gas = 0;
    for (std::uint32_t node = 0; node < program_.nodes.size(); ++node) {
        checked_.first_step_.push_back(steps);
        checked_.first_gas_.push_back(gas);
        steps = saturating_add(steps, 1);
        gas = saturating_add(gas, checked_.step_gas_[node]);
        for (std::int32_t loop = checked_.loop_of_node_[node]; loop >= 0; loop = parent(loop)) {
            const auto index = static_cast<std::size_t>(loop);
            const Loop& it = program_.loops[index];
            if (it.end_node != node + 1) {
                break;
            }
            CheckedProgram::LoopInfo& info = checked_.loop_infos_[index];
            const std::uint64_t steps_before = checked_.first_step_[it.first_node];
            const std::uint64_t gas_before = checked_.first_gas_[it.first_node];
            info.steps_per_trip = steps - steps_before;
            info.gas_per_trip = gas - gas_before;
            steps =
                saturating_add(steps_before, saturating_mul(info.steps_per_trip, it.trip_count));
            gas = saturating_add(gas_before, saturating_mul(info.gas_per_trip, it.trip_count));
        }
    }
    if (steps > step_count_max) {
        return fail(ErrorCode::too_large, "{} steps, at most {}", steps, step_count_max);
    }
    if (gas == ~std::uint64_t{0} || gas > limits_.gas_max) {
        return fail(ErrorCode::too_large, "{} gas or more, at most {}", gas, limits_.gas_max);
    }
    checked_.step_count_ = steps;
    checked_.gas_ = gas;
    return {};
}

}  // namespace steelyard::vm
