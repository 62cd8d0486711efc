#include "vm/run/machine.h"

#include "base/check.h"

#include <algorithm>
#include <cstring>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t alignment = 64;

/// What a tensor without elements lies at.
alignas(alignment) constexpr std::array<std::byte, alignment> nothing{};

std::uint64_t aligned(std::uint64_t bytes) {
    return (bytes + alignment - 1) / alignment * alignment;
}

bool is_aligned(const std::uint8_t* data) {
    return reinterpret_cast<std::uintptr_t>(data) % alignment == 0;
}

/// Of the inputs whose own memory is not aligned.
std::uint64_t copied_bytes(std::span<const TensorView> inputs) {
    std::uint64_t size = 0;
    for (const TensorView& input : inputs) {
        size += is_aligned(input.data.data()) ? 0 : aligned(input.data.size());
    }
    return size;
}

Result<void> check_input(const Input& input, const TensorView& given) {
    if (given.type != input.type) {
        return invalid(
            "input '{}' is {}, not {}", input.name, input.type.text(), given.type.text()
        );
    }
    if (given.data.size() != given.type.bytes()) {
        return invalid(
            "input '{}' has {} bytes, a {} has {}",
            input.name,
            given.data.size(),
            given.type.text(),
            given.type.bytes()
        );
    }
    return {};
}

}  // namespace

Result<Machine> Machine::make(
    const CheckedProgram& program,
    std::span<const TensorView> inputs,
    const RunOptions& options,
    std::uint64_t besides
) {
    CHECK(options.backend != nullptr);
    const auto& wanted = program.program().inputs;
    if (inputs.size() != wanted.size()) {
        return invalid("{} inputs, the program has {}", inputs.size(), wanted.size());
    }
    for (std::size_t index = 0; index < inputs.size(); ++index) {
        TRY(check_input(wanted[index], inputs[index]));
    }
    const std::uint64_t taken = program.peak_bytes() + copied_bytes(inputs) + besides;
    if (taken > options.memory_bytes_max) {
        return fail(
            ErrorCode::no_space,
            "the run takes {} bytes of memory, at most {} are allowed",
            taken,
            options.memory_bytes_max
        );
    }
    Machine out(program, options);
    TRY(out.hold_inputs(inputs));
    TRY_ASSIGN(out.arena_, Arena::map(program.arena_bytes()));
    const auto& loops = program.program().loops;
    const auto& carries = program.program().carries;
    out.counters_.resize(loops.size());
    for (std::uint32_t loop = 0; loop <= loops.size(); ++loop) {
        const auto first = std::ranges::lower_bound(carries, loop, {}, &Carry::loop);
        out.first_carry_.push_back(static_cast<std::uint32_t>(first - carries.begin()));
    }
    return out;
}

/// Operands lie at 64 bytes: what does not is copied.
Result<void> Machine::hold_inputs(std::span<const TensorView> inputs) {
    std::uint64_t size = copied_bytes(inputs);
    for (const Constant& constant : program_->program().constants) {
        size += aligned(constant.data.size());
    }
    TRY_ASSIGN(held_, Arena::map(size));
    std::uint64_t offset = 0;
    const auto hold = [&](ByteView data) -> const std::byte* {
        if (data.empty()) {
            return nothing.data();
        }
        std::byte* to = held_.at(offset);
        std::memcpy(to, data.data(), data.size());
        offset += aligned(data.size());
        return to;
    };
    for (const TensorView& input : inputs) {
        inputs_.push_back(
            is_aligned(input.data.data()) && !input.data.empty()
                ? reinterpret_cast<const std::byte*>(input.data.data())
                : hold(input.data)
        );
    }
    for (const Constant& constant : program_->program().constants) {
        constants_.push_back(hold(constant.data));
    }
    return {};
}

Result<void> Machine::run(const StepVisitor& visitor) {
    next_step_ = 0;
    const auto nodes = static_cast<std::uint32_t>(program_->program().nodes.size());
    TRY(run_body({.first = 0, .end = nodes, .loop = 0}, visitor));
    return {};
}

Result<bool> Machine::run_body(const Body& body, const StepVisitor& visitor) {
    const std::vector<Loop>& loops = program_->program().loops;
    std::size_t loop = body.loop;
    for (std::uint32_t node = body.first; node < body.end;) {
        const bool begins_loop = loop < loops.size() && loops[loop].first_node == node;
        TRY_ASSIGN(
            const bool goes_on, begins_loop ? run_loop(loop, visitor) : run_step(node, visitor)
        );
        if (!goes_on) {
            return false;
        }
        if (!begins_loop) {
            ++node;
            continue;
        }
        node = loops[loop].end_node;
        while (loop < loops.size() && loops[loop].first_node < node) {
            ++loop;
        }
    }
    return true;
}

Result<bool> Machine::run_loop(std::size_t loop, const StepVisitor& visitor) {
    const Loop& shape = program_->program().loops[loop];
    copy_carries(loop, true);
    for (std::uint32_t trip = 0; trip < shape.trip_count; ++trip) {
        counters_[loop].value = trip;
        TRY_ASSIGN(
            const bool goes_on,
            run_body({.first = shape.first_node, .end = shape.end_node, .loop = loop + 1}, visitor)
        );
        if (!goes_on) {
            return false;
        }
        copy_carries(loop, false);
    }
    return true;
}

Result<bool> Machine::run_step(std::uint32_t node, const StepVisitor& visitor) {
    const Node& shape = program_->program().nodes[node];
    operands_.clear();
    for (const ValueRef operand : shape.operands) {
        operands_.push_back(address(operand));
    }
    const NodeCall call = program_->call(node);
    const TensorType& type = call.output;
    const Place place = program_->node_place(node);
    std::byte* output = arena_.at(place.offset);
    StepRun step{
        .index = next_step_++,
        .node = node,
        .call = call,
        .operands = operands_,
        .output = output,
        .fault = {}
    };
    if (type.elements() != 0) {
        const auto fault = [&](Fault::Kind kind, std::uint64_t element) {
            step.fault = Fault{.kind = kind, .step = step.index, .element = element};
        };
        const NodeWork work{.call = call, .operands = operands_, .output = output};
        const auto bad_index = options_->backend->run(work, options_->parallel);
        if (bad_index.has_value()) {
            fault(Fault::Kind::bad_index, *bad_index);
        } else if (is_float(type.dtype) && shape.bound_bits != unbounded_bits) {
            const auto beyond = options_->backend->first_out_of_bound(
                type, output, shape.bound_bits, options_->parallel
            );
            if (beyond.has_value()) {
                fault(Fault::Kind::out_of_bound, *beyond);
            }
        }
    }
    TRY_ASSIGN(const bool goes_on, visitor(step));
    return goes_on && !step.fault.has_value();
}

/// No carry of a loop is read here, so that the order does not matter: an initial value stands
/// before the loop, a next one is its body's (G3).
void Machine::copy_carries(std::size_t loop, bool initial) {
    for (std::uint32_t index = first_carry_[loop]; index < first_carry_[loop + 1]; ++index) {
        const Carry& carry = program_->program().carries[index];
        const ValueRef from = initial ? carry.initial : carry.next;
        const std::uint64_t bytes = program_->type(from).bytes();
        if (bytes != 0) {
            std::memmove(arena_.at(program_->carry_place(index).offset), address(from), bytes);
        }
    }
}

const std::byte* Machine::address(ValueRef value) {
    if (program_->type(value).bytes() == 0) {
        return nothing.data();
    }
    switch (value.kind) {
        case ValueKind::input:
            return inputs_[value.index];
        case ValueKind::constant:
            return constants_[value.index];
        case ValueKind::node:
            return arena_.at(program_->node_place(value.index).offset);
        case ValueKind::carry:
        case ValueKind::result:
            return arena_.at(program_->carry_place(value.index).offset);
        case ValueKind::counter:
            return reinterpret_cast<const std::byte*>(&counters_[value.index].value);
    }
    CHECK(false);
}

Result<std::vector<Tensor>> Machine::take_outputs() {
    const auto& outputs = program_->program().outputs;
    std::vector<Tensor> out;
    for (std::size_t index = 0; index < outputs.size(); ++index) {
        const ValueRef value = outputs[index].value;
        const auto same = std::ranges::find(
            outputs.begin(),
            outputs.begin() + static_cast<std::ptrdiff_t>(index),
            value,
            &Output::value
        );
        const auto before = static_cast<std::size_t>(same - outputs.begin());
        if (before != index) {
            out.push_back(out[before]);
            continue;
        }
        const TensorType& type = program_->type(value);
        const Place place = value.kind == ValueKind::node ? program_->node_place(value.index)
                                                          : program_->carry_place(value.index);
        TRY_ASSIGN(Bytes data, arena_.take(place.offset, type.bytes()));
        out.push_back({.type = type, .data = std::move(data)});
    }
    return out;
}

}  // namespace steelyard::vm
