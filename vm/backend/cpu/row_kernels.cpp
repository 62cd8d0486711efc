#include "vm/backend/cpu/row_functions.h"

#include "vm/backend/cpu/kernels.h"
#include "vm/backend/cpu/number_rows.h"
#include "vm/backend/cpu/order_kernels.h"
#include "vm/ops/elements.h"
#include "vm/ops/elementwise/float_rules.h"
#include "vm/ops/narrow_floats.h"

#include <algorithm>
#include <vector>

namespace steelyard::vm::cpu {

namespace {

const RowFunctions& functions_of(Isa isa) {
    return isa == Isa::avx2 ? avx2::row_functions() : avx512::row_functions();
}

const NumberRows& number_rows_of(Isa isa, DType type) {
    return isa == Isa::avx2 ? avx2::number_rows(type) : avx512::number_rows(type);
}

/// Rows of an operand as f32, whatever float of at most 4 bytes it is of.
class WideRows {
public:
    WideRows(const RowFunctions& with, const TensorType& type, const std::byte* data)
        : with_(with),
          type_(type),
          data_(data),
          scratch_(type.dtype == DType::f32 ? 0 : type.shape.columns()) {}

    const float* row(std::uint64_t number) {
        const std::byte* from = data_ + number * type_.row_bytes();
        if (type_.dtype == DType::f32) {
            return reinterpret_cast<const float*>(from);
        }
        const auto widen = type_.dtype == DType::f16 ? with_.widen_f16 : with_.widen_bf16;
        widen(reinterpret_cast<const std::uint16_t*>(from), type_.shape.columns(), scratch_.data());
        return scratch_.data();
    }

private:
    const RowFunctions& with_;
    const TensorType& type_;
    const std::byte* data_;
    std::vector<float> scratch_;
};

void store_float(DType type, float value, std::byte* to) {
    switch (type) {
        case DType::f16:
            return store(to, f16_from_f32(value));
        case DType::bf16:
            return store(to, bf16_from_f32(value));
        default:
            return store(to, canonical(value));
    }
}

float reduced(const RowFunctions& with, OpCode op, const float* x, std::uint64_t count) {
    switch (op) {
        case OpCode::reduce_sum:
            return with.sum(x, count);
        case OpCode::reduce_mean:
            return with.sum(x, count) / static_cast<float>(count);
        default:
            return with.product(x, count);
    }
}

template <Isa isa>
std::optional<std::uint64_t> run_float_sum(const NodeWork& work, const Parallel& parallel) {
    const TensorType& x = work.call.operands[0];
    const DType dtype = x.dtype;
    const RowFunctions& with = functions_of(isa);
    for_rows(x, parallel, [&](std::uint64_t first, std::uint64_t end) {
        WideRows rows(with, x, work.operands[0]);
        for (std::uint64_t row = first; row < end; ++row) {
            const float value = reduced(with, work.call.op, rows.row(row), x.shape.columns());
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
    const auto fold = work.call.op == OpCode::reduce_prod ? functions_of(isa).product_f64
                                                          : functions_of(isa).sum_f64;
    for_rows(x, parallel, [&](std::uint64_t first, std::uint64_t end) {
        for (std::uint64_t row = first; row < end; ++row) {
            const auto* from = reinterpret_cast<const double*>(work.operands[0]) + row * count;
            const double value = fold(from, count);
            store(
                work.output + row * sizeof(double),
                canonical(is_mean ? value / static_cast<double>(count) : value)
            );
        }
    });
    return std::nullopt;
}

/// The wrapped sum of `count` integers, given as bits, divided towards zero.
std::uint64_t integer_mean(DType type, std::uint64_t sum, std::uint64_t count) {
    if (count == 0) {
        return 0;
    }
    switch (type) {
        case DType::i32:
            return static_cast<std::uint64_t>(
                static_cast<std::int64_t>(static_cast<std::int32_t>(sum)) /
                static_cast<std::int32_t>(count)
            );
        case DType::i64:
            return static_cast<std::uint64_t>(
                static_cast<std::int64_t>(sum) / static_cast<std::int64_t>(count)
            );
        case DType::u32:
            return static_cast<std::uint32_t>(sum) / static_cast<std::uint32_t>(count);
        default:
            return sum / count;
    }
}

void store_bits(std::size_t size, std::uint64_t bits, std::byte* to) {
    std::memcpy(to, &bits, size);  // little-endian, as tensors are
}

/// Reductions whose result is the bits that `fold` gives.
template <typename Fold>
void run_folds(const NodeWork& work, const Parallel& parallel, Fold fold) {
    const TensorType& x = work.call.operands[0];
    const std::uint64_t count = x.shape.columns();
    const std::size_t size = size_of(x.dtype);
    for_rows(x, parallel, [&](std::uint64_t first, std::uint64_t end) {
        for (std::uint64_t row = first; row < end; ++row) {
            const std::byte* from = work.operands[0] + row * x.row_bytes();
            store_bits(size, fold(from, count), work.output + row * size);
        }
    });
}

template <Isa isa>
std::optional<std::uint64_t> run_integer_sum(const NodeWork& work, const Parallel& parallel) {
    const DType type = work.call.output.dtype;
    const NumberRows& with = number_rows_of(isa, type);
    if (work.call.op == OpCode::reduce_mean) {
        run_folds(work, parallel, [&](const std::byte* row, std::uint64_t count) {
            return integer_mean(type, with.sum(row, count), count);
        });
    } else {
        run_folds(work, parallel, work.call.op == OpCode::reduce_prod ? with.product : with.sum);
    }
    return std::nullopt;
}

template <Isa isa>
std::optional<std::uint64_t> run_extreme(const NodeWork& work, const Parallel& parallel) {
    const NumberRows& with = number_rows_of(isa, work.call.output.dtype);
    run_folds(work, parallel, work.call.op == OpCode::reduce_max ? with.greatest : with.least);
    return std::nullopt;
}

template <Isa isa>
std::optional<std::uint64_t> run_place(const NodeWork& work, const Parallel& parallel) {
    const TensorType& x = work.call.operands[0];
    const NumberRows& with = number_rows_of(isa, x.dtype);
    const auto place =
        work.call.op == OpCode::argmax ? with.place_of_greatest : with.place_of_least;
    const bool last_wins = work.call.attributes[0] != 0;
    for_rows(x, parallel, [&](std::uint64_t first, std::uint64_t end) {
        for (std::uint64_t row = first; row < end; ++row) {
            const std::byte* from = work.operands[0] + row * x.row_bytes();
            const std::uint64_t at = place(from, x.shape.columns(), last_wins);
            store(work.output + row * sizeof(std::int64_t), static_cast<std::int64_t>(at));
        }
    });
    return std::nullopt;
}

template <Isa isa>
std::optional<std::uint64_t> run_softmax(const NodeWork& work, const Parallel& parallel) {
    const TensorType& x = work.call.operands[0];
    const std::uint64_t count = x.shape.columns();
    const bool is_wide = x.dtype == DType::f32;
    const RowFunctions& with = functions_of(isa);
    const auto function = work.call.op == OpCode::softmax ? with.softmax : with.log_softmax;
    const auto narrow = x.dtype == DType::f16 ? with.narrow_f16 : with.narrow_bf16;
    if (count == 0) {
        return std::nullopt;
    }
    for_rows(x, parallel, [&](std::uint64_t first, std::uint64_t end) {
        WideRows rows(with, x, work.operands[0]);
        std::vector<float> scratch(is_wide ? 0 : count);
        for (std::uint64_t row = first; row < end; ++row) {
            std::byte* to = work.output + row * x.row_bytes();
            float* out = is_wide ? reinterpret_cast<float*>(to) : scratch.data();
            function({.x = rows.row(row), .count = count, .out = out});
            if (!is_wide) {
                narrow(out, count, reinterpret_cast<std::uint16_t*>(to));
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
Kernel find_sum(DType dtype) {
    switch (dtype) {
        case DType::f32:
        case DType::f16:
        case DType::bf16:
            return run_float_sum<isa>;
        case DType::f64:
            return run_f64_sum<isa>;
        default:
            return run_integer_sum<isa>;
    }
}

template <Isa isa>
Kernel find(const NodeCall& call) {
    switch (call.op) {
        case OpCode::reduce_sum:
        case OpCode::reduce_mean:
        case OpCode::reduce_prod:
            return find_sum<isa>(call.output.dtype);
        case OpCode::reduce_max:
        case OpCode::reduce_min:
            return run_extreme<isa>;
        case OpCode::argmax:
        case OpCode::argmin:
            return run_place<isa>;
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
            return find_order_kernel(call);
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
