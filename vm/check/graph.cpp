// Wiring and types: rules G1 and G3 to G5 of doc/spec/vm.md.
#include "vm/check/checker.h"

#include <fmt/format.h>

namespace steelyard::vm {

namespace {

std::string value_text(ValueRef value) {
    switch (value.kind) {
        case ValueKind::input:
            return fmt::format("input {}", value.index);
        case ValueKind::constant:
            return fmt::format("constant {}", value.index);
        case ValueKind::node:
            return fmt::format("node {}", value.index);
        case ValueKind::carry:
            return fmt::format("carry {}", value.index);
        case ValueKind::result:
            return fmt::format("the result of carry {}", value.index);
        case ValueKind::counter:
            return fmt::format("the counter of loop {}", value.index);
    }
    return fmt::format("a value of kind {}", static_cast<unsigned>(value.kind));
}

std::unexpected<Error> no_such(ValueRef value) {
    return invalid("there is no {}", value_text(value));
}

std::unexpected<Error> out_of_reach(ValueRef value, std::string_view why) {
    return invalid("{} cannot be read here: {}", value_text(value), why);
}

std::string types_text(std::span<const TensorType> types) {
    std::string text;
    for (const TensorType& type : types) {
        text += (text.empty() ? "" : ", ") + type.text();
    }
    return text;
}

}  // namespace

Result<void> Checker::check_graph() {
    std::uint32_t next_loop = 0;
    make_room();
    checked_.first_operand_.push_back(0);
    for (std::uint32_t node = 0; node < program_.nodes.size(); ++node) {
        while (next_loop < program_.loops.size() && program_.loops[next_loop].first_node == node) {
            TRY(check_initials(next_loop++));
        }
        if (Result<void> good = check_node(node); !good) {
            return std::unexpected(std::move(good).error().in(node_text(node)));
        }
    }
    return check_nexts();
}

void Checker::make_room() {
    const std::size_t count = program_.nodes.size();
    std::size_t operands = 0;
    for (const Node& node : program_.nodes) {
        operands += node.operands.size();
    }
    checked_.operand_types_.reserve(operands);
    checked_.carry_types_.reserve(program_.carries.size());
    checked_.node_types_.reserve(count);
    checked_.first_operand_.reserve(count + 1);
    checked_.operators_.reserve(count);
    checked_.step_gas_.reserve(count);
    checked_.grids_.reserve(count);
    checked_.probe_costs_.reserve(count);
}

std::string Checker::node_text(std::uint32_t node) const {
    return fmt::format("node {} ({})", node, to_string(program_.nodes[node].op));
}

Result<void> Checker::check_node(std::uint32_t node) {
    const Node& it = program_.nodes[node];
    const Operator* op = find_operator(it.op, it.version);
    if (op == nullptr) {
        return fail(
            ErrorCode::unsupported,
            "operator {} of version {} is not known",
            static_cast<unsigned>(it.op),
            it.version
        );
    }
    checked_.operators_.push_back(op);
    for (std::size_t operand = 0; operand < it.operands.size(); ++operand) {
        const ValueRef value = it.operands[operand];
        if (auto good = check_reach(value, node, checked_.loop_of_node_[node]); !good) {
            return std::unexpected(std::move(good).error().in(fmt::format("operand {}", operand)));
        }
        checked_.operand_types_.push_back(checked_.type(value));
    }
    const auto first = checked_.first_operand_.back();
    checked_.first_operand_.push_back(static_cast<std::uint32_t>(checked_.operand_types_.size()));
    const auto types = std::span<const TensorType>(checked_.operand_types_).subspan(first);
    Result<TensorType> output = op->infer(types, it.attributes);
    if (!output) {
        return std::unexpected(std::move(output).error().in("of " + types_text(types)));
    }
    checked_.node_types_.push_back(*output);
    TRY(check_bound(node));
    count_gas(node);
    return check_probe(node);
}

Result<void> Checker::check_bound(std::uint32_t node) const {
    const std::uint32_t bits = program_.nodes[node].bound_bits;
    const TensorType& type = checked_.node_types_[node];
    const bool is_good =
        is_float(type.dtype) ? bits > 0 && bits <= unbounded_bits : bits == unbounded_bits;
    if (!is_good) {
        return invalid("a bound of bits {:08x} for {}", bits, type.text());
    }
    return {};
}

Result<void> Checker::check_initials(std::uint32_t loop) {
    for (std::uint32_t carry = first_carry_[loop]; carry < first_carry_[loop + 1]; ++carry) {
        const ValueRef initial = program_.carries[carry].initial;
        const auto scope = parent(static_cast<std::int32_t>(loop));
        if (auto good = check_reach(initial, program_.loops[loop].first_node, scope); !good) {
            return std::unexpected(
                std::move(good).error().in(fmt::format("initial value of carry {}", carry))
            );
        }
        checked_.carry_types_.push_back(checked_.type(initial));
    }
    return {};
}

Result<void> Checker::check_nexts() const {
    for (std::uint32_t carry = 0; carry < program_.carries.size(); ++carry) {
        const Carry& it = program_.carries[carry];
        const auto loop = static_cast<std::int32_t>(it.loop);
        const bool is_node = it.next.kind == ValueKind::node;
        const bool is_result = it.next.kind == ValueKind::result;
        const bool is_own =
            (is_node && it.next.index < program_.nodes.size() &&
             checked_.loop_of_node_[it.next.index] == loop) ||
            (is_result && it.next.index < program_.carries.size() &&
             parent(static_cast<std::int32_t>(program_.carries[it.next.index].loop)) == loop);
        if (!is_own) {
            return invalid(
                "carry {}: its next value, {}, is neither a node of loop {} nor the result of a "
                "loop directly in it",
                carry,
                value_text(it.next),
                it.loop
            );
        }
        const TensorType& wanted = checked_.carry_types_[carry];
        const TensorType& found = checked_.type(it.next);
        if (found != wanted) {
            return invalid("carry {} is {}, its next value {}", carry, wanted.text(), found.text());
        }
    }
    return {};
}

Result<void> Checker::check_outputs() const {
    for (const Output& output : program_.outputs) {
        const ValueRef value = output.value;
        const bool is_outer =
            (value.kind == ValueKind::node && value.index < program_.nodes.size() &&
             checked_.loop_of_node_[value.index] < 0) ||
            (value.kind == ValueKind::result && value.index < program_.carries.size() &&
             parent(static_cast<std::int32_t>(program_.carries[value.index].loop)) < 0);
        if (!is_outer) {
            return invalid(
                "output '{}': {} is neither a node outside of all loops nor the result of an "
                "outermost loop",
                output.name,
                value_text(value)
            );
        }
    }
    return {};
}

/// Whether a reader just before node `position`, in the loop `scope` (-1: none), may read a value.
Result<void> Checker::check_reach(ValueRef value, std::uint32_t position, std::int32_t scope)
    const {
    const auto loop_of_carry = [&] {
        return static_cast<std::int32_t>(program_.carries[value.index].loop);
    };
    switch (value.kind) {
        case ValueKind::input:
            return value.index < program_.inputs.size() ? Result<void>() : no_such(value);
        case ValueKind::constant:
            return value.index < program_.constants.size() ? Result<void>() : no_such(value);
        case ValueKind::node:
            if (value.index >= position) {
                return out_of_reach(value, "it does not run before");
            }
            return encloses(checked_.loop_of_node_[value.index], scope)
                       ? Result<void>()
                       : out_of_reach(value, "it is in a loop that is over");
        case ValueKind::carry:
            if (value.index >= program_.carries.size()) {
                return no_such(value);
            }
            return encloses(loop_of_carry(), scope) ? Result<void>()
                                                    : out_of_reach(value, "its loop is elsewhere");
        case ValueKind::result:
            if (value.index >= program_.carries.size()) {
                return no_such(value);
            }
            if (program_.loops[program_.carries[value.index].loop].end_node > position) {
                return out_of_reach(value, "its loop is not over");
            }
            return encloses(parent(loop_of_carry()), scope)
                       ? Result<void>()
                       : out_of_reach(value, "it is in a loop that is over");
        case ValueKind::counter:
            if (value.index >= program_.loops.size()) {
                return no_such(value);
            }
            return encloses(static_cast<std::int32_t>(value.index), scope)
                       ? Result<void>()
                       : out_of_reach(value, "its loop is elsewhere");
    }
    return no_such(value);
}

}  // namespace steelyard::vm
