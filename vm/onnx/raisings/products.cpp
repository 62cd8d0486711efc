// Products of matrices, and convolutions.
#include "vm/onnx/raisings/geometry.h"

#include <algorithm>
#include <array>

namespace steelyard::vm::onnx {

namespace {

/// The operands of a float product in the types that ONNX computes it in. The VM sums in f32 and
/// rounds once: where ONNX's nodes would round in between, everything is f32 until the end.
struct Operands {
    Name a{};
    Name b{};
    std::optional<Name> bias{};
    DType dtype = DType::f32;  ///< of the product
};

bool rounds_once(const Raise& r, OpCode activation, bool is_one_node) {
    const DType dtype = r.call.output.dtype;
    const bool is_exact = static_cast<std::int64_t>(activation) == 0 || activation == OpCode::relu;
    return std::ranges::all_of(
               r.call.operands, [&](const TensorType& type) { return type.dtype == dtype; }
           ) &&
           (dtype == DType::f32 || (is_exact && is_one_node));
}

Operands operands_of(Raise& r, bool is_direct) {
    const DType dtype = is_direct ? r.call.output.dtype : DType::f32;
    Operands out{.a = r.cast_in(0, dtype), .b = r.cast_in(1, dtype), .dtype = dtype};
    if (r.operand_count() > 2) {
        out.bias = r.cast_in(2, dtype);
    }
    return out;
}

/// The activation of a product, and its type.
Name finished(Raise& r, Name x, OpCode activation, DType dtype) {
    switch (activation) {
        case OpCode::relu:
            x = r.op("Relu", {x});
            break;
        case OpCode::tanh:
            x = r.op("Tanh", {x});
            break;
        case OpCode::sigmoid:
            x = r.op("Sigmoid", {x});
            break;
        case OpCode::gelu:
        case OpCode::silu:
            x = r.function(activation, {x});
            break;
        default:
            break;
    }
    return r.cast(x, {.dtype = dtype, .shape = r.call.output.shape}, r.call.output.dtype);
}

/// The last two axes exchanged.
Name turned(Raise& r, const Name& x, std::size_t rank) {
    Raise::Integers permutation;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        permutation.push_back(static_cast<std::int64_t>(axis));
    }
    std::swap(permutation[rank - 2], permutation[rank - 1]);
    return r.transpose(x, permutation);
}

Name product(Raise& r) {
    const auto activation = static_cast<OpCode>(r.attribute(0));
    const bool is_flat = r.rank(0) == 2;
    const bool is_one_node = is_flat || r.operand_count() == 2;
    const Operands o = operands_of(r, rounds_once(r, activation, is_one_node));
    Name out;
    if (is_flat) {
        Names operands = {o.a, o.b};
        if (o.bias) {
            operands.push_back(*o.bias);
        }
        out = r.op("Gemm", std::move(operands), {{"transB", std::int64_t{1}}});
    } else {
        out = r.op("MatMul", {o.a, turned(r, o.b, r.rank(1))});
        out = o.bias ? r.op("Add", {out, *o.bias}) : out;
    }
    return finished(r, out, activation, o.dtype);
}

/// Zero points as operands, the first of which may be given alone.
void append_zero_points(Raise& r, Names& operands, std::size_t first_attribute) {
    const std::int64_t a = r.attribute(first_attribute);
    const std::int64_t b = r.attribute(first_attribute + 1);
    if (a != 0 || b != 0) {
        operands.push_back(r.integer(r.dtype(0), a));
    }
    if (b != 0) {
        operands.push_back(r.integer(r.dtype(1), b));
    }
}

Name with_bias(Raise& r, const Name& sums) {
    return r.operand_count() > 2 ? r.op("Add", {sums, r.in(2)}) : sums;
}

Name product_of_bytes(Raise& r) {
    Names operands = {r.in(0), turned(r, r.in(1), r.rank(1))};
    append_zero_points(r, operands, 0);
    return with_bias(r, r.op("MatMulInteger", std::move(operands)));
}

NodeAttributes convolution_attributes(const Raise& r) {
    NodeAttributes out = geometry_of(r).attributes();
    out.push_back({"group", r.attribute(geometry_attributes(r))});
    return out;
}

Name convolution(Raise& r) {
    const std::size_t behind = geometry_attributes(r);
    const auto activation = static_cast<OpCode>(r.attribute(behind + 1));
    const bool has_type = r.call.output.dtype != DType::bf16;
    const Operands o = operands_of(r, has_type && rounds_once(r, activation, true));
    Names operands = {r.channels_first(o.a, r.rank(0)), r.channels_first(o.b, r.rank(1))};
    if (o.bias) {
        operands.push_back(*o.bias);
    }
    const Name out = r.op("Conv", std::move(operands), convolution_attributes(r));
    // Elementwise nodes stand before the transpose, so that it meets the next convolution's.
    return r.channels_last(finished(r, out, activation, o.dtype), r.rank(0));
}

Name convolution_of_bytes(Raise& r) {
    Names operands = {r.channels_first(r.in(0), r.rank(0)), r.channels_first(r.in(1), r.rank(1))};
    append_zero_points(r, operands, geometry_attributes(r) + 1);
    const Name sums = r.op("ConvInteger", std::move(operands), convolution_attributes(r));
    return with_bias(r, r.channels_last(sums, r.rank(0)));
}

constexpr std::array rows = {
    RaisingRow{OpCode::gemm_f32, product},
    RaisingRow{OpCode::gemm_i8, product_of_bytes},
    RaisingRow{OpCode::conv_f32, convolution},
    RaisingRow{OpCode::conv_i8, convolution_of_bytes},
};

}  // namespace

std::span<const RaisingRow> product_raisings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
