#include "vm/build/gradient_rules.h"

#include <numeric>

namespace steelyard::vm {

namespace {

constexpr std::size_t numbers_per_axis = 5;  // size, stride, dilation, before, after

/// The gradient before bias and activation; nothing where the activation is another than relu.
std::optional<ValueRef> before_activation(Backward& back, std::int64_t activation) {
    Ops& ops = back.ops;
    if (activation == 0) {
        return back.gradient;
    }
    if (activation != static_cast<std::int64_t>(OpCode::relu)) {
        back.refuse("its activation hides what was before it: make it a node of its own");
        return std::nullopt;
    }
    return ops.select(ops.positive(back.output), back.gradient, ops.f32(0.0F));
}

std::uint64_t product(const Dims& dims) {
    return std::accumulate(dims.begin(), dims.end(), std::uint64_t{1}, std::multiplies<>());
}

/// All axes but the last as one.
ValueRef as_matrix(Ops& ops, ValueRef x) {
    const Dims dims = ops.dims(x);
    const std::uint64_t columns = dims.back();
    const std::uint64_t rows = product({dims.begin(), dims.end() - 1});
    return ops.reshape(x, {rows, columns});
}

void gemm_backward(Backward& back) {
    Ops& ops = back.ops;
    const auto gradient = before_activation(back, back.node.attributes[0]);
    if (!gradient.has_value()) {
        return;
    }
    const ValueRef a = back.operand(0);
    const ValueRef b = back.operand(1);
    if (back.wants(0)) {
        back.give(0, ops.gemm(*gradient, ops.swap_last(b)));
    }
    if (back.wants(1)) {
        const bool shared = ops.dims(b).size() == 2;
        const ValueRef dy = shared ? as_matrix(ops, *gradient) : *gradient;
        const ValueRef x = shared ? as_matrix(ops, a) : a;
        back.give(1, ops.gemm(ops.swap_last(dy), ops.swap_last(x)));
    }
    if (back.wants(2)) {
        back.give(2, *gradient);
    }
}

/// A convolution's geometry, from its node and the shapes around it.
struct Geometry {
    std::size_t axes = 0;
    Dims input{};
    Dims weight{};
    Dims output{};
    Integers numbers{};

    std::int64_t stride(std::size_t axis) const { return numbers[axis * numbers_per_axis + 1]; }
    std::int64_t dilation(std::size_t axis) const { return numbers[axis * numbers_per_axis + 2]; }
    std::int64_t before(std::size_t axis) const { return numbers[axis * numbers_per_axis + 3]; }
};

Geometry geometry_of(Backward& back) {
    Ops& ops = back.ops;
    Geometry g;
    g.input = ops.dims(back.operand(0));
    g.axes = g.input.size() - 2;
    g.weight = ops.dims(back.operand(1));
    g.output = ops.dims(back.output);
    const auto end = static_cast<std::ptrdiff_t>(g.axes * numbers_per_axis);
    g.numbers.assign(back.node.attributes.begin(), back.node.attributes.begin() + end);
    return g;
}

/// The kernel turned round, outputs and channels changing places.
ValueRef turned_weight(Ops& ops, ValueRef weight, const Geometry& g) {
    Integers turn = {0, 1, static_cast<std::int64_t>(g.weight.front())};
    Integers permutation = {static_cast<std::int64_t>(g.axes + 1)};
    for (std::size_t axis = 0; axis < g.axes; ++axis) {
        const auto size = static_cast<std::int64_t>(g.weight[axis + 1]);
        turn.insert(turn.end(), {size - 1, -1, size});
        permutation.push_back(static_cast<std::int64_t>(axis + 1));
    }
    turn.insert(turn.end(), {0, 1, static_cast<std::int64_t>(g.weight.back())});
    permutation.push_back(0);
    return ops.transpose(ops.node(OpCode::slice, {weight}, turn), permutation);
}

/// The gradient of the input: the output's, spread by the stride, under the turned kernel.
ValueRef conv_input_gradient(Backward& back, const Geometry& g, ValueRef dy) {
    Ops& ops = back.ops;
    Integers pads = {0, 0, 0, 0};
    Window window;
    for (std::size_t axis = 0; axis < g.axes; ++axis) {
        const auto size = static_cast<std::int64_t>(g.weight[axis + 1]);
        const std::int64_t reach = g.dilation(axis) * (size - 1);
        const auto in = static_cast<std::int64_t>(g.input[axis + 1]);
        const auto out = static_cast<std::int64_t>(g.output[axis + 1]);
        const std::int64_t spread = out == 0 ? 0 : (out - 1) * g.stride(axis) + 1;
        const std::int64_t before = reach - g.before(axis);
        pads.insert(pads.end(), {before, in + reach - before - spread, g.stride(axis) - 1});
        window.push_back({.size = size, .stride = 1, .dilation = g.dilation(axis)});
    }
    pads.insert(pads.end(), {0, 0, 0});
    const ValueRef spread = ops.node(OpCode::pad, {dy, ops.f32(0.0F)}, pads);
    return ops.conv(spread, turned_weight(ops, back.operand(1), g), std::nullopt, window);
}

/// The gradient of the weights: per image the product of patches and output gradients, then summed.
ValueRef conv_weight_gradient(Backward& back, const Geometry& g, ValueRef dy) {
    Ops& ops = back.ops;
    const std::uint64_t images = g.input.front();
    const std::uint64_t places = product({g.output.begin() + 1, g.output.end() - 1});
    const std::uint64_t taps = product({g.weight.begin() + 1, g.weight.end()});
    const ValueRef patches = ops.node(OpCode::im2col, {back.operand(0)}, g.numbers);
    const ValueRef columns = ops.swap_last(ops.reshape(patches, {images, places, taps}));
    const ValueRef outputs = ops.swap_last(ops.reshape(dy, {images, places, g.output.back()}));
    const ValueRef of_images = ops.gemm(outputs, columns);  // [images, O, taps]
    return ops.reshape(ops.sum_to(of_images, {g.weight.front(), taps}), g.weight);
}

void conv_backward(Backward& back) {
    const Geometry g = geometry_of(back);
    const std::size_t groups_at = g.axes * numbers_per_axis;
    if (back.node.attributes[groups_at] != 1) {
        back.refuse("a convolution in groups");
        return;
    }
    const auto gradient = before_activation(back, back.node.attributes[groups_at + 1]);
    if (!gradient.has_value()) {
        return;
    }
    if (back.wants(0)) {
        back.give(0, conv_input_gradient(back, g, *gradient));
    }
    if (back.wants(1)) {
        back.give(1, conv_weight_gradient(back, g, *gradient));
    }
    if (back.wants(2)) {
        back.give(2, *gradient);
    }
}

/// Window numbers, then the input's spatial sizes: what the gradients of pooling take.
Integers pool_numbers(Backward& back) {
    const Dims input = back.ops.dims(back.operand(0));
    Integers numbers = back.node.attributes;
    numbers.insert(numbers.end(), input.begin() + 1, input.end() - 1);
    return numbers;
}

void pool_backward(Backward& back) {
    Ops& ops = back.ops;
    if (back.node.op == OpCode::avg_pool) {
        back.give(0, ops.node(OpCode::avg_pool_grad, {back.gradient}, pool_numbers(back)));
        return;
    }
    const ValueRef index =
        ops.node(OpCode::max_pool_index, {back.operand(0)}, back.node.attributes);
    back.give(0, ops.node(OpCode::max_pool_grad, {back.gradient, index}, pool_numbers(back)));
}

}  // namespace

bool contraction_backward(Backward& back) {
    if (back.ops.failed()) {
        return true;
    }
    switch (back.node.op) {
        case OpCode::gemm_f32:
            gemm_backward(back);
            return true;
        case OpCode::conv_f32:
            conv_backward(back);
            return true;
        case OpCode::max_pool:
        case OpCode::avg_pool:
            pool_backward(back);
            return true;
        default:
            return false;
    }
}

}  // namespace steelyard::vm
