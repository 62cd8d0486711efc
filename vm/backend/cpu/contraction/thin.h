// Thin tiles: products of many rows with a few, without packing. For matrices of few columns or
// rows, and for groups of few outputs.
#pragma once

#include "vm/backend/cpu/contraction/tiles.h"

namespace steelyard::vm::cpu {

constexpr std::size_t thin_columns_max = 8;

/// A part of a chunk, of f32: sums[row][column] of the long rows by the columns' factors.
struct ThinTile {
    const float* rows = nullptr;            ///< ThinKernels::rows long ones, `stride` apart
    std::size_t stride = 0;                 ///< lanes
    const LaneSegment* segments = nullptr;  ///< where lanes of the rows are, in order
    std::size_t segment_count = 0;
    const float* factors = nullptr;  ///< rows of neighbouring lanes, one for each column
    std::size_t factor_stride = 0;   ///< lanes
    std::size_t columns = 0;         ///< 1 to thin_columns_max
    float* c = nullptr;
    std::size_t c_stride = 0;  ///< elements between c's rows
    bool across = false;       ///< c's rows are the columns, else the long rows
    std::size_t skip = 0;      ///< long rows at the beginning that c has already
    bool first = true;         ///< as of Tile
    bool last = true;
    const float* terms = nullptr;  ///< for each of c's columns, or none
    bool relu = false;
};

struct ThinKernels {
    std::size_t rows = 0;
    void (*multiply)(const ThinTile& tile) = nullptr;
};

namespace avx2 {
extern const ThinKernels thin_kernels;  ///< of 8 rows
}

namespace avx512 {
extern const ThinKernels thin_kernels;  ///< of 16 rows
}

}  // namespace steelyard::vm::cpu
