#include "vm/backend/cpu/contraction/fixed_kernel.h"

#include "vm/backend/cpu/contraction/scratch.h"
#include "vm/ops/contraction/fixed_point.h"
#include "vm/ops/narrow_floats.h"

#include <algorithm>
#include <vector>

namespace steelyard::vm::cpu {

namespace {

constexpr std::size_t block_rows = 60;  // of a and of b: a multiple of the tiles' sizes
constexpr std::size_t rows_per_scan = 64;
constexpr std::size_t digits_at_once = 8;

/// Sums below this are numbers of f64, and so is what a power of two makes of them.
constexpr std::uint64_t exact_sums_end = std::uint64_t{1} << 53;

/// round_to_f32, sooner for sums that most products have.
float rounded(std::int64_t sum, int exponent) {
    if (static_cast<std::uint64_t>(sum) + exact_sums_end >= 2 * exact_sums_end) {
        return round_to_f32(sum, exponent);
    }
    return static_cast<float>(static_cast<double>(sum) * f64_power_of_two(exponent));
}

std::size_t ceil_div(std::size_t a, std::size_t b) {
    return (a + b - 1) / b;
}

/// The scales of all rows of an operand.
std::vector<RowScale> scales_of(
    const NodeWork& work, std::size_t operand, const Parallel& parallel
) {
    const Shape& shape = work.call.operands[operand].shape;
    const std::size_t k = shape.columns();
    std::vector<RowScale> scales(shape.rows());
    const auto* data = reinterpret_cast<const float*>(work.operands[operand]);
    for_each(parallel, ceil_div(scales.size(), rows_per_scan), [&](std::size_t index) {
        const std::size_t first = index * rows_per_scan;
        for (std::size_t r = first; r < std::min(scales.size(), first + rows_per_scan); ++r) {
            std::uint32_t most = 0;
            for (std::size_t i = 0; i < k; ++i) {
                most = greater_magnitude(most, data[r * k + i]);
            }
            scales[r] = scale_of(most);
        }
    });
    return scales;
}

/// Some rows of an operand: a block of a product's rows or columns.
struct Rows {
    const float* data = nullptr;  ///< of the first row
    const RowScale* scales = nullptr;
    std::size_t count = 0;
};

class Block {
public:
    Block(const DigitKernels& kernels, const Rows& a, const Rows& b, std::size_t k, int bits)
        : kernels_(kernels), a_(a), b_(b), k_(k), bits_(bits) {
        ScratchLayout layout;
        const std::size_t digits = block_rows * digit_stride * (sizeof(double) / sizeof(float));
        const auto of_a = layout.add(digits);
        const auto of_b = layout.add(digits);
        const auto of_sums = layout.add(2 * block_rows * block_rows);
        std::uint32_t* base = layout.allocate();
        a_digits_ = reinterpret_cast<double*>(base + of_a);
        b_digits_ = reinterpret_cast<double*>(base + of_b);
        sums_ = reinterpret_cast<std::int64_t*>(base + of_sums);
    }

    void run(float* out, std::size_t out_stride) {
        std::fill_n(sums_, block_rows * block_rows, std::int64_t{0});
        for (std::size_t first = 0; first < k_; first += digit_chunk) {
            const std::size_t count = std::min(digit_chunk, k_ - first);
            make_digits(a_, first, count, a_digits_);
            make_digits(b_, first, count, b_digits_);
            kernels_.add_dots({
                .a = a_digits_,
                .b = b_digits_,
                .rows = a_.count,
                .columns = b_.count,
                .count = ceil_div(count, digits_at_once) * digits_at_once,
                .sums = sums_,
                .sums_stride = block_rows,
            });
        }
        for (std::size_t r = 0; r < a_.count; ++r) {
            for (std::size_t c = 0; c < b_.count; ++c) {
                out[r * out_stride + c] = element(r, c);
            }
        }
    }

private:
    void make_digits(const Rows& rows, std::size_t first, std::size_t count, double* digits) const {
        for (std::size_t r = 0; r < rows.count; ++r) {
            double* to = digits + r * digit_stride;
            const std::size_t used = ceil_div(count, digits_at_once) * digits_at_once;
            std::fill(to + (rows.scales[r].finite ? count : 0), to + used, 0.0);
            if (rows.scales[r].finite) {
                kernels_.make_digits({
                    .from = rows.data + r * k_ + first,
                    .count = count,
                    .scale = f64_power_of_two(bits_ - rows.scales[r].exponent),
                    .most = f64_power_of_two(bits_) - 1.0,
                    .to = to,
                });
            }
        }
    }

    float element(std::size_t r, std::size_t c) const {
        if (!a_.scales[r].finite || !b_.scales[c].finite) {
            return std::bit_cast<float>(f32_nan_bits);
        }
        const int exponent = a_.scales[r].exponent + b_.scales[c].exponent - 2 * bits_;
        return rounded(sums_[r * block_rows + c], exponent);
    }

    const DigitKernels& kernels_;
    Rows a_;
    Rows b_;
    std::size_t k_;
    int bits_;
    double* a_digits_ = nullptr;
    double* b_digits_ = nullptr;
    std::int64_t* sums_ = nullptr;
};

}  // namespace

void multiply_fixed(const DigitKernels& kernels, const NodeWork& work, const Parallel& parallel) {
    const Shape& shape = work.call.operands[0].shape;
    const std::size_t k = shape.columns();
    const std::size_t n = work.call.output.shape.columns();
    if (work.call.output.elements() == 0) {
        return;
    }
    // The matrices of a are one where b is the same for all.
    const bool one_b = work.call.operands[1].shape.rank() == 2;
    const std::size_t m = one_b ? work.call.output.shape.rows() : shape[shape.rank() - 2];
    const std::vector<RowScale> a_scales = scales_of(work, 0, parallel);
    const std::vector<RowScale> b_scales = scales_of(work, 1, parallel);
    const auto* a = reinterpret_cast<const float*>(work.operands[0]);
    const auto* b = reinterpret_cast<const float*>(work.operands[1]);
    auto* out = reinterpret_cast<float*>(work.output);
    const std::size_t down = ceil_div(m, block_rows);
    const std::size_t across = ceil_div(n, block_rows);
    const std::size_t batches = work.call.output.shape.rows() / m;
    for_each(parallel, batches * down * across, [&](std::size_t index) {
        const std::size_t batch = index / (down * across);
        const std::size_t row = index / across % down * block_rows;
        const std::size_t column = index % across * block_rows;
        const std::size_t a_row = batch * m + row;
        const std::size_t b_row = (one_b ? 0 : batch * n) + column;
        Block(
            kernels,
            {a + a_row * k, a_scales.data() + a_row, std::min(block_rows, m - row)},
            {b + b_row * k, b_scales.data() + b_row, std::min(block_rows, n - column)},
            k,
            static_cast<int>(work.call.attributes[0])
        )
            .run(out + a_row * n + column, n);
    });
}

}  // namespace steelyard::vm::cpu
