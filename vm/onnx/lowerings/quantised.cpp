// Quantised tensors: into bytes, out of them, and products of them.
#include "vm/onnx/lowerings/windows.h"

#include <algorithm>
#include <array>

namespace steelyard::vm::onnx {

namespace {

/// A scalar, or a vector along an axis of rank `rank`, in a shape that broadcasts.
Value along(Call& c, const Value& x, std::size_t rank, std::size_t axis) {
    return x.type.elements() == 1 ? c.reshape(x, {}) : c.per_channel(x, rank, axis);
}

Values quantise(Call& c) {
    const Value x = c.in(0);
    const bool is_scalar = c.in(1).type.elements() == 1;
    const std::size_t axis = is_scalar ? 0 : c.axis_attribute("axis", 1, x.rank());
    const Value zero = c.in_or(2, c.scalar(DType::u8, 0));
    return {c.op(
        OpCode::quantise,
        {c.cast(x, DType::f32),
         along(c, c.cast(c.in(1), DType::f32), x.rank(), axis),
         along(c, zero, x.rank(), axis)}
    )};
}

Values dequantise(Call& c) {
    const Value x = c.in(0);
    const bool is_scalar = c.in(1).type.elements() == 1;
    const std::size_t axis = is_scalar ? 0 : c.axis_attribute("axis", 1, x.rank());
    const Value zero = c.in_or(2, c.scalar(x.dtype(), 0));
    return {c.op(
        OpCode::dequantise,
        {x, along(c, c.cast(c.in(1), DType::f32), x.rank(), axis), along(c, zero, x.rank(), axis)}
    )};
}

Values dynamic_quantise(Call& c) {
    const Value x = c.in(0);
    std::vector<std::size_t> axes;
    for (std::size_t axis = 0; axis < x.rank(); ++axis) {
        axes.push_back(axis);
    }
    const Value most = c.max(c.reshape(c.reduce(OpCode::reduce_max, x, axes), {}), 0);
    const Value least = c.min(c.reshape(c.reduce(OpCode::reduce_min, x, axes), {}), 0);
    const Value scale = c.div(c.sub(most, least), 255);
    const Value place = c.max(c.min(c.div(c.op(OpCode::neg, {least}), scale), 255), 0);
    const Value zero = c.cast(c.op(OpCode::round, {place}), DType::u8);
    return {c.op(OpCode::quantise, {x, scale, zero}), scale, zero};
}

/// The one zero point of an operand: products of the VM have it as an attribute.
std::int64_t zero_point(Call& c, std::size_t operand) {
    if (!c.has(operand)) {
        return 0;
    }
    const Integers zeros = c.known_integers(operand);
    const bool are_same = std::ranges::adjacent_find(zeros, std::not_equal_to<>()) == zeros.end();
    if (zeros.empty() || !are_same) {
        c.fail("zero points that differ along an axis");
        return 0;
    }
    return zeros[0];
}

/// Batches of [M, K] times [K, N], of bytes: i32.
Value byte_product(
    Call& c, const Value& a, const Value& b, std::int64_t a_zero, std::int64_t b_zero
) {
    if (a.rank() < 2 || b.rank() < 2 || (b.rank() > 2 && b.rank() != a.rank())) {
        return c.fail("a product of {} and {}", a.type.text(), b.type.text());
    }
    const Value turned = c.to_end(b, {b.rank() - 2});
    return c.op(OpCode::gemm_i8, {a, turned}, {a_zero, b_zero});
}

/// [N, C, spatial...] with [O, C / groups, window...], of bytes: i32 [N, O, spatial...].
Value byte_convolution(
    Call& c,
    const Value& x,
    const Value& w,
    const std::optional<Value>& bias,
    const std::array<std::int64_t, 2>& zeros
) {
    Integers kernel = Ops::dimensions(w);
    kernel.erase(kernel.begin(), kernel.begin() + std::min<std::ptrdiff_t>(2, std::ssize(kernel)));
    const auto windows = read_windows(c, x, kernel);
    if (!windows) {
        return {};
    }
    Integers attributes = geometry(*windows);
    attributes.insert(attributes.end(), {c.integer("group", 1), zeros[0], zeros[1]});
    const Value last = c.channels_last(x);
    const Value filters = c.channels_last(w);
    const Value out = bias ? c.op(OpCode::conv_i8, {last, filters, *bias}, attributes)
                           : c.op(OpCode::conv_i8, {last, filters}, attributes);
    return c.channels_first(out);
}

Values product_of_bytes(Call& c) {
    const std::int64_t a_zero = zero_point(c, 2);
    return {byte_product(c, c.in(0), c.in(1), a_zero, zero_point(c, 3))};
}

Values convolution_of_bytes(Call& c) {
    const std::int64_t x_zero = zero_point(c, 2);
    return {byte_convolution(c, c.in(0), c.in(1), std::nullopt, {x_zero, zero_point(c, 3)})};
}

/// Sums of products, scaled and brought back to bytes.
Value rescaled(Call& c, const Value& sums, const Value& scale, std::size_t out_operand) {
    const Value real = c.mul(c.cast(sums, DType::f32), scale);
    const Value out_scale = c.reshape(c.in(out_operand), {});
    const Value zero = c.reshape(c.in(out_operand + 1), {});
    return c.op(OpCode::quantise, {real, out_scale, zero});
}

Values quantised_product(Call& c) {
    const std::int64_t a_zero = zero_point(c, 2);
    const Value sums = byte_product(c, c.in(0), c.in(3), a_zero, zero_point(c, 5));
    const Value scale = c.mul(c.reshape(c.in(1), {}), c.reshape(c.in(4), {}));
    return {rescaled(c, sums, scale, 6)};
}

Values quantised_convolution(Call& c) {
    const Value x = c.in(0);
    const std::int64_t x_zero = zero_point(c, 2);
    const std::optional<Value> bias = c.has(8) ? std::optional(c.in(8)) : std::nullopt;
    const Value sums = byte_convolution(c, x, c.in(3), bias, {x_zero, zero_point(c, 5)});
    const Value scale = c.mul(c.reshape(c.in(1), {}), along(c, c.in(4), x.rank(), 1));
    return {rescaled(c, sums, scale, 6)};
}

constexpr std::array rows = {
    LoweringRow{.op = "QuantizeLinear", .since = 10, .lower = quantise},
    LoweringRow{.op = "DequantizeLinear", .since = 10, .lower = dequantise},
    LoweringRow{.op = "DynamicQuantizeLinear", .since = 11, .lower = dynamic_quantise},
    LoweringRow{.op = "MatMulInteger", .since = 10, .lower = product_of_bytes},
    LoweringRow{.op = "ConvInteger", .since = 10, .lower = convolution_of_bytes},
    LoweringRow{.op = "QLinearMatMul", .since = 10, .lower = quantised_product},
    LoweringRow{.op = "QLinearConv", .since = 10, .lower = quantised_convolution},
};

}  // namespace

std::span<const LoweringRow> quantised_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
