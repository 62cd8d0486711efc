#include "vm/backend/cpu/row_functions.h"

#include "vm/backend/cpu/kernels.h"
#include "vm/ops/elements.h"
#include "vm/ops/elementwise/float_rules.h"
#include "vm/ops/narrow_floats.h"

#include <algorithm>
#include <vector>

namespace steelyard::vm::cpu {

namespace {

constexpr std::uint64_t elements_per_piece = 16'384;

const RowFunctions& functions_of(Isa isa) {
    return isa == Isa::avx2 ? avx2::row_functions() : avx512::row_functions();
}

/// Calls `body(first, end)` for pieces of the rows of x.
template <typename Body>
void for_rows(const TensorType& x, const Parallel& parallel, Body body) {
    const std::uint64_t columns = std::max<std::uint64_t>(x.shape.columns(), 1);
    const std::uint64_t piece = std::max<std::uint64_t>(1, elements_per_piece / columns);
    const std::uint64_t rows = x.shape.rows();
    for_each(parallel, (rows + piece - 1) / piece, [&](std::size_t index) {
        body(index * piece, std::min(rows, (index + 1) * piece));
    });
}

float widened(DType type, std::uint16_t bits) {
    return type == DType::f16 ? f32_from_f16(bits) : f32_from_bf16(bits);
}

std::uint16_t narrowed(DType type, float value) {
    return type == DType::f16 ? f16_from_f32(value) : bf16_from_f32(value);
}

/// Rows of an operand as f32, whatever float of at most 4 bytes it is of.
class WideRows {
public:
    WideRows(const TensorType& type, const std::byte* data)
        : type_(type), data_(data), scratch_(type.dtype == DType::f32 ? 0 : type.shape.columns()) {}

    const float* row(std::uint64_t number) {
        const std::byte* from = data_ + number * type_.row_bytes();
        if (type_.dtype == DType::f32) {
            return reinterpret_cast<const float*>(from);
        }
        for (std::uint64_t i = 0; i < scratch_.size(); ++i) {
            scratch_[i] = widened(type_.dtype, load<std::uint16_t>(from + 2 * i));
        }
        return scratch_.data();
    }

private:
    const TensorType& type_;
    const std::byte* data_;
    std::vector<float> scratch_;
};

void store_float(DType type, float value, std::byte* to) {
    if (type == DType::f32) {
        store(to, canonical(value));
    } else {
        store(to, narrowed(type, value));
    }
}

float reduced(const RowFunctions& with, OpCode op, const float* x, std::uint64_t count) {
    switch (op) {
        case OpCode::reduce_sum:
            return with.sum(x, count);
        case OpCode::reduce_mean:
            return with.sum(x, count) / static_cast<float>(count);
        case OpCode::reduce_prod:
            return with.product(x, count);
        case OpCode::reduce_max:
            return with.greatest(x, count);
        default:
            return with.least(x, count);
    }
}

template <Isa isa>
std::optional<std::uint64_t> run_reduction(const NodeWork& work, const Parallel& parallel) {
    const TensorType& x = work.call.operands[0];
    const DType dtype = x.dtype;
    for_rows(x, parallel, [&](std::uint64_t first, std::uint64_t end) {
        WideRows rows(x, work.operands[0]);
        for (std::uint64_t row = first; row < end; ++row) {
            const float value =
                reduced(functions_of(isa), work.call.op, rows.row(row), x.shape.columns());
            store_float(dtype, value, work.output + row * size_of(dtype));
        }
    });
    return std::nullopt;
}

template <Isa isa>
std::optional<std::uint64_t> run_f64_sum(const NodeWork& work, const Parallel& parallel) {
    const TensorType& x = work.call.operands[0];
    const std::uint64_t count = x.shape.columns();
    const bool is_mean = work.call.op == OpCode::reduce_mean;
    for_rows(x, parallel, [&](std::uint64_t first, std::uint64_t end) {
        for (std::uint64_t row = first; row < end; ++row) {
            const auto* from = reinterpret_cast<const double*>(work.operands[0]) + row * count;
            const double sum = functions_of(isa).sum_f64(from, count);
            store(
                work.output + row * sizeof(double),
                canonical(is_mean ? sum / static_cast<double>(count) : sum)
            );
        }
    });
    return std::nullopt;
}

template <Isa isa>
std::optional<std::uint64_t> run_softmax(const NodeWork& work, const Parallel& parallel) {
    const TensorType& x = work.call.operands[0];
    const std::uint64_t count = x.shape.columns();
    const bool is_wide = x.dtype == DType::f32;
    const auto function =
        work.call.op == OpCode::softmax ? functions_of(isa).softmax : functions_of(isa).log_softmax;
    if (count == 0) {
        return std::nullopt;
    }
    for_rows(x, parallel, [&](std::uint64_t first, std::uint64_t end) {
        WideRows rows(x, work.operands[0]);
        std::vector<float> scratch(is_wide ? 0 : count);
        for (std::uint64_t row = first; row < end; ++row) {
            std::byte* to = work.output + row * x.row_bytes();
            float* out = is_wide ? reinterpret_cast<float*>(to) : scratch.data();
            function({.x = rows.row(row), .count = count, .out = out});
            for (std::uint64_t i = 0; i < scratch.size(); ++i) {
                store(to + 2 * i, narrowed(x.dtype, scratch[i]));
            }
        }
    });
    return std::nullopt;
}

const float* floats(const NodeWork& work, std::size_t operand) {
    return reinterpret_cast<const float*>(work.operands[operand]);
}

float epsilon_of(const NodeWork& work) {
    return f32_of(static_cast<std::uint32_t>(work.call.attributes[0]));
}

/// Applies `function` to all rows, of which `row` has what is the same for all.
void run_norm(
    const NodeWork& work, FloatRow row, void (*function)(const FloatRow&), const Parallel& parallel
) {
    row.count = work.call.output.shape.columns();
    row.epsilon = epsilon_of(work);
    for_rows(work.call.output, parallel, [&](std::uint64_t first, std::uint64_t end) {
        FloatRow own = row;
        for (std::uint64_t number = first; number < end; ++number) {
            own.x = floats(work, 0) + number * row.count;
            own.out = reinterpret_cast<float*>(work.output) + number * row.count;
            function(own);
        }
    });
}

template <Isa isa>
std::optional<std::uint64_t> run_layer_norm(const NodeWork& work, const Parallel& parallel) {
    const FloatRow row{.gamma = floats(work, 1), .beta = floats(work, 2)};
    run_norm(work, row, functions_of(isa).layer_norm, parallel);
    return std::nullopt;
}

template <Isa isa>
std::optional<std::uint64_t> run_rms_norm(const NodeWork& work, const Parallel& parallel) {
    run_norm(work, {.gamma = floats(work, 1)}, functions_of(isa).rms_norm, parallel);
    return std::nullopt;
}

template <Isa isa>
std::optional<std::uint64_t> run_batch_norm(const NodeWork& work, const Parallel& parallel) {
    std::vector<float> factors(work.call.output.shape.columns());
    for (std::size_t channel = 0; channel < factors.size(); ++channel) {
        const float variance = floats(work, 4)[channel];
        const float scale = 1.0F / square_root(variance + epsilon_of(work));
        factors[channel] = scale * floats(work, 1)[channel];
    }
    const FloatRow row{.gamma = factors.data(), .beta = floats(work, 2), .mean = floats(work, 3)};
    run_norm(work, row, functions_of(isa).batch_norm, parallel);
    return std::nullopt;
}

template <Isa isa>
Kernel find(const NodeCall& call) {
    const DType dtype = call.output.dtype;
    const bool is_short = dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16;
    switch (call.op) {
        case OpCode::reduce_sum:
        case OpCode::reduce_mean:
            return is_short ? run_reduction<isa> : dtype == DType::f64 ? run_f64_sum<isa> : nullptr;
        case OpCode::reduce_max:
        case OpCode::reduce_min:
        case OpCode::reduce_prod:
            return is_short ? run_reduction<isa> : nullptr;
        case OpCode::softmax:
        case OpCode::log_softmax:
            return run_softmax<isa>;
        case OpCode::layer_norm:
            return run_layer_norm<isa>;
        case OpCode::rms_norm:
            return run_rms_norm<isa>;
        case OpCode::batch_norm:
            return run_batch_norm<isa>;
        default:
            return nullptr;
    }
}

}  // namespace

Kernel find_row_kernel(Isa isa, const NodeCall& call) {
    switch (isa) {
        case Isa::scalar:
        case Isa::scalar_soft_fma:
            return nullptr;
        case Isa::avx2:
            return find<Isa::avx2>(call);
        case Isa::avx512_no_vnni:
        case Isa::avx512:
            return find<Isa::avx512>(call);
    }
    return nullptr;
}

}  // namespace steelyard::vm::cpu
