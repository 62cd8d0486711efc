// The loops of exact dot products, over a vector type that each instruction set's file brings.
#pragma once

#include "vm/backend/cpu/contraction/fixed_dots.h"

namespace steelyard::vm::cpu {

/// `Vector` is of an unnamed namespace, and so then is all that is made of it here.
template <typename Vector>
struct DigitLoops {
    template <std::size_t rows, std::size_t columns>
    static void add_tile(const DigitBlock& block, std::size_t row, std::size_t column) {
        typename Vector::Value sums[rows][columns];
#pragma GCC unroll 4
        for (std::size_t r = 0; r < rows; ++r) {
#pragma GCC unroll 4
            for (std::size_t c = 0; c < columns; ++c) {
                sums[r][c] = Vector::zero();
            }
        }
        const double* a = block.a + row * digit_stride;
        const double* b = block.b + column * digit_stride;
        for (std::size_t i = 0; i < block.count; i += Vector::width) {
            typename Vector::Value factors[columns];
#pragma GCC unroll 4
            for (std::size_t c = 0; c < columns; ++c) {
                factors[c] = Vector::load(b + c * digit_stride + i);
            }
#pragma GCC unroll 4
            for (std::size_t r = 0; r < rows; ++r) {
                const auto factor = Vector::load(a + r * digit_stride + i);
#pragma GCC unroll 4
                for (std::size_t c = 0; c < columns; ++c) {
                    sums[r][c] = Vector::fma(factor, factors[c], sums[r][c]);
                }
            }
        }
        for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t c = 0; c < columns; ++c) {
                block.sums[(row + r) * block.sums_stride + column + c] +=
                    static_cast<std::int64_t>(Vector::sum(sums[r][c]));
            }
        }
    }

    template <std::size_t rows>
    static void add_rows(const DigitBlock& block, std::size_t row) {
        std::size_t column = 0;
        for (; column + Vector::tile <= block.columns; column += Vector::tile) {
            add_tile<rows, Vector::tile>(block, row, column);
        }
        for (; column < block.columns; ++column) {
            add_tile<rows, 1>(block, row, column);
        }
    }

    static void add_dots(const DigitBlock& block) {
        std::size_t row = 0;
        for (; row + Vector::tile <= block.rows; row += Vector::tile) {
            add_rows<Vector::tile>(block, row);
        }
        for (; row < block.rows; ++row) {
            add_rows<1>(block, row);
        }
    }

    static void make_digits(const DigitRow& row) {
        constexpr double to_integer = 0x1.8p52;
        std::size_t i = 0;
        for (; i + Vector::width <= row.count; i += Vector::width) {
            const auto x = Vector::mul(Vector::widened(row.from + i), row.scale);
            const auto whole = Vector::sub(Vector::add(x, to_integer), to_integer);
            Vector::store(row.to + i, Vector::within(whole, -row.most, row.most));
        }
        for (; i < row.count; ++i) {
            const double x = static_cast<double>(row.from[i]) * row.scale;
            const double whole = (x + to_integer) - to_integer;
            const double below = whole > row.most ? row.most : whole;
            row.to[i] = below < -row.most ? -row.most : below;
        }
    }
};

template <typename Vector>
constexpr DigitKernels digit_kernels_of{
    .add_dots = DigitLoops<Vector>::add_dots,
    .make_digits = DigitLoops<Vector>::make_digits,
};

}  // namespace steelyard::vm::cpu
