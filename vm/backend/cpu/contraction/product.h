// Product: the loops around tiles: pieces, chunks of lanes, packed panels.
#pragma once

#include "vm/backend/cpu/contraction/tiles.h"
#include "vm/backend/cpu/kernels.h"
#include "vm/ops/elementwise/row_function.h"

namespace steelyard::vm::cpu {

/// Rows of lanes in memory.
struct LaneView {
    const std::uint32_t* data = nullptr;
    std::size_t stride = 0;
};

/// Lanes [first, first + count) of rows [row, row + rows) of a matrix of a batch.
struct LaneRange {
    std::size_t batch = 0;
    std::size_t row = 0;
    std::size_t rows = 0;
    std::size_t first = 0;
    std::size_t count = 0;
};

/// One operand of a product as rows of lanes of 32 bits. Used by several threads at once.
class LaneRows {
public:
    /// The lanes where they are, or written to `scratch`, rows `row_stride` apart.
    virtual LaneView read(const LaneRange& range, std::uint32_t* scratch) const = 0;

    /// Adds to terms[r], modulo 2^32, what the lanes of row r mean for the whole row of the output.
    virtual void add_terms(const LaneView&, const LaneRange&, std::uint32_t* /*terms*/) const {}

    virtual bool has_terms() const { return false; }

protected:
    ~LaneRows() = default;
};

/// out[batch][m][n] = the product of a's row m and b's row n, with an epilogue.
struct Product {
    const TileKernels* kernels = nullptr;
    const LaneRows* a = nullptr;
    const LaneRows* b = nullptr;
    std::size_t batches = 1;
    std::size_t m = 0;
    std::size_t n = 0;
    std::size_t lanes = 0;  ///< of a row

    /// The terms of column `column` in batch `batch`; nothing: there are none. Floats as their
    /// bits.
    const std::uint32_t* bias = nullptr;
    std::size_t bias_batch_stride = 0;
    bool integers = false;            ///< then a column's term is its bias, if any, + constant_term
    std::uint32_t constant_term = 0;  ///< integers

    bool relu = false;
    RowFunction activation = nullptr;  ///< of f32 rows; after the terms; nullptr: none but relu
    DType type = DType::f32;           ///< of the output; of 4 bytes where it is no float
    std::byte* out = nullptr;
    std::size_t row_stride = 0;    ///< elements
    std::size_t batch_stride = 0;  ///< elements
};

/// What tiles do not do to `sums` of a row: other activations than relu, outputs of 16 bits to
/// `out`. `scratch` has room for as many as there are sums.
void finish_row(const Product& product, std::span<float> sums, float* scratch, std::byte* out);

/// The order of the sums depends on the product alone, not on `parallel`.
void multiply(const Product& product, const Parallel& parallel);

}  // namespace steelyard::vm::cpu
