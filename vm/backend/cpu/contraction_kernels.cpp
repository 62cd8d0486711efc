#include "base/cpu.h"
#include "vm/backend/cpu/contraction/attention_kernel.h"
#include "vm/backend/cpu/contraction/byte_dots.h"
#include "vm/backend/cpu/contraction/field.h"
#include "vm/backend/cpu/contraction/fixed_kernel.h"
#include "vm/backend/cpu/contraction/lanes.h"
#include "vm/backend/cpu/contraction/thin_product.h"
#include "vm/backend/cpu/isa_rows.h"
#include "vm/backend/cpu/window/depthwise.h"
#include "vm/ops/contraction/attention.h"
#include "vm/ops/contraction/dot.h"
#include "vm/ops/contraction/epilogue.h"

#include <algorithm>
#include <bit>
#include <vector>

namespace steelyard::vm::cpu {

namespace {

static_assert(chunk_lanes == dot_chunk);

constexpr bool is_relu(std::int64_t activation) {
    return activation == static_cast<std::int64_t>(OpCode::relu);
}

/// How one instruction set multiplies bytes.
struct ByteKernels {
    const TileKernels* tiles = nullptr;
    LaneKind a = LaneKind::i16;
    LaneKind b = LaneKind::i16;
};

template <Isa isa>
const TileKernels* float_tiles() {
    return isa == Isa::avx2 ? &avx2::f32_tiles : &avx512::f32_tiles;
}

template <Isa isa>
ByteKernels byte_kernels() {
    if (isa == Isa::avx512 && cpu_features().avx512_vnni) {
        return {
            .tiles = &avx512_vnni::byte_tiles,
            .a = LaneKind::signed_bytes,
            .b = LaneKind::unsigned_bytes,
        };
    }
    return {.tiles = isa == Isa::avx2 ? &avx2::i16_tiles : &avx512::i16_tiles};
}

template <Isa isa>
struct Activation {
    explicit Activation(std::int64_t activation) : relu(is_relu(activation)) {
        if (activation != no_activation && !relu) {
            const auto find =
                isa == Isa::avx2 ? avx2::find_elementwise_row : avx512::find_elementwise_row;
            other = find(static_cast<OpCode>(activation), DType::f32, DType::f32);
        }
    }

    bool relu;
    RowFunction other = nullptr;
};

template <Isa isa>
void set_activation(Product& product, std::int64_t attribute) {
    const Activation<isa> activation(attribute);
    product.relu = activation.relu;
    product.activation = activation.other;
}

/// A float bias as f32; empty: there is none.
std::vector<std::uint32_t> float_bias(const NodeWork& work) {
    if (work.operands.size() < 3) {
        return {};
    }
    const TensorType& type = work.call.operands[2];
    std::vector<std::uint32_t> bias(type.elements());
    const LaneFiller filler{.kind = LaneKind::f32, .type = type.dtype};
    filler.fill(work.operands[2], bias.size(), bias.data());
    return bias;
}

/// The product of a matrix call, without its operands' rows.
Product product_of_matrices(const NodeWork& work) {
    const Shape& a = work.call.operands[0].shape;
    const Shape& out = work.call.output.shape;
    // The matrices of a are one where b is the same for all.
    const bool one_b = work.call.operands[1].shape.rank() == 2;
    const std::size_t m = one_b ? out.rows() : a[a.rank() - 2];
    return {
        .batches = m == 0 ? 0 : out.rows() / m,
        .m = m,
        .n = out.columns(),
        .type = work.call.output.dtype,
        .out = work.output,
        .row_stride = out.columns(),
        .batch_stride = m * out.columns(),
    };
}

MatrixRows matrix_rows(const NodeWork& work, std::size_t operand, const LaneFiller& filler) {
    const Shape& shape = work.call.operands[operand].shape;
    MatrixRows rows;
    rows.data = work.operands[operand];
    rows.filler = filler;
    rows.k = shape.columns();
    rows.batch_rows = shape.rank() == 2 ? 0 : shape[shape.rank() - 2];
    return rows;
}

LaneFiller float_filler(const NodeWork& work, std::size_t operand) {
    return {.kind = LaneKind::f32, .type = work.call.operands[operand].dtype};
}

template <Isa isa>
void multiply_floats(const Product& product, const Parallel& parallel) {
    if (is_thin(product)) {
        multiply_thin(product, isa != Isa::avx2, parallel);
    } else {
        multiply(product, parallel);
    }
}

template <Isa isa>
std::optional<std::uint64_t> gemm_f32(const NodeWork& work, const Parallel& parallel) {
    const MatrixRows a = matrix_rows(work, 0, float_filler(work, 0));
    const MatrixRows b = matrix_rows(work, 1, float_filler(work, 1));
    const std::vector<std::uint32_t> bias = float_bias(work);
    Product product = product_of_matrices(work);
    product.kernels = float_tiles<isa>();
    product.a = &a;
    product.b = &b;
    product.lanes = a.k;
    product.bias = bias.empty() ? nullptr : bias.data();
    set_activation<isa>(product, work.call.attributes[0]);
    multiply_floats<isa>(product, parallel);
    return std::nullopt;
}

/// With a = a' - A and b = b' - B in bytes a' and b': the sum of a * b is that of a' * b', less A
/// times that of b', less B times that of a', plus K * A * B; all modulo 2^32.
template <typename Rows>
void set_byte_terms(Product& product, Rows& a, MatrixRows& b, std::size_t k) {
    product.integers = true;
    if (a.filler.kind == LaneKind::i16) {
        return;
    }
    const auto of_a = static_cast<std::uint32_t>(a.filler.excess());
    const auto of_b = static_cast<std::uint32_t>(b.filler.excess());
    a.term_factor = 0 - of_b;
    b.term_factor = 0 - of_a;
    product.constant_term = static_cast<std::uint32_t>(k) * of_a * of_b;
}

LaneFiller byte_filler(
    const NodeWork& work, std::size_t operand, LaneKind kind, std::int64_t zero
) {
    return {
        .kind = kind,
        .type = work.call.operands[operand].dtype,
        .zero = static_cast<std::int32_t>(zero),
    };
}

const std::uint32_t* integer_bias(const NodeWork& work) {
    return work.operands.size() < 3 ? nullptr
                                    : reinterpret_cast<const std::uint32_t*>(work.operands[2]);
}

template <Isa isa>
std::optional<std::uint64_t> gemm_i8(const NodeWork& work, const Parallel& parallel) {
    const ByteKernels kernels = byte_kernels<isa>();
    if (is_row_by_row(work.call)) {
        const bool has_vnni = kernels.a != LaneKind::i16;
        multiply_rows_of_bytes(
            has_vnni ? avx512_vnni::byte_dot_kernels : avx2::byte_dot_kernels, work, parallel
        );
        return std::nullopt;
    }
    const auto& zeros = work.call.attributes;
    MatrixRows a = matrix_rows(work, 0, byte_filler(work, 0, kernels.a, zeros[0]));
    MatrixRows b = matrix_rows(work, 1, byte_filler(work, 1, kernels.b, zeros[1]));
    Product product = product_of_matrices(work);
    product.kernels = kernels.tiles;
    product.a = &a;
    product.b = &b;
    const std::size_t per_lane = elements_per_lane(kernels.a);
    product.lanes = (a.k + per_lane - 1) / per_lane;
    product.bias = integer_bias(work);
    set_byte_terms(product, a, b, a.k);
    multiply(product, parallel);
    return std::nullopt;
}

template <Isa isa>
std::optional<std::uint64_t> gemm_fx(const NodeWork& work, const Parallel& parallel) {
    multiply_fixed(isa == Isa::avx2 ? avx2::digit_kernels : avx512::digit_kernels, work, parallel);
    return std::nullopt;
}

/// The product of a convolution: each group is a batch of its own columns.
Product product_of_conv(const NodeWork& work, const Conv& conv) {
    return {
        .batches = conv.groups,
        .m = work.call.output.shape.rows(),
        .n = conv.group_outputs(),
        .bias_batch_stride = conv.group_outputs(),
        .type = work.call.output.dtype,
        .out = work.output,
        .row_stride = conv.outputs,
        .batch_stride = conv.group_outputs(),
    };
}

MatrixRows filter_rows(const NodeWork& work, const Conv& conv, const LaneFiller& filler) {
    MatrixRows rows;
    rows.data = work.operands[1];
    rows.filler = filler;
    rows.k = conv.k();
    rows.batch_rows = conv.group_outputs();
    return rows;
}

WindowRows window_rows(const NodeWork& work, const Conv& conv, const LaneFiller& filler) {
    WindowRows rows;
    rows.data = work.operands[0];
    rows.filler = filler;
    rows.conv = &conv;
    return rows;
}

/// Whether each window is one place and each place has its window.
bool has_windows_of_one_place(const Conv& conv) {
    return conv.groups == 1 && conv.taps == 1 &&
           window_count(conv.windows) == place_count(conv.windows) &&
           std::ranges::all_of(conv.windows.axis, [](const WindowAxis& axis) {
               return axis.before == 0 && axis.stride == 1;
           });
}

/// The places of a convolution's input as rows: its windows, if they are of one place each.
MatrixRows place_rows(const NodeWork& work, const Conv& conv, const LaneFiller& filler) {
    MatrixRows rows;
    rows.data = work.operands[0];
    rows.filler = filler;
    rows.k = conv.channels;
    return rows;
}

constexpr std::size_t conv_others = 2;

/// A window of more taps is left to the products: its filters would be copied.
constexpr std::uint64_t depthwise_taps_max = 16'384;

template <Isa isa>
std::optional<std::uint64_t> conv_f32(const NodeWork& work, const Parallel& parallel) {
    const Conv conv = conv_of(work.call, conv_others);
    const WindowRows windows = window_rows(work, conv, float_filler(work, 0));
    const MatrixRows places = place_rows(work, conv, float_filler(work, 0));
    const MatrixRows b = filter_rows(work, conv, float_filler(work, 1));
    const std::vector<std::uint32_t> bias = float_bias(work);
    Product product = product_of_conv(work, conv);
    product.kernels = float_tiles<isa>();
    product.b = &b;
    product.lanes = conv.k();
    product.bias = bias.empty() ? nullptr : bias.data();
    set_activation<isa>(product, work.call.attributes[work.call.attributes.size() - 2]);
    if (has_windows_of_one_place(conv)) {
        product.a = &places;
    } else if (const auto plan = FieldPlan::make(conv, product.kernels->rows)) {
        multiply_field(product, conv, *plan, places, parallel);
        return std::nullopt;
    } else {
        product.a = &windows;
    }
    multiply_floats<isa>(product, parallel);
    return std::nullopt;
}

/// Whether each output channel is a chain over the window of one input channel of its own.
bool is_depthwise(const Conv& conv) {
    return conv.group_channels == 1 && conv.group_outputs() == 1 && conv.taps <= depthwise_taps_max;
}

std::vector<float> floats_of(const std::vector<std::uint32_t>& bits) {
    std::vector<float> out(bits.size());
    std::ranges::transform(bits, out.begin(), [](std::uint32_t x) {
        return std::bit_cast<float>(x);
    });
    return out;
}

template <Isa isa>
std::optional<std::uint64_t> depthwise(const NodeWork& work, const Parallel& parallel) {
    Depthwise depthwise{
        .channels = isa == Isa::avx2 ? avx2::channel_kernels : avx512::channel_kernels,
        .lanes = isa == Isa::avx2 ? avx2::lane_kernels : avx512::lane_kernels,
        .conv = conv_of(work.call, conv_others),
        .bias = floats_of(float_bias(work)),
    };
    const Activation<isa> activation(work.call.attributes[work.call.attributes.size() - 2]);
    depthwise.relu = activation.relu;
    depthwise.activation = activation.other;
    std::vector<std::uint32_t> filters(depthwise.conv.channels * depthwise.conv.taps);
    float_filler(work, 1).fill(work.operands[1], filters.size(), filters.data());
    depthwise.filters = floats_of(filters);
    convolve_channels(depthwise, work, parallel);
    return std::nullopt;
}

template <Isa isa>
std::optional<std::uint64_t> conv_i8(const NodeWork& work, const Parallel& parallel) {
    const ByteKernels kernels = byte_kernels<isa>();
    const Conv conv = conv_of(work.call, conv_others);
    const auto zeros = work.call.attributes.last(2);
    WindowRows a = window_rows(work, conv, byte_filler(work, 0, kernels.a, zeros[0]));
    MatrixRows b = filter_rows(work, conv, byte_filler(work, 1, kernels.b, zeros[1]));
    Product product = product_of_conv(work, conv);
    product.kernels = kernels.tiles;
    product.a = &a;
    product.b = &b;
    const std::size_t per_lane = elements_per_lane(kernels.a);
    product.lanes = (conv.k() + per_lane - 1) / per_lane;
    product.bias = integer_bias(work);
    set_byte_terms(product, a, b, conv.k());
    multiply(product, parallel);
    return std::nullopt;
}

template <Isa isa>
std::optional<std::uint64_t> attention_block(const NodeWork& work, const Parallel& parallel) {
    const auto find = isa == Isa::avx2 ? avx2::find_elementwise_row : avx512::find_elementwise_row;
    attend({*float_tiles<isa>(), find(OpCode::exp, DType::f32, DType::f32)}, work, parallel);
    return std::nullopt;
}

constexpr std::uint64_t rows_per_piece = 256;

template <Isa isa>
std::optional<std::uint64_t> attention_finish(const NodeWork& work, const Parallel& parallel) {
    const LaneKernels& lanes = isa == Isa::avx2 ? avx2::lane_kernels : avx512::lane_kernels;
    const std::size_t width = work.call.output.shape.columns();
    const std::size_t rows = width == 0 ? 0 : work.call.output.shape.rows();
    const auto* states = reinterpret_cast<const float*>(work.operands[0]);
    auto* out = reinterpret_cast<float*>(work.output);
    for_each(parallel, (rows + rows_per_piece - 1) / rows_per_piece, [&](std::size_t index) {
        const std::size_t end = std::min(rows, (index + 1) * rows_per_piece);
        for (std::size_t row = index * rows_per_piece; row < end; ++row) {
            const float* state = states + row * (width + attention_state_head);
            const float sum = state[1];
            if (sum == 0.0F) {
                std::fill_n(out + row * width, width, 0.0F);
            } else {
                std::copy_n(state + attention_state_head, width, out + row * width);
                lanes.divide(out + row * width, sum, width);
            }
        }
    });
    return std::nullopt;
}

template <Isa isa>
Kernel find_for(const NodeCall& call) {
    switch (call.op) {
        case OpCode::gemm_f32:
            return gemm_f32<isa>;
        case OpCode::gemm_i8:
            return gemm_i8<isa>;
        case OpCode::gemm_fx:
            return gemm_fx<isa>;
        case OpCode::conv_f32:
            return is_depthwise(conv_of(call, conv_others)) ? depthwise<isa> : conv_f32<isa>;
        case OpCode::conv_i8:
            return conv_i8<isa>;
        case OpCode::attention_block:
            return attention_block<isa>;
        case OpCode::attention_finish:
            return attention_finish<isa>;
        default:
            return nullptr;
    }
}

}  // namespace

Kernel find_contraction_kernel(Isa isa, const NodeCall& call) {
    switch (isa) {
        case Isa::scalar:
        case Isa::scalar_soft_fma:
            return nullptr;
        case Isa::avx2:
            return find_for<Isa::avx2>(call);
        case Isa::avx512_no_vnni:
            return find_for<Isa::avx512_no_vnni>(call);
        case Isa::avx512:
            return find_for<Isa::avx512>(call);
    }
    return nullptr;
}

}  // namespace steelyard::vm::cpu
