// Tiles: the innermost loops of the contractions, a set for each instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace steelyard::vm::cpu {

/// Lanes of 32 bits that a tile takes at once: an f32, two i16 or four bytes of a row each. With
/// f32 they are the chunk of the rule (vm-operators.md, K1).
constexpr std::size_t chunk_lanes = 512;

/// Lanes from one row of a to the next: so many that neighbours do not share sets of the cache.
constexpr std::size_t row_stride = chunk_lanes + 16;

/// Neighbouring lanes of every row of a tile: `first` is counted from where the row begins.
struct LaneSegment {
    std::size_t first = 0;
    std::size_t count = 0;
};

/// A tile's part of a chunk: c = what c held before (unless `first`) + the sums of a * b, then, if
/// `last`, the terms and the epilogue.
struct Tile {
    const std::uint32_t* a = nullptr;   ///< rows of lanes, `row_stride` or `a_stride` apart
    std::size_t a_stride = row_stride;  ///< of `multiply_segments`
    const std::uint32_t* b = nullptr;   ///< [lanes][TileKernels::columns], packed
    std::size_t lanes = 0;
    const LaneSegment* segments = nullptr;  ///< of `multiply_segments`: where `lanes` are, in order
    std::size_t segment_count = 0;
    std::uint32_t* c = nullptr;
    std::size_t c_stride = 0;  ///< elements of 32 bits between c's rows
    std::size_t rows = 0;      ///< of c that exist
    std::size_t columns = 0;
    bool first = true;
    bool chained = false;  ///< the chains begin at what c holds, not at +0; with `first`
    bool last = true;
    const std::uint32_t* column_terms = nullptr;  ///< [TileKernels::columns], or none
    const std::uint32_t* row_terms = nullptr;     ///< [TileKernels::rows], integers, or none
    bool relu = false;  ///< f32: the activation; NaN made canonical anyway
};

/// Rows of lanes of b, to be packed: to[lane * TileKernels::columns + row] = from[row * stride +
/// lane], zeros for rows that there are not.
struct Packing {
    const std::uint32_t* from = nullptr;
    std::size_t stride = 0;
    std::size_t rows = 0;
    std::size_t lanes = 0;
    std::uint32_t* to = nullptr;
};

constexpr std::size_t tile_rows_max = 14;
constexpr std::size_t tile_columns_max = 32;

struct TileKernels {
    std::size_t rows = 0;
    std::size_t columns = 0;
    void (*pack_columns)(const Packing& packing) = nullptr;
    void (*multiply)(const Tile& tile) = nullptr;
    void (*multiply_segments)(const Tile& tile) = nullptr;  ///< of f32
};

/// f16 to f32 and back, as the processor does it: exact; to nearest even, NaN canonical.
struct HalfConversion {
    void (*widen)(const std::uint16_t* from, std::size_t count, float* to) = nullptr;
    void (*narrow)(const float* from, std::size_t count, std::uint16_t* to) = nullptr;
};

// Lanes of f32 (`f32`), of two i16 (`i16`), of four bytes, a signed and b unsigned (`bytes`).
namespace avx2 {
extern const TileKernels f32_tiles;
extern const TileKernels i16_tiles;
extern const HalfConversion half_conversion;
}  // namespace avx2

namespace avx512 {
extern const TileKernels f32_tiles;
extern const TileKernels i16_tiles;
}  // namespace avx512

namespace avx512_vnni {
extern const TileKernels byte_tiles;
}  // namespace avx512_vnni

}  // namespace steelyard::vm::cpu
