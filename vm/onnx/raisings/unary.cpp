// One operand, element by element.
#include "vm/onnx/raising.h"

#include <algorithm>
#include <array>

namespace steelyard::vm::onnx {

namespace {

/// An operator of ONNX that does what the VM's does, and the types that ONNX takes.
struct Plain {
    OpCode code = OpCode::neg;
    std::string_view op{};
    Types types = float_types;
};

constexpr std::array plain_operators = {
    Plain{.code = OpCode::neg, .op = "Neg", .types = float_types | signed_types},
    Plain{.code = OpCode::abs, .op = "Abs", .types = number_types},
    Plain{.code = OpCode::sign, .op = "Sign", .types = number_types},
    Plain{.code = OpCode::floor, .op = "Floor"},
    Plain{.code = OpCode::ceil, .op = "Ceil"},
    Plain{.code = OpCode::round, .op = "Round", .types = real_types},
    Plain{.code = OpCode::sqrt, .op = "Sqrt"},
    Plain{.code = OpCode::reciprocal, .op = "Reciprocal"},
    Plain{.code = OpCode::exp, .op = "Exp"},
    Plain{.code = OpCode::log, .op = "Log"},
    Plain{.code = OpCode::sin, .op = "Sin", .types = real_types},
    Plain{.code = OpCode::cos, .op = "Cos", .types = real_types},
    Plain{.code = OpCode::tan, .op = "Tan", .types = real_types},
    Plain{.code = OpCode::asin, .op = "Asin", .types = real_types},
    Plain{.code = OpCode::acos, .op = "Acos", .types = real_types},
    Plain{.code = OpCode::atan, .op = "Atan", .types = real_types},
    Plain{.code = OpCode::sinh, .op = "Sinh", .types = real_types},
    Plain{.code = OpCode::cosh, .op = "Cosh", .types = real_types},
    Plain{.code = OpCode::asinh, .op = "Asinh", .types = real_types},
    Plain{.code = OpCode::acosh, .op = "Acosh", .types = real_types},
    Plain{.code = OpCode::atanh, .op = "Atanh", .types = real_types},
    Plain{.code = OpCode::tanh, .op = "Tanh"},
    Plain{.code = OpCode::sigmoid, .op = "Sigmoid"},
    Plain{.code = OpCode::erf, .op = "Erf"},
    Plain{.code = OpCode::softplus, .op = "Softplus", .types = real_types},
    Plain{.code = OpCode::relu, .op = "Relu", .types = float_types | signed_types},
    Plain{.code = OpCode::is_nan, .op = "IsNaN"},
};

/// f16 and bf16 widen, are computed in f32, and are rounded once: the VM's own rule for them.
template <typename Compute>
Name through_f32(Raise& r, const Compute& compute) {
    const TensorType wide{.dtype = DType::f32, .shape = r.call.output.shape};
    const Name out = compute(r.cast_in(0, DType::f32));
    const bool is_narrow = r.dtype(0) != DType::f32 && r.call.output.dtype == r.dtype(0);
    return is_narrow ? r.cast(out, wide, r.dtype(0)) : out;
}

Name plain(Raise& r) {
    const Plain& row = *std::ranges::find(plain_operators, r.call.op, &Plain::code);
    if (has(row.types, r.dtype(0))) {
        return r.op(row.op, {r.in(0)});
    }
    return through_f32(r, [&](const Name& x) { return r.op(row.op, {x}); });
}

/// ONNX has no negative of unsigned numbers: 0 - x is that, modulo 2^n.
Name negative(Raise& r) {
    if (has(unsigned_types, r.dtype(0))) {
        return r.op("Sub", {r.integer(r.dtype(0), 0), r.in(0)});
    }
    return plain(r);
}

Name relu(Raise& r) {
    return has(unsigned_types, r.dtype(0)) ? r.in(0) : plain(r);
}

/// Towards zero: up where x is negative, else down.
Name trunc(Raise& r) {
    const auto of_type = [&](const Name& x, const Name& zero) {
        const Name is_negative = r.op("Less", {x, zero});
        return r.op("Where", {is_negative, r.op("Ceil", {x}), r.op("Floor", {x})});
    };
    if (r.dtype(0) == DType::f64) {
        return of_type(r.in(0), r.op("Cast", {r.real(0)}, {{"to", data_type_of(DType::f64)}}));
    }
    return through_f32(r, [&](const Name& x) { return of_type(x, r.real(0)); });
}

/// 1 / sqrt(x), which are two roundings.
Name inverse_root(Raise& r) {
    const auto compute = [&](const Name& x) { return r.op("Reciprocal", {r.op("Sqrt", {x})}); };
    return r.dtype(0) == DType::f64 ? compute(r.in(0)) : through_f32(r, compute);
}

/// Of integers every bit: -1 - x, or the greatest less x.
Name logical_not(Raise& r) {
    if (r.dtype(0) == DType::boolean) {
        return r.op("Not", {r.in(0)});
    }
    return r.op("Sub", {r.integer(r.dtype(0), -1), r.in(0)});
}

Name is_infinite(Raise& r) {
    const std::int64_t signs = r.attribute(0);
    const NodeAttributes attributes = {
        {"detect_positive", signs & 1}, {"detect_negative", signs >> 1}
    };
    const bool is_narrow = r.dtype(0) != DType::f64;
    return r.op("IsInf", {is_narrow ? r.cast_in(0, DType::f32) : r.in(0)}, attributes);
}

Name own_function(Raise& r) {
    return through_f32(r, [&](const Name& x) { return r.function(r.call.op, {x}); });
}

constexpr std::array rows = {
    RaisingRow{OpCode::neg, negative},
    RaisingRow{OpCode::abs, plain},
    RaisingRow{OpCode::sign, plain},
    RaisingRow{OpCode::floor, plain},
    RaisingRow{OpCode::ceil, plain},
    RaisingRow{OpCode::round, plain},
    RaisingRow{OpCode::trunc, trunc},
    RaisingRow{OpCode::sqrt, plain},
    RaisingRow{OpCode::reciprocal, plain},
    RaisingRow{OpCode::rsqrt, inverse_root},
    RaisingRow{OpCode::exp, plain},
    RaisingRow{OpCode::expm1, own_function},
    RaisingRow{OpCode::log, plain},
    RaisingRow{OpCode::log1p, own_function},
    RaisingRow{OpCode::sin, plain},
    RaisingRow{OpCode::cos, plain},
    RaisingRow{OpCode::tan, plain},
    RaisingRow{OpCode::asin, plain},
    RaisingRow{OpCode::acos, plain},
    RaisingRow{OpCode::atan, plain},
    RaisingRow{OpCode::sinh, plain},
    RaisingRow{OpCode::cosh, plain},
    RaisingRow{OpCode::asinh, plain},
    RaisingRow{OpCode::acosh, plain},
    RaisingRow{OpCode::atanh, plain},
    RaisingRow{OpCode::tanh, plain},
    RaisingRow{OpCode::sigmoid, plain},
    RaisingRow{OpCode::erf, plain},
    RaisingRow{OpCode::gelu, own_function},
    RaisingRow{OpCode::silu, own_function},
    RaisingRow{OpCode::softplus, plain},
    RaisingRow{OpCode::relu, relu},
    RaisingRow{OpCode::logical_not, logical_not},
    RaisingRow{OpCode::is_nan, plain},
    RaisingRow{OpCode::is_infinite, is_infinite},
    RaisingRow{OpCode::exp2, own_function},
    RaisingRow{OpCode::log2, own_function},
};

}  // namespace

std::span<const RaisingRow> unary_raisings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
