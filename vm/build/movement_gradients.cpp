#include "vm/build/gradient_rules.h"

#include <algorithm>

namespace steelyard::vm {

namespace {

Integers inverse(const Integers& permutation) {
    Integers out(permutation.size());
    for (std::size_t axis = 0; axis < permutation.size(); ++axis) {
        out[static_cast<std::size_t>(permutation[axis])] = static_cast<std::int64_t>(axis);
    }
    return out;
}

/// Puts the gradient where the slice came from, zeros elsewhere.
void slice_backward(Backward& back) {
    Ops& ops = back.ops;
    const Dims dims = ops.dims(back.operand(0));
    Integers pads(1, 0);
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
        const std::int64_t start = back.node.attributes[3 * axis];
        const std::int64_t step = back.node.attributes[3 * axis + 1];
        const std::int64_t size = back.node.attributes[3 * axis + 2];
        if (step < 0) {
            back.refuse("a slice that runs backwards");
            return;
        }
        const std::int64_t spread = size == 0 ? 0 : (size - 1) * step + 1;
        const std::int64_t before = size == 0 ? 0 : start;
        const std::int64_t after = static_cast<std::int64_t>(dims[axis]) - before - spread;
        pads.insert(pads.end(), {before, after, step - 1});
    }
    back.give(0, ops.node(OpCode::pad, {back.gradient, ops.f32(0.0F)}, pads));
}

/// Constant padding alone: cuts it off again.
void pad_backward(Backward& back) {
    Ops& ops = back.ops;
    if (back.node.attributes[0] != 0) {
        back.refuse("padding that repeats elements");
        return;
    }
    const Dims dims = ops.dims(back.operand(0));
    Integers numbers;
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
        const std::int64_t before = back.node.attributes[1 + 3 * axis];
        const std::int64_t after = back.node.attributes[2 + 3 * axis];
        if (before < 0 || after < 0) {
            back.refuse("padding that cuts off");
            return;
        }
        const std::int64_t interior = back.node.attributes[3 + 3 * axis];
        numbers.insert(
            numbers.end(), {before, interior + 1, static_cast<std::int64_t>(dims[axis])}
        );
    }
    back.give(0, ops.node(OpCode::slice, {back.gradient}, numbers));
}

void concat_backward(Backward& back) {
    Ops& ops = back.ops;
    const auto axis = static_cast<std::size_t>(back.node.attributes[0]);
    std::uint64_t begin = 0;
    for (std::size_t index = 0; index < back.node.operands.size(); ++index) {
        const std::uint64_t size = ops.dims(back.operand(index))[axis];
        if (back.wants(index)) {
            back.give(index, ops.slice(back.gradient, axis, begin, size));
        }
        begin += size;
    }
}

/// Rows of a table: each adds its gradient to its row, in fixed point so that the order is none.
void gather_backward(Backward& back) {
    constexpr std::int64_t fraction_bits = 40;
    Ops& ops = back.ops;
    const Dims table = ops.dims(back.operand(0));
    const ValueRef indices = back.operand(1);
    if (back.node.attributes[0] != 0 || table.size() != 2) {
        back.refuse("gather from something else than the rows of a matrix");
        return;
    }
    const std::uint64_t count = ops.type(indices).elements();
    back.give(
        0,
        ops.node(
            OpCode::scatter_add,
            {ops.zeros(ops.type(back.operand(0))),
             ops.reshape(indices, {count}),
             ops.reshape(back.gradient, {count, table[1]})},
            {fraction_bits}
        )
    );
}

/// One element of each row (the likelihood of a class): back to its place, zeros elsewhere.
void gather_elements_backward(Backward& back) {
    Ops& ops = back.ops;
    const Dims dims = ops.dims(back.operand(0));
    const bool of_rows = back.node.attributes[0] == static_cast<std::int64_t>(dims.size()) - 1 &&
                         ops.dims(back.operand(1)).back() == 1;
    if (!of_rows) {
        back.refuse("gather_elements of more than one element of each row");
        return;
    }
    const DType index_type = ops.type(back.operand(1)).dtype;
    Integers numbers = {static_cast<std::int64_t>(index_type), 0};
    numbers.push_back(static_cast<std::int64_t>(dims.back()));
    const ValueRef here =
        ops.node(OpCode::equal, {ops.node(OpCode::iota, {}, numbers), back.operand(1)});
    back.give(0, ops.select(here, back.gradient, ops.f32(0.0F)));
}

}  // namespace

bool movement_backward(Backward& back) {
    Ops& ops = back.ops;
    switch (back.node.op) {
        case OpCode::reshape:
            back.give(0, ops.reshape(back.gradient, ops.dims(back.operand(0))));
            return true;
        case OpCode::transpose:
            back.give(0, ops.transpose(back.gradient, inverse(back.node.attributes)));
            return true;
        case OpCode::broadcast:
            back.give(0, back.gradient);
            return true;
        case OpCode::slice:
            slice_backward(back);
            return true;
        case OpCode::pad:
            pad_backward(back);
            return true;
        case OpCode::concat:
            concat_backward(back);
            return true;
        case OpCode::gather:
            gather_backward(back);
            return true;
        case OpCode::gather_elements:
            gather_elements_backward(back);
            return true;
        default:
            return false;
    }
}

}  // namespace steelyard::vm
