// Thin products: those in which one side has few rows.
#pragma once

#include "vm/backend/cpu/contraction/product.h"
#include "vm/backend/cpu/contraction/thin.h"

namespace steelyard::vm::cpu {

/// The most rows of the short side for which thin tiles beat those of many columns.
constexpr std::size_t short_rows_max = 12;

/// Columns of thin tiles for a short side of `rows`.
constexpr std::size_t thin_columns(std::size_t rows) {
    const std::size_t parts = (rows + thin_columns_max - 1) / thin_columns_max;
    return (rows + parts - 1) / parts;
}

/// The thin tiles for a long side of `rows`; nullptr: there are too few rows for any.
const ThinKernels* find_thin_kernels(bool has_avx512, std::size_t rows);

/// Whether thin tiles do a product of f32.
bool is_thin(const Product& product);

/// `multiply` by thin tiles, of a product that `is_thin`.
void multiply_thin(const Product& product, bool has_avx512, const Parallel& parallel);

}  // namespace steelyard::vm::cpu
