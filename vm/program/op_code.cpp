#include "vm/program/op_code.h"

#include <algorithm>
#include <array>

namespace steelyard::vm {

namespace {

struct Row {
    OpCode code;
    std::string_view name;
};

constexpr auto table = std::to_array<Row>({
    {OpCode::neg, "neg"},
    {OpCode::abs, "abs"},
    {OpCode::sign, "sign"},
    {OpCode::floor, "floor"},
    {OpCode::ceil, "ceil"},
    {OpCode::round, "round"},
    {OpCode::trunc, "trunc"},
    {OpCode::sqrt, "sqrt"},
    {OpCode::reciprocal, "reciprocal"},
    {OpCode::rsqrt, "rsqrt"},
    {OpCode::exp, "exp"},
    {OpCode::expm1, "expm1"},
    {OpCode::log, "log"},
    {OpCode::log1p, "log1p"},
    {OpCode::sin, "sin"},
    {OpCode::cos, "cos"},
    {OpCode::tan, "tan"},
    {OpCode::asin, "asin"},
    {OpCode::acos, "acos"},
    {OpCode::atan, "atan"},
    {OpCode::sinh, "sinh"},
    {OpCode::cosh, "cosh"},
    {OpCode::asinh, "asinh"},
    {OpCode::acosh, "acosh"},
    {OpCode::atanh, "atanh"},
    {OpCode::tanh, "tanh"},
    {OpCode::sigmoid, "sigmoid"},
    {OpCode::erf, "erf"},
    {OpCode::gelu, "gelu"},
    {OpCode::silu, "silu"},
    {OpCode::softplus, "softplus"},
    {OpCode::relu, "relu"},
    {OpCode::logical_not, "logical_not"},
    {OpCode::is_nan, "is_nan"},
    {OpCode::is_infinite, "is_infinite"},
    {OpCode::exp2, "exp2"},
    {OpCode::log2, "log2"},
    {OpCode::add, "add"},
    {OpCode::sub, "sub"},
    {OpCode::mul, "mul"},
    {OpCode::div, "div"},
    {OpCode::mod, "mod"},
    {OpCode::fmod, "fmod"},
    {OpCode::min, "min"},
    {OpCode::max, "max"},
    {OpCode::pow, "pow"},
    {OpCode::atan2, "atan2"},
    {OpCode::equal, "equal"},
    {OpCode::less, "less"},
    {OpCode::less_equal, "less_equal"},
    {OpCode::bit_and, "bit_and"},
    {OpCode::bit_or, "bit_or"},
    {OpCode::bit_xor, "bit_xor"},
    {OpCode::shift_left, "shift_left"},
    {OpCode::shift_right, "shift_right"},
    {OpCode::fma, "fma"},
    {OpCode::select, "select"},
    {OpCode::clip, "clip"},
    {OpCode::axpby, "axpby"},
    {OpCode::cast, "cast"},
    {OpCode::bitcast, "bitcast"},
    {OpCode::quantise, "quantise"},
    {OpCode::dequantise, "dequantise"},
    {OpCode::requantise, "requantise"},
    {OpCode::adam_update, "adam_update"},
    {OpCode::reshape, "reshape"},
    {OpCode::transpose, "transpose"},
    {OpCode::slice, "slice"},
    {OpCode::concat, "concat"},
    {OpCode::pad, "pad"},
    {OpCode::broadcast, "broadcast"},
    {OpCode::gather, "gather"},
    {OpCode::gather_elements, "gather_elements"},
    {OpCode::gather_nd, "gather_nd"},
    {OpCode::scatter_elements, "scatter_elements"},
    {OpCode::scatter_nd, "scatter_nd"},
    {OpCode::scatter_add, "scatter_add"},
    {OpCode::dynamic_slice, "dynamic_slice"},
    {OpCode::dynamic_update, "dynamic_update"},
    {OpCode::iota, "iota"},
    {OpCode::resize, "resize"},
    {OpCode::im2col, "im2col"},
    {OpCode::reduce_sum, "reduce_sum"},
    {OpCode::reduce_mean, "reduce_mean"},
    {OpCode::reduce_max, "reduce_max"},
    {OpCode::reduce_min, "reduce_min"},
    {OpCode::reduce_prod, "reduce_prod"},
    {OpCode::argmax, "argmax"},
    {OpCode::argmin, "argmin"},
    {OpCode::cumsum, "cumsum"},
    {OpCode::argsort, "argsort"},
    {OpCode::softmax, "softmax"},
    {OpCode::log_softmax, "log_softmax"},
    {OpCode::layer_norm, "layer_norm"},
    {OpCode::rms_norm, "rms_norm"},
    {OpCode::batch_norm, "batch_norm"},
    {OpCode::gemm_f32, "gemm_f32"},
    {OpCode::gemm_i8, "gemm_i8"},
    {OpCode::gemm_fx, "gemm_fx"},
    {OpCode::conv_f32, "conv_f32"},
    {OpCode::conv_i8, "conv_i8"},
    {OpCode::attention_block, "attention_block"},
    {OpCode::attention_finish, "attention_finish"},
    {OpCode::max_pool, "max_pool"},
    {OpCode::avg_pool, "avg_pool"},
    {OpCode::max_pool_index, "max_pool_index"},
    {OpCode::max_pool_grad, "max_pool_grad"},
    {OpCode::avg_pool_grad, "avg_pool_grad"},
    {OpCode::philox, "philox"},
    {OpCode::uniform, "uniform"},
    {OpCode::normal, "normal"},
});

static_assert(std::ranges::is_sorted(table, {}, &Row::code));

constexpr auto codes = [] {
    std::array<OpCode, table.size()> out{};
    std::ranges::transform(table, out.begin(), &Row::code);
    return out;
}();

const Row* find(OpCode code) {
    const auto* row = std::ranges::lower_bound(table, code, {}, &Row::code);
    return row != table.end() && row->code == code ? row : nullptr;
}

}  // namespace

std::span<const OpCode> all_op_codes() {
    return codes;
}

std::string_view to_string(OpCode code) {
    const Row* row = find(code);
    return row == nullptr ? "unknown" : row->name;
}

std::optional<OpCode> op_code_from_name(std::string_view name) {
    const auto* row = std::ranges::find(table, name, &Row::name);
    return row == table.end() ? std::nullopt : std::optional(row->code);
}

std::optional<OpCode> op_code_from_number(std::uint16_t number) {
    const Row* row = find(static_cast<OpCode>(number));
    return row == nullptr ? std::nullopt : std::optional(row->code);
}

}  // namespace steelyard::vm
