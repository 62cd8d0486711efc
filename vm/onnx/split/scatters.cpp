// Scatters of many updates: some of them after the others, in their order.
#include "vm/onnx/split.h"

#include <algorithm>

namespace steelyard::vm::onnx {

namespace {

TensorType with_size(const TensorType& type, std::size_t axis, std::int64_t size) {
    std::vector<std::uint64_t> dimensions(
        type.shape.dimensions().begin(), type.shape.dimensions().end()
    );
    dimensions[axis] = static_cast<std::uint64_t>(size);
    const Result<TensorType> out = make_tensor_type(type.dtype, dimensions);
    return out ? *out : type;
}

/// In blocks of indices and updates along `axis`.
std::optional<Value> in_turns(
    Ops& ops, const PlannedNode& node, const Value& indices, const Value& updates, std::size_t axis
) {
    const TensorType x = node.operands[0].type;
    const std::int64_t count = Ops::dimension(indices, axis);
    const auto block = largest_block(count, [&](std::int64_t size) {
        return is_probeable(
            node.code,
            {x, with_size(indices.type, axis, size), with_size(updates.type, axis, size)},
            node.attributes
        );
    });
    if (!block || count / *block > part_count_max) {
        return std::nullopt;
    }
    const Integers attributes(node.attributes.begin(), node.attributes.end());
    Value out = node.operands[0];
    for (std::int64_t start = 0; start < count; start += *block) {
        const std::int64_t size = std::min(*block, count - start);
        out = ops.op(
            node.code,
            {out, ops.slice(indices, axis, start, size), ops.slice(updates, axis, start, size)},
            attributes
        );
    }
    return out;
}

/// The tuples of indices as rows, one update for each.
std::optional<Value> split_tuples(Ops& ops, const PlannedNode& node) {
    const Value& indices = node.operands[1];
    const std::int64_t length = Ops::dimension(indices, indices.rank() - 1);
    const auto count = static_cast<std::int64_t>(indices.shape().rows());
    Integers of_updates = {count};
    const Integers whole = Ops::dimensions(node.operands[0]);
    of_updates.insert(of_updates.end(), whole.begin() + length, whole.end());
    const Value updates = ops.reshape(node.operands[2], of_updates);
    return in_turns(ops, node, ops.reshape(indices, {count, length}), updates, 0);
}

}  // namespace

std::optional<Value> split_scatter(Ops& ops, const PlannedNode& node) {
    if (node.code == OpCode::scatter_nd) {
        return split_tuples(ops, node);
    }
    const Value& x = node.operands[0];
    const auto axis = static_cast<std::size_t>(node.attributes[0]);
    if (axis + 1 == x.rank()) {
        return in_turns(ops, node, node.operands[1], node.operands[2], axis);
    }
    // Lines along the last axis lie together: a probe opens less of them.
    const Value out = ops.op(
        node.code,
        {ops.to_end(x, {axis}),
         ops.to_end(node.operands[1], {axis}),
         ops.to_end(node.operands[2], {axis})},
        {static_cast<std::int64_t>(x.rank()) - 1, node.attributes[1]}
    );
    return ops.from_end(out, {axis});
}

}  // namespace steelyard::vm::onnx
