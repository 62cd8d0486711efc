#include "vm/check/checked_program.h"

#include "base/check.h"
#include "vm/check/checker.h"
#include "vm/program/encoding.h"

#include <algorithm>

namespace steelyard::vm {

namespace {

const TensorType& counter_type() {
    static const TensorType type{.dtype = DType::i64, .shape = {}};
    return type;
}

/// The last entry that is not above `value`, of ascending ones that begin with 0.
std::uint32_t last_not_above(const std::vector<std::uint64_t>& ascending, std::uint64_t value) {
    const auto above = std::ranges::upper_bound(ascending, value);
    return static_cast<std::uint32_t>(above - ascending.begin() - 1);
}

}  // namespace

Result<CheckedProgram> CheckedProgram::check(Program program, const CheckLimits& limits) {
    TRY(check_format(program));
    CheckedProgram checked;
    checked.program_ = std::move(program);
    TRY(Checker(checked, limits).run());
    return checked;
}

const TensorType& CheckedProgram::type(ValueRef value) const {
    switch (value.kind) {
        case ValueKind::input:
            return program_.inputs[value.index].type;
        case ValueKind::constant:
            return program_.constants[value.index].type;
        case ValueKind::node:
            return node_types_[value.index];
        case ValueKind::carry:
        case ValueKind::result:
            return carry_types_[value.index];
        case ValueKind::counter:
            return counter_type();
    }
    CHECK(false);
}

NodeCall CheckedProgram::call(std::uint32_t node) const {
    const Node& it = program_.nodes[node];
    const std::uint32_t first = first_operand_[node];
    return {
        .op = it.op,
        .version = it.version,
        .operands = std::span<const TensorType>(operand_types_)
                        .subspan(first, first_operand_[node + 1] - first),
        .output = node_types_[node],
        .attributes = it.attributes,
    };
}

CheckedProgram::LoopPath CheckedProgram::path_of(std::int32_t loop) const {
    LoopPath path;
    for (; loop >= 0; loop = loop_infos_[static_cast<std::size_t>(loop)].parent) {
        path.loops[path.depth++] = static_cast<std::uint32_t>(loop);
    }
    std::ranges::reverse(std::span(path.loops).first(path.depth));
    return path;
}

Step CheckedProgram::step(std::uint64_t index) const {
    CHECK(index < step_count_);
    Step step;
    for (;;) {
        step.node = last_not_above(first_step_, index);
        const LoopPath path = path_of(loop_of_node_[step.node]);
        const std::size_t level = step.iteration.size();
        if (level == path.depth) {
            return step;
        }
        // The same step of the loop's first iteration, and how many iterations later it is.
        const std::uint32_t loop = path.loops[level];
        const std::uint64_t per_trip = loop_infos_[loop].steps_per_trip;
        const std::uint64_t start = first_step_[program_.loops[loop].first_node];
        step.iteration.push_back(static_cast<std::uint32_t>((index - start) / per_trip));
        index = start + (index - start) % per_trip;
    }
}

std::uint64_t CheckedProgram::index_of(const Step& step) const {
    return index_of(step.node, step.iteration);
}

std::uint64_t CheckedProgram::index_of(std::uint32_t node, std::span<const std::uint32_t> iteration)
    const {
    const LoopPath path = path_of(loop_of_node_[node]);
    CHECK(iteration.size() == path.depth);
    std::uint64_t index = first_step_[node];
    for (std::size_t level = 0; level < path.depth; ++level) {
        index += loop_infos_[path.loops[level]].steps_per_trip * iteration[level];
    }
    return index;
}

std::uint64_t CheckedProgram::repetitions(std::uint32_t node) const {
    const LoopPath path = path_of(loop_of_node_[node]);
    std::uint64_t count = 1;
    for (const std::uint32_t loop : std::span(path.loops).first(path.depth)) {
        count *= program_.loops[loop].trip_count;
    }
    return count;
}

std::uint64_t CheckedProgram::step_at_gas(std::uint64_t gas_offset) const {
    CHECK(gas_offset < gas_);
    Step step;
    for (;;) {
        step.node = last_not_above(first_gas_, gas_offset);
        const LoopPath path = path_of(loop_of_node_[step.node]);
        const std::size_t level = step.iteration.size();
        if (level == path.depth) {
            return index_of(step);
        }
        const std::uint32_t loop = path.loops[level];
        const std::uint64_t per_trip = loop_infos_[loop].gas_per_trip;
        const std::uint64_t start = first_gas_[program_.loops[loop].first_node];
        step.iteration.push_back(static_cast<std::uint32_t>((gas_offset - start) / per_trip));
        gas_offset = start + (gas_offset - start) % per_trip;
    }
}

std::uint64_t CheckedProgram::work_units() const {
    return gas_ / gas_per_work_unit + (gas_ % gas_per_work_unit != 0 ? 1 : 0);
}

Source CheckedProgram::source(const Step& step, std::size_t operand) const {
    const LoopPath path = path_of(loop_of_node_[step.node]);
    CHECK(step.iteration.size() == path.depth);
    return resolve(program_.nodes[step.node].operands[operand], path, step.iteration);
}

Source CheckedProgram::source_of_output(std::size_t output) const {
    return resolve(program_.outputs[output].value, {}, {});
}

/// Where a value comes from that a reader sees in `iteration` of the loops of `path`. Every turn
/// leaves a loop for good or enters one to stay, so there are at most twice as many as loops nest.
Source CheckedProgram::resolve(ValueRef value, LoopPath path, Iteration iteration) const {
    const auto level_of = [&](std::uint32_t loop) {
        const auto found = std::ranges::find(path.loops, loop);
        return static_cast<std::size_t>(found - path.loops.begin());
    };
    for (;;) {
        switch (value.kind) {
            case ValueKind::input:
                return {.kind = Source::Kind::input, .index = value.index};
            case ValueKind::constant:
                return {.kind = Source::Kind::constant, .index = value.index};
            case ValueKind::node:
                iteration.resize(path_of(loop_of_node_[value.index]).depth);
                return {.kind = Source::Kind::step, .index = index_of(value.index, iteration)};
            case ValueKind::counter:
                return {.kind = Source::Kind::counter, .index = iteration[level_of(value.index)]};
            case ValueKind::carry: {
                const Carry& carry = program_.carries[value.index];
                const std::size_t level = level_of(carry.loop);
                const bool is_first = iteration[level] == 0;
                if (!is_first) {
                    --iteration[level];
                }
                value = is_first ? carry.initial : carry.next;
                break;
            }
            case ValueKind::result: {
                const Carry& carry = program_.carries[value.index];
                path = path_of(static_cast<std::int32_t>(carry.loop));
                iteration.resize(path.depth - 1);
                iteration.push_back(program_.loops[carry.loop].trip_count - 1);
                value = carry.next;
                break;
            }
        }
    }
}

}  // namespace steelyard::vm
