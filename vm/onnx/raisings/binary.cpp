// Two or three operands, element by element, broadcast as ONNX does.
#include "vm/onnx/raising.h"

#include <algorithm>
#include <array>

namespace steelyard::vm::onnx {

namespace {

/// An operator of ONNX that does what the VM's does, whatever types that takes.
struct Plain {
    OpCode code = OpCode::add;
    std::string_view op{};
};

constexpr std::array plain_operators = {
    Plain{OpCode::add, "Add"},
    Plain{OpCode::sub, "Sub"},
    Plain{OpCode::mul, "Mul"},
    Plain{OpCode::div, "Div"},
    Plain{OpCode::min, "Min"},
    Plain{OpCode::max, "Max"},
    Plain{OpCode::equal, "Equal"},
    Plain{OpCode::less, "Less"},
    Plain{OpCode::less_equal, "LessOrEqual"},
    Plain{OpCode::select, "Where"},
};

Names operands_of(const Raise& r) {
    Names out;
    for (std::size_t index = 0; index < r.operand_count(); ++index) {
        out.push_back(r.in(index));
    }
    return out;
}

Name plain(Raise& r) {
    return r.op(std::ranges::find(plain_operators, r.call.op, &Plain::code)->op, operands_of(r));
}

Name remainder(Raise& r) {
    if (is_float(r.dtype(0))) {
        return r.refuse("ONNX has no remainder of floats with the divisor's sign");
    }
    return r.op("Mod", operands_of(r), {{"fmod", std::int64_t{0}}});
}

Name c_remainder(Raise& r) {
    return r.op("Mod", operands_of(r), {{"fmod", std::int64_t{1}}});
}

/// Small integers by way of i64: the power modulo 2^64 is also that modulo 2^n.
Name power(Raise& r) {
    const DType dtype = r.dtype(0);
    if (is_float(dtype) || dtype == DType::i32 || dtype == DType::i64) {
        return r.op("Pow", operands_of(r));
    }
    if (dtype == DType::u64) {
        return r.refuse("ONNX has no power of u64");
    }
    const TensorType wide{.dtype = DType::i64, .shape = r.call.output.shape};
    const Name out = r.op("Pow", {r.cast_in(0, DType::i64), r.cast_in(1, DType::i64)});
    return r.cast(out, wide, dtype);
}

Name bits(Raise& r) {
    if (r.dtype(0) != DType::boolean) {
        return r.refuse("ONNX {} has no operations on the bits of integers", 17);
    }
    const OpCode code = r.call.op;
    return r.op(
        code == OpCode::bit_and  ? "And"
        : code == OpCode::bit_or ? "Or"
                                 : "Xor",
        operands_of(r)
    );
}

Name shift(Raise& r) {
    if (!has(unsigned_types, r.dtype(0))) {
        return r.refuse("ONNX shifts unsigned numbers only, not {}", to_string(r.dtype(0)));
    }
    const bool is_left = r.call.op == OpCode::shift_left;
    const std::string_view direction = is_left ? "LEFT" : "RIGHT";
    return r.op("BitShift", operands_of(r), {{"direction", direction}});
}

/// f16 and bf16 widen, and the sum is rounded once.
Name multiply_add(Raise& r) {
    const DType dtype = r.dtype(0);
    if (dtype == DType::f64) {
        return r.function(OpCode::fma, operands_of(r));
    }
    Names wide;
    for (std::size_t index = 0; index < r.operand_count(); ++index) {
        wide.push_back(r.cast_in(index, DType::f32));
    }
    const Name out = r.function(OpCode::fma, wide);
    return r.cast(out, {.dtype = DType::f32, .shape = r.call.output.shape}, dtype);
}

/// a * x + (b * y, rounded)
Name weighted_sum(Raise& r) {
    const Name second = r.op("Mul", {r.real(r.real_attribute(1)), r.in(1)});
    return r.function(OpCode::fma, {r.real(r.real_attribute(0)), r.in(0), second});
}

/// Clip takes scalars as its ends; else it is a maximum and a minimum.
Name clip(Raise& r) {
    const bool are_scalars = r.type(1).elements() == 1 && r.type(2).elements() == 1 &&
                             r.type(0).shape == r.call.output.shape;
    if (!are_scalars) {
        return r.op("Min", {r.op("Max", {r.in(0), r.in(1)}), r.in(2)});
    }
    const auto scalar = [&](std::size_t index) {
        return r.rank(index) == 0 ? r.in(index) : r.reshape(r.in(index), {});
    };
    const Name low = scalar(1);
    return r.op("Clip", {r.in(0), low, scalar(2)});
}

/// w - rate * (m / (sqrt(v) + epsilon))
Name adam_update(Raise& r) {
    const Name width = r.op("Add", {r.op("Sqrt", {r.in(2)}), r.real(r.real_attribute(0))});
    const Name step = r.op("Mul", {r.in(3), r.op("Div", {r.in(1), width})});
    return r.op("Sub", {r.in(0), step});
}

constexpr std::array rows = {
    RaisingRow{OpCode::add, plain},          RaisingRow{OpCode::sub, plain},
    RaisingRow{OpCode::mul, plain},          RaisingRow{OpCode::div, plain},
    RaisingRow{OpCode::mod, remainder},      RaisingRow{OpCode::fmod, c_remainder},
    RaisingRow{OpCode::min, plain},          RaisingRow{OpCode::max, plain},
    RaisingRow{OpCode::pow, power},          RaisingRow{OpCode::equal, plain},
    RaisingRow{OpCode::less, plain},         RaisingRow{OpCode::less_equal, plain},
    RaisingRow{OpCode::bit_and, bits},       RaisingRow{OpCode::bit_or, bits},
    RaisingRow{OpCode::bit_xor, bits},       RaisingRow{OpCode::shift_left, shift},
    RaisingRow{OpCode::shift_right, shift},  RaisingRow{OpCode::fma, multiply_add},
    RaisingRow{OpCode::select, plain},       RaisingRow{OpCode::clip, clip},
    RaisingRow{OpCode::axpby, weighted_sum}, RaisingRow{OpCode::adam_update, adam_update},
};

}  // namespace

std::span<const RaisingRow> binary_raisings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
