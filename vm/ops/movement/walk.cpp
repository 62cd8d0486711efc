#include "vm/ops/movement/walk.h"

#include "base/check.h"
#include "vm/ops/indexing.h"

namespace steelyard::vm {

namespace {

std::int64_t as_signed(std::uint64_t number) {
    return static_cast<std::int64_t>(number);  // of elements: far below 2^63
}

}  // namespace

Walk walk_of_reshape(const NodeCall& call) {
    Walk walk;
    const auto strides = strides_of(call.output.shape);
    for (std::size_t axis = 0; axis < call.output.shape.rank(); ++axis) {
        walk.steps[axis] = as_signed(strides[axis]);
    }
    return walk;
}

Walk walk_of_transpose(const NodeCall& call) {
    Walk walk;
    const auto strides = strides_of(call.operands[0].shape);
    for (std::size_t axis = 0; axis < call.output.shape.rank(); ++axis) {
        walk.steps[axis] = as_signed(strides[static_cast<std::size_t>(call.attributes[axis])]);
    }
    return walk;
}

Walk walk_of_slice(const NodeCall& call) {
    Walk walk;
    const auto strides = strides_of(call.operands[0].shape);
    for (std::size_t axis = 0; axis < call.output.shape.rank(); ++axis) {
        const std::int64_t stride = as_signed(strides[axis]);
        walk.first += call.attributes[3 * axis] * stride;
        // The step over a single element is never taken, and may be anything.
        walk.steps[axis] = call.output.shape[axis] > 1 ? call.attributes[3 * axis + 1] * stride : 0;
    }
    return walk;
}

Walk walk_of_broadcast(const NodeCall& call) {
    Walk walk;
    const Shape& from = call.operands[0].shape;
    const auto strides = strides_of(from);
    const std::size_t missing = call.output.shape.rank() - from.rank();
    for (std::size_t axis = 0; axis < from.rank(); ++axis) {
        walk.steps[missing + axis] = from[axis] == 1 ? 0 : as_signed(strides[axis]);
    }
    return walk;
}

Walk walk_of(const NodeCall& call) {
    switch (call.op) {
        case OpCode::reshape:
            return walk_of_reshape(call);
        case OpCode::transpose:
            return walk_of_transpose(call);
        case OpCode::slice:
            return walk_of_slice(call);
        default:
            CHECK(call.op == OpCode::broadcast);
            return walk_of_broadcast(call);
    }
}

}  // namespace steelyard::vm
