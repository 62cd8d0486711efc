// Arithmetic, comparisons, casts: one node of the VM for nearly each.
#include "vm/onnx/lowering.h"

#include <algorithm>
#include <array>

namespace steelyard::vm::onnx {

namespace {

template <OpCode code>
Values unary(Call& c) {
    return {c.op(code, {c.in(0)})};
}

template <OpCode code>
Values narrow_unary(Call& c) {
    return {c.narrow(code, c.in(0))};
}

/// Before opset 7 the second operand is aligned at `axis`, and only if `broadcast` is set.
Value aligned(Call& c, const Value& a, const Value& b) {
    if (c.opset() >= 7 || !c.has_attribute("axis") || b.rank() == 0 || b.rank() > a.rank()) {
        return b;
    }
    const std::size_t first = c.axis_attribute("axis", 0, a.rank());
    Integers shape = Ops::dimensions(b);
    if (first + shape.size() > a.rank()) {
        return c.fail("axis {} for {} and {}", first, a.type.text(), b.type.text());
    }
    shape.resize(a.rank() - first, 1);
    return c.reshape(b, shape);
}

template <OpCode code>
Values binary(Call& c) {
    const Value a = c.in(0);
    return {c.op(code, {a, aligned(c, a, c.in(1))})};
}

template <OpCode code>
Values swapped(Call& c) {
    const Value a = c.in(0);
    return {c.op(code, {aligned(c, a, c.in(1)), a})};
}

template <OpCode code>
Values variadic(Call& c) {
    Value out = c.in(0);
    for (std::size_t index = 1; index < c.operands.size(); ++index) {
        out = c.op(code, {out, c.in(index)});
    }
    return {out};
}

Values mean(Call& c) {
    const Value sum = variadic<OpCode::add>(c)[0];
    return {c.div(sum, static_cast<double>(std::max<std::size_t>(c.operands.size(), 1)))};
}

Values modulo(Call& c) {
    const bool is_c = c.integer("fmod", 0) != 0;
    return {c.op(is_c ? OpCode::fmod : OpCode::mod, {c.in(0), c.in(1)})};
}

Values bit_shift(Call& c) {
    const bool is_left = c.text("direction", "") == "LEFT";
    return {c.op(is_left ? OpCode::shift_left : OpCode::shift_right, {c.in(0), c.in(1)})};
}

Values is_infinite(Call& c) {
    const std::int64_t signs = (c.integer("detect_positive", 1) != 0 ? 1 : 0) +
                               (c.integer("detect_negative", 1) != 0 ? 2 : 0);
    const Value x = c.in(0);
    if (signs == 0) {
        return {c.zeros({.dtype = DType::boolean, .shape = x.shape()})};
    }
    return {c.op(OpCode::is_infinite, {x}, {signs})};
}

bool is_f32_like(DType dtype) {
    return is_float(dtype) && dtype != DType::f64;
}

Values pow(Call& c) {
    const Value base = c.in(0);
    const Value exponent = aligned(c, base, c.in(1));
    const auto known = Call::numbers_if_known(exponent);
    if (known && known->size() == 1 && (*known)[0] == 2 && is_float(base.dtype()) &&
        exponent.rank() <= base.rank()) {
        return {c.mul(base, base)};
    }
    if (is_f32_like(base.dtype())) {
        return {c.op(OpCode::pow, {base, c.cast(exponent, base.dtype())})};
    }
    if (is_float(base.dtype()) || is_float(exponent.dtype())) {
        const Value out =
            c.op(OpCode::pow, {c.cast(base, DType::f32), c.cast(exponent, DType::f32)});
        return {c.cast(out, base.dtype())};
    }
    return {c.op(OpCode::pow, {base, c.cast(exponent, base.dtype())})};
}

Values where(Call& c) {
    return {c.select(c.in(0), c.in(1), c.in(2))};
}

Values clip_by_attributes(Call& c) {
    Value x = c.in(0);
    x = c.has_attribute("min") ? c.max(x, c.real("min", 0)) : x;
    return {c.has_attribute("max") ? c.min(x, c.real("max", 0)) : x};
}

Values clip(Call& c) {
    Value x = c.in(0);
    x = c.has(1) ? c.max(x, c.in(1)) : x;
    return {c.has(2) ? c.min(x, c.in(2)) : x};
}

Values cast(Call& c) {
    return {c.cast(c.in(0), c.dtype_attribute("to", DType::f32))};
}

/// Opset 1 names the type.
Values cast_by_name(Call& c) {
    static constexpr std::array<std::pair<std::string_view, DType>, 12> names = {{
        {"FLOAT", DType::f32},
        {"DOUBLE", DType::f64},
        {"FLOAT16", DType::f16},
        {"INT8", DType::i8},
        {"UINT8", DType::u8},
        {"INT16", DType::i16},
        {"UINT16", DType::u16},
        {"INT32", DType::i32},
        {"UINT32", DType::u32},
        {"INT64", DType::i64},
        {"UINT64", DType::u64},
        {"BOOL", DType::boolean},
    }};
    const std::string_view name = c.text("to", "");
    const auto* row = std::ranges::find(names, name, &std::pair<std::string_view, DType>::first);
    if (row == names.end()) {
        return {c.fail("a cast to {}", name)};
    }
    return {c.cast(c.in(0), row->second)};
}

Values cast_like(Call& c) {
    return {c.cast(c.in(0), c.in(1).dtype())};
}

constexpr std::array rows = {
    LoweringRow{.op = "Abs", .lower = unary<OpCode::abs>},
    LoweringRow{.op = "Neg", .lower = unary<OpCode::neg>},
    LoweringRow{.op = "Sign", .lower = unary<OpCode::sign>},
    LoweringRow{.op = "Floor", .lower = unary<OpCode::floor>},
    LoweringRow{.op = "Ceil", .lower = unary<OpCode::ceil>},
    LoweringRow{.op = "Round", .lower = unary<OpCode::round>},
    LoweringRow{.op = "Sqrt", .lower = unary<OpCode::sqrt>},
    LoweringRow{.op = "Reciprocal", .lower = unary<OpCode::reciprocal>},
    LoweringRow{.op = "Exp", .lower = narrow_unary<OpCode::exp>},
    LoweringRow{.op = "Log", .lower = narrow_unary<OpCode::log>},
    LoweringRow{.op = "Sin", .lower = narrow_unary<OpCode::sin>},
    LoweringRow{.op = "Cos", .lower = narrow_unary<OpCode::cos>},
    LoweringRow{.op = "Tan", .lower = narrow_unary<OpCode::tan>},
    LoweringRow{.op = "Asin", .lower = narrow_unary<OpCode::asin>},
    LoweringRow{.op = "Acos", .lower = narrow_unary<OpCode::acos>},
    LoweringRow{.op = "Atan", .lower = narrow_unary<OpCode::atan>},
    LoweringRow{.op = "Sinh", .lower = narrow_unary<OpCode::sinh>},
    LoweringRow{.op = "Cosh", .lower = narrow_unary<OpCode::cosh>},
    LoweringRow{.op = "Asinh", .lower = narrow_unary<OpCode::asinh>},
    LoweringRow{.op = "Acosh", .lower = narrow_unary<OpCode::acosh>},
    LoweringRow{.op = "Atanh", .lower = narrow_unary<OpCode::atanh>},
    LoweringRow{.op = "Tanh", .lower = narrow_unary<OpCode::tanh>},
    LoweringRow{.op = "Sigmoid", .lower = narrow_unary<OpCode::sigmoid>},
    LoweringRow{.op = "Erf", .lower = narrow_unary<OpCode::erf>},
    LoweringRow{.op = "Softplus", .lower = narrow_unary<OpCode::softplus>},
    LoweringRow{.op = "Relu", .lower = unary<OpCode::relu>},
    LoweringRow{.op = "Not", .lower = unary<OpCode::logical_not>},
    LoweringRow{.op = "IsNaN", .since = 9, .lower = unary<OpCode::is_nan>},
    LoweringRow{.op = "IsInf", .since = 10, .lower = is_infinite},
    LoweringRow{.op = "Add", .lower = binary<OpCode::add>},
    LoweringRow{.op = "Sub", .lower = binary<OpCode::sub>},
    LoweringRow{.op = "Mul", .lower = binary<OpCode::mul>},
    LoweringRow{.op = "Div", .lower = binary<OpCode::div>},
    LoweringRow{.op = "And", .lower = binary<OpCode::bit_and>},
    LoweringRow{.op = "Or", .lower = binary<OpCode::bit_or>},
    LoweringRow{.op = "Xor", .lower = binary<OpCode::bit_xor>},
    LoweringRow{.op = "Equal", .lower = binary<OpCode::equal>},
    LoweringRow{.op = "Less", .lower = binary<OpCode::less>},
    LoweringRow{.op = "LessOrEqual", .since = 12, .lower = binary<OpCode::less_equal>},
    LoweringRow{.op = "Greater", .lower = swapped<OpCode::less>},
    LoweringRow{.op = "GreaterOrEqual", .since = 12, .lower = swapped<OpCode::less_equal>},
    LoweringRow{.op = "Max", .lower = variadic<OpCode::max>},
    LoweringRow{.op = "Min", .lower = variadic<OpCode::min>},
    LoweringRow{.op = "Sum", .lower = variadic<OpCode::add>},
    LoweringRow{.op = "Mean", .lower = mean},
    LoweringRow{.op = "Mod", .since = 10, .lower = modulo},
    LoweringRow{.op = "Pow", .lower = pow},
    LoweringRow{.op = "BitShift", .since = 11, .lower = bit_shift},
    LoweringRow{.op = "Where", .since = 9, .lower = where},
    LoweringRow{.op = "Clip", .until = 10, .lower = clip_by_attributes},
    LoweringRow{.op = "Clip", .since = 11, .lower = clip},
    LoweringRow{.op = "Cast", .until = 5, .lower = cast_by_name},
    LoweringRow{.op = "Cast", .since = 6, .lower = cast},
    LoweringRow{.op = "CastLike", .since = 15, .lower = cast_like},
};

}  // namespace

std::span<const LoweringRow> elementwise_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
