#include "vm/onnx/emitter.h"

#include <algorithm>

namespace steelyard::vm::onnx {

namespace {

constexpr auto first_that_moves = static_cast<std::uint16_t>(OpCode::reshape);

bool is_elementwise(OpCode code) {
    return static_cast<std::uint16_t>(code) < first_that_moves && code != OpCode::adam_update;
}

Integers dimensions_of(const Shape& shape) {
    return {shape.dimensions().begin(), shape.dimensions().end()};
}

Integers composed(std::span<const std::int64_t> inner, std::span<const std::int64_t> outer) {
    Integers out;
    for (const std::int64_t axis : outer) {
        out.push_back(inner[static_cast<std::size_t>(axis)]);
    }
    return out;
}

Integers inverted(const Integers& permutation) {
    Integers out(permutation.size());
    for (std::size_t axis = 0; axis < permutation.size(); ++axis) {
        out[static_cast<std::size_t>(permutation[axis])] = static_cast<std::int64_t>(axis);
    }
    return out;
}

/// Whether axes of more than one element keep their order: then nothing moves in memory.
bool moves_nothing(const Shape& from, std::span<const std::int64_t> permutation) {
    std::int64_t last = -1;
    for (const std::int64_t axis : permutation) {
        if (from[static_cast<std::size_t>(axis)] == 1) {
            continue;
        }
        if (axis < last) {
            return false;
        }
        last = axis;
    }
    return true;
}

/// Nodes that give their first operand as it is, though its type rule let them pass.
bool changes_nothing(
    OpCode code,
    std::span<const Value> operands,
    std::span<const std::int64_t> attributes,
    const TensorType& type
) {
    if (operands.empty() || operands[0].type != type) {
        return false;
    }
    switch (code) {
        case OpCode::reshape:
        case OpCode::broadcast:
        case OpCode::cast:
        case OpCode::bitcast:
            return true;
        case OpCode::concat:
            return operands.size() == 1;
        case OpCode::transpose:
            return std::ranges::is_sorted(attributes);
        case OpCode::slice:
            for (std::size_t at = 0; at + 1 < attributes.size(); at += 3) {
                if (attributes[at] != 0 || attributes[at + 1] != 1) {
                    return false;
                }
            }
            return true;
        case OpCode::pad:
            return std::ranges::all_of(attributes.subspan(1), [](std::int64_t n) {
                return n == 0;
            });
        default:
            return false;
    }
}

}  // namespace

const vm::Node* Emitter::node_of(const Value& value, OpCode code) const {
    if (!value.ref.has_value() || value.ref->kind != ValueKind::node) {
        return nullptr;
    }
    const vm::Node& node = program().nodes[value.ref->index];
    return node.op == code ? &node : nullptr;
}

std::optional<Value> Emitter::simplified(
    OpCode code,
    std::span<const Value> operands,
    std::span<const std::int64_t> attributes,
    const TensorType& type
) {
    if (changes_nothing(code, operands, attributes, type)) {
        return operands[0];
    }
    if (code == OpCode::reshape) {
        if (const vm::Node* inner = node_of(operands[0], OpCode::reshape)) {
            return op(code, {value_of(inner->operands[0])}, dimensions_of(type.shape));
        }
    }
    if (code == OpCode::transpose) {
        if (const vm::Node* inner = node_of(operands[0], OpCode::transpose)) {
            const Integers both = composed(inner->attributes, attributes);
            return op(code, {value_of(inner->operands[0])}, both);
        }
        if (moves_nothing(operands[0].shape(), attributes)) {
            return op(OpCode::reshape, {operands[0]}, dimensions_of(type.shape));
        }
    }
    return std::nullopt;
}

/// An elementwise node, or a concatenation, of transposed tensors becomes the transpose of one of
/// the tensors themselves: then it meets the next transpose, and both go.
std::optional<Value> Emitter::sunk(
    OpCode code,
    std::span<const Value> operands,
    std::span<const std::int64_t> attributes,
    const TensorType& type
) {
    const bool is_concat = code == OpCode::concat;
    if (!is_elementwise(code) && !is_concat) {
        return std::nullopt;
    }
    const auto transposed = std::ranges::find_if(operands, [&](const Value& operand) {
        return operand.rank() == type.shape.rank() &&
               node_of(operand, OpCode::transpose) != nullptr;
    });
    if (transposed == operands.end()) {
        return std::nullopt;
    }
    const Integers permutation = node_of(*transposed, OpCode::transpose)->attributes;
    Values inner;
    for (const Value& operand : operands) {
        const std::optional<Value> moved = permuted_operand(operand, permutation);
        if (!moved) {
            return std::nullopt;
        }
        inner.push_back(*moved);
    }
    Integers inner_attributes(attributes.begin(), attributes.end());
    if (is_concat) {
        inner_attributes[0] = permutation[static_cast<std::size_t>(attributes[0])];
    }
    const Value result = op(code, inner, inner_attributes);
    return op(OpCode::transpose, {result}, permutation);
}

/// The tensor whose transpose by `permutation`, or broadcast of it, the operand is.
std::optional<Value> Emitter::permuted_operand(const Value& operand, const Integers& permutation) {
    if (const vm::Node* node = node_of(operand, OpCode::transpose)) {
        if (node->attributes == permutation) {
            return value_of(node->operands[0]);
        }
        return std::nullopt;
    }
    const std::size_t rank = permutation.size();
    if (operand.type.elements() == 1 && operand.rank() <= rank) {
        return op(OpCode::reshape, {operand}, Integers(operand.rank(), 1));
    }
    if (operand.known == nullptr) {
        return std::nullopt;
    }
    Integers dimensions(rank - operand.rank(), 1);
    for (const std::uint64_t size : operand.shape().dimensions()) {
        dimensions.push_back(static_cast<std::int64_t>(size));
    }
    const Value whole = op(OpCode::reshape, {operand}, dimensions);
    return op(OpCode::transpose, {whole}, inverted(permutation));
}

std::optional<Value> Emitter::scaled_convolution(
    const Value& x, const Value& scale, const Value& shift
) {
    const vm::Node* moved = node_of(x, OpCode::transpose);
    const Value inner = moved == nullptr ? x : value_of(moved->operands[0]);
    const vm::Node* found = node_of(inner, OpCode::conv_f32);
    if (!ok() || found == nullptr || scale.known == nullptr || shift.known == nullptr) {
        return std::nullopt;
    }
    // Copies: nodes move when another is added.
    const vm::Node node = *found;
    const Integers permutation = moved == nullptr ? Integers{} : moved->attributes;
    Values known;
    for (std::size_t at = 1; at < node.operands.size(); ++at) {
        const auto one = known_refs_.find(node.operands[at]);
        if (one == known_refs_.end()) {
            return std::nullopt;
        }
        known.push_back({.type = one->second->tensor.type, .known = one->second});
    }
    Integers column(known[0].rank(), 1);
    column[0] = static_cast<std::int64_t>(scale.type.elements());
    const Value weights = op(OpCode::mul, {known[0], op(OpCode::reshape, {scale}, column)});
    const Value bias = known.size() > 1 ? op(OpCode::fma, {known[1], scale, shift}) : shift;
    const Value out =
        op(OpCode::conv_f32, {value_of(node.operands[0]), weights, bias}, node.attributes);
    return moved == nullptr ? out : op(OpCode::transpose, {out}, permutation);
}

}  // namespace steelyard::vm::onnx
