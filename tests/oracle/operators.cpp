#include "tests/oracle/operators.h"

#include <array>

namespace steelyard::oracle {

namespace {

struct Number {
    std::uint64_t number;
    std::string_view name;
};

constexpr auto numbers = std::to_array<Number>({
    {0x0100, "neg"},
    {0x0101, "abs"},
    {0x0102, "sign"},
    {0x0103, "floor"},
    {0x0104, "ceil"},
    {0x0105, "round"},
    {0x0106, "trunc"},
    {0x0107, "sqrt"},
    {0x0108, "reciprocal"},
    {0x0109, "rsqrt"},
    {0x010a, "exp"},
    {0x010b, "expm1"},
    {0x010c, "log"},
    {0x010d, "log1p"},
    {0x010e, "sin"},
    {0x010f, "cos"},
    {0x0110, "tan"},
    {0x0111, "asin"},
    {0x0112, "acos"},
    {0x0113, "atan"},
    {0x0114, "sinh"},
    {0x0115, "cosh"},
    {0x0116, "asinh"},
    {0x0117, "acosh"},
    {0x0118, "atanh"},
    {0x0119, "tanh"},
    {0x011a, "sigmoid"},
    {0x011b, "erf"},
    {0x011c, "gelu"},
    {0x011d, "silu"},
    {0x011e, "softplus"},
    {0x011f, "relu"},
    {0x0120, "logical_not"},
    {0x0121, "is_nan"},
    {0x0122, "is_infinite"},
    {0x0123, "exp2"},
    {0x0124, "log2"},
    {0x0200, "add"},
    {0x0201, "sub"},
    {0x0202, "mul"},
    {0x0203, "div"},
    {0x0204, "mod"},
    {0x0205, "fmod"},
    {0x0206, "min"},
    {0x0207, "max"},
    {0x0208, "pow"},
    {0x0209, "atan2"},
    {0x020a, "equal"},
    {0x020b, "less"},
    {0x020c, "less_equal"},
    {0x020d, "bit_and"},
    {0x020e, "bit_or"},
    {0x020f, "bit_xor"},
    {0x0210, "shift_left"},
    {0x0211, "shift_right"},
    {0x0300, "fma"},
    {0x0301, "select"},
    {0x0302, "clip"},
    {0x0303, "axpby"},
    {0x0310, "cast"},
    {0x0311, "bitcast"},
    {0x0312, "quantise"},
    {0x0313, "dequantise"},
    {0x0314, "requantise"},
    {0x0320, "adam_update"},
    {0x0400, "reshape"},
    {0x0401, "transpose"},
    {0x0402, "slice"},
    {0x0403, "concat"},
    {0x0404, "pad"},
    {0x0405, "broadcast"},
    {0x0406, "gather"},
    {0x0407, "gather_elements"},
    {0x0408, "gather_nd"},
    {0x0409, "scatter_elements"},
    {0x040a, "scatter_nd"},
    {0x040b, "scatter_add"},
    {0x040c, "dynamic_slice"},
    {0x040d, "dynamic_update"},
    {0x040e, "iota"},
    {0x040f, "resize"},
    {0x0410, "im2col"},
    {0x0500, "reduce_sum"},
    {0x0501, "reduce_mean"},
    {0x0502, "reduce_max"},
    {0x0503, "reduce_min"},
    {0x0504, "reduce_prod"},
    {0x0505, "argmax"},
    {0x0506, "argmin"},
    {0x0507, "cumsum"},
    {0x0508, "argsort"},
    {0x0600, "softmax"},
    {0x0601, "log_softmax"},
    {0x0602, "layer_norm"},
    {0x0603, "rms_norm"},
    {0x0604, "batch_norm"},
    {0x0700, "gemm_f32"},
    {0x0701, "gemm_i8"},
    {0x0702, "gemm_fx"},
    {0x0703, "conv_f32"},
    {0x0704, "conv_i8"},
    {0x0705, "attention_block"},
    {0x0706, "attention_finish"},
    {0x0800, "max_pool"},
    {0x0801, "avg_pool"},
    {0x0802, "max_pool_index"},
    {0x0803, "max_pool_grad"},
    {0x0804, "avg_pool_grad"},
    {0x0900, "philox"},
    {0x0901, "uniform"},
    {0x0902, "normal"},
});

}  // namespace

std::string_view operator_name(std::uint64_t number) {
    for (const Number& row : numbers) {
        if (row.number == number) {
            return row.name;
        }
    }
    return "";
}

std::optional<Applied> apply(const Call& call) {
    for (const auto family :
         {apply_elementwise,
          apply_conversion,
          apply_movement,
          apply_resize,
          apply_index,
          apply_row,
          apply_contraction,
          apply_window,
          apply_random}) {
        if (std::optional<Applied> applied = family(call)) {
            return applied;
        }
    }
    return std::nullopt;
}

float function_of(std::string_view op, float x) {
    Tensor one = Tensor::zeros(Kind::f32, {});
    one.set_real(0, x);
    return apply({.op = op, .operands = {one}})->output.real(0);
}

Dims broadcast_dims(const std::vector<Tensor>& operands) {
    Dims out;
    for (const Tensor& operand : operands) {
        if (operand.dims.size() > out.size()) {
            out.insert(out.begin(), operand.dims.size() - out.size(), 1);
        }
        const std::size_t skip = out.size() - operand.dims.size();
        for (std::size_t axis = 0; axis < operand.dims.size(); ++axis) {
            if (operand.dims[axis] != 1) {
                out[skip + axis] = operand.dims[axis];
            }
        }
    }
    return out;
}

std::uint64_t broadcast_index(const Tensor& tensor, const Dims& place) {
    const std::size_t skip = place.size() - tensor.dims.size();
    std::uint64_t index = 0;
    for (std::size_t axis = 0; axis < tensor.dims.size(); ++axis) {
        const std::uint64_t at = tensor.dims[axis] == 1 ? 0 : place[skip + axis];
        index = index * tensor.dims[axis] + at;
    }
    return index;
}

}  // namespace steelyard::oracle
