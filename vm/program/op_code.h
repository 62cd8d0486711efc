// OpCode: the operators of version 1, by number and name.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace steelyard::vm {

/// An operator. The numbers are part of the program format (doc/spec/vm-operators.md tells inputs,
/// attributes and the exact rule of each); an (operator, version) never changes its meaning.
enum class OpCode : std::uint16_t {
    // One input, element by element.
    neg = 0x0100,
    abs = 0x0101,
    sign = 0x0102,
    floor = 0x0103,
    ceil = 0x0104,
    round = 0x0105,
    trunc = 0x0106,
    sqrt = 0x0107,
    reciprocal = 0x0108,
    rsqrt = 0x0109,
    exp = 0x010a,
    expm1 = 0x010b,
    log = 0x010c,
    log1p = 0x010d,
    sin = 0x010e,
    cos = 0x010f,
    tan = 0x0110,
    asin = 0x0111,
    acos = 0x0112,
    atan = 0x0113,
    sinh = 0x0114,
    cosh = 0x0115,
    asinh = 0x0116,
    acosh = 0x0117,
    atanh = 0x0118,
    tanh = 0x0119,
    sigmoid = 0x011a,
    erf = 0x011b,
    gelu = 0x011c,
    silu = 0x011d,
    softplus = 0x011e,
    relu = 0x011f,
    logical_not = 0x0120,
    is_nan = 0x0121,
    is_infinite = 0x0122,
    exp2 = 0x0123,
    log2 = 0x0124,

    // Two inputs, broadcast, element by element.
    add = 0x0200,
    sub = 0x0201,
    mul = 0x0202,
    div = 0x0203,
    mod = 0x0204,
    fmod = 0x0205,
    min = 0x0206,
    max = 0x0207,
    pow = 0x0208,
    atan2 = 0x0209,
    equal = 0x020a,
    less = 0x020b,
    less_equal = 0x020c,
    bit_and = 0x020d,
    bit_or = 0x020e,
    bit_xor = 0x020f,
    shift_left = 0x0210,
    shift_right = 0x0211,

    // More inputs or attributes, broadcast, element by element.
    fma = 0x0300,
    select = 0x0301,
    clip = 0x0302,
    axpby = 0x0303,
    cast = 0x0310,
    bitcast = 0x0311,
    quantise = 0x0312,
    dequantise = 0x0313,
    requantise = 0x0314,
    adam_update = 0x0320,

    // Movement of data.
    reshape = 0x0400,
    transpose = 0x0401,
    slice = 0x0402,
    concat = 0x0403,
    pad = 0x0404,
    broadcast = 0x0405,
    gather = 0x0406,
    gather_elements = 0x0407,
    gather_nd = 0x0408,
    scatter_elements = 0x0409,
    scatter_nd = 0x040a,
    scatter_add = 0x040b,
    dynamic_slice = 0x040c,
    dynamic_update = 0x040d,
    iota = 0x040e,
    resize = 0x040f,
    im2col = 0x0410,

    // Along the last axis.
    reduce_sum = 0x0500,
    reduce_mean = 0x0501,
    reduce_max = 0x0502,
    reduce_min = 0x0503,
    reduce_prod = 0x0504,
    argmax = 0x0505,
    argmin = 0x0506,
    cumsum = 0x0507,
    argsort = 0x0508,
    softmax = 0x0600,
    log_softmax = 0x0601,
    layer_norm = 0x0602,
    rms_norm = 0x0603,
    batch_norm = 0x0604,

    // Contractions.
    gemm_f32 = 0x0700,
    gemm_i8 = 0x0701,
    gemm_fx = 0x0702,
    conv_f32 = 0x0703,
    conv_i8 = 0x0704,
    attention_block = 0x0705,
    attention_finish = 0x0706,

    // Windows.
    max_pool = 0x0800,
    avg_pool = 0x0801,
    max_pool_index = 0x0802,
    max_pool_grad = 0x0803,
    avg_pool_grad = 0x0804,

    // Random numbers.
    philox = 0x0900,
    uniform = 0x0901,
    normal = 0x0902,
};

/// All operators, ascending by number.
std::span<const OpCode> all_op_codes();

/// "gemm_f32", ...
std::string_view to_string(OpCode code);

/// The operator of a name as `to_string` gives it.
std::optional<OpCode> op_code_from_name(std::string_view name);

/// The operator of a number; nothing where version 1 has none.
std::optional<OpCode> op_code_from_number(std::uint16_t number);

}  // namespace steelyard::vm
