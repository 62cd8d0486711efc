// Tiles of 14 x 32 lanes in 28 registers. For files that are compiled for AVX-512 alone.
#pragma once

#include "vm/backend/cpu/contraction/tiles.h"

#include <immintrin.h>

namespace steelyard::vm::cpu {

// Each file that includes this has copies of its own, so that none leaks to another.
namespace {

constexpr int tile_rows = 14;
constexpr int tile_columns = 32;
constexpr int vector_lanes = 16;

/// Columns of a 16 x 16 block become rows.
[[gnu::always_inline]] inline void transpose(__m512i (&r)[16]) {
    __m512i t[16];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
        t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
        r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
        r[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
        r[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

/// Up to 16 rows into lanes `first_row` to `first_row` + 15 of every group.
[[gnu::always_inline]] inline void pack_16(const Packing& packing, std::size_t first_row) {
    constexpr std::size_t width = tile_columns;
    const std::size_t rows = packing.rows > first_row ? packing.rows - first_row : 0;
    const std::uint32_t* from = packing.from + first_row * packing.stride;
    for (std::size_t lane = 0; lane < packing.lanes; lane += vector_lanes) {
        const std::size_t rest = packing.lanes - lane;
        const std::size_t count = rest < vector_lanes ? rest : vector_lanes;
        const auto mask = static_cast<__mmask16>((1U << count) - 1);
        __m512i r[16];
        if (rows >= 16) {
#pragma GCC unroll 16
            for (std::size_t i = 0; i < 16; ++i) {
                r[i] = _mm512_maskz_loadu_epi32(mask, from + i * packing.stride + lane);
            }
        } else {
#pragma GCC unroll 16
            for (std::size_t i = 0; i < 16; ++i) {
                r[i] = i < rows ? _mm512_maskz_loadu_epi32(mask, from + i * packing.stride + lane)
                                : _mm512_setzero_si512();
            }
        }
        transpose(r);
        std::uint32_t* to = packing.to + lane * width + first_row;
        if (count == vector_lanes) {
#pragma GCC unroll 16
            for (std::size_t i = 0; i < 16; ++i) {
                _mm512_storeu_si512(to + i * width, r[i]);
            }
        } else {
#pragma GCC unroll 16
            for (std::size_t i = 0; i < 16; ++i) {
                if (i < count) {
                    _mm512_storeu_si512(to + i * width, r[i]);
                }
            }
        }
    }
}

void pack_columns(const Packing& packing) {
    pack_16(packing, 0);
    pack_16(packing, vector_lanes);
}

/// One row of a tile after its last lane.
template <typename Arithmetic>
[[gnu::always_inline]] inline __m512i finished(
    __m512i sum, const Tile& tile, std::size_t row, std::size_t column
) {
    __m512i x = sum;
    if (tile.column_terms != nullptr) {
        x = Arithmetic::add(x, _mm512_loadu_si512(tile.column_terms + column));
    }
    return Arithmetic::finish(x, tile, row);
}

template <typename Arithmetic, int rows>
[[gnu::always_inline]] inline void add_lanes(const Tile& tile, __m512i (&sums)[rows][2]) {
    const std::uint32_t* a = tile.a;
    const std::uint32_t* b = tile.b;
    for (std::size_t lane = 0; lane < tile.lanes; ++lane) {
        const __m512i left = _mm512_load_si512(b);
        const __m512i right = _mm512_load_si512(b + vector_lanes);
#pragma GCC unroll 14
        for (std::size_t r = 0; r < rows; ++r) {
            const __m512i factor = _mm512_set1_epi32(static_cast<int>(a[r * row_stride + lane]));
            sums[r][0] = Arithmetic::step(sums[r][0], factor, left);
            sums[r][1] = Arithmetic::step(sums[r][1], factor, right);
        }
        b += tile_columns;
    }
}

/// The same of rows that are `a_stride` apart. Three rows at a time have a pointer, which the
/// compiler does not see through: it would keep one for every row, more than there are registers.
template <typename Arithmetic, int rows>
[[gnu::always_inline]] inline void add_segments(const Tile& tile, __m512i (&sums)[rows][2]) {
    constexpr std::size_t pointers = (rows + 2) / 3;
    const std::size_t stride = tile.a_stride;
    const std::uint32_t* b = tile.b;
    for (std::size_t i = 0; i < tile.segment_count; ++i) {
        const std::uint32_t* a[pointers];
        a[0] = tile.a + tile.segments[i].first;
#pragma GCC unroll 5
        for (std::size_t p = 1; p < pointers; ++p) {
            a[p] = a[p - 1] + 3 * stride;
        }
        const std::uint32_t* end = b + tile.segments[i].count * tile_columns;
        for (; b != end; b += tile_columns) {
            const __m512i left = _mm512_load_si512(b);
            const __m512i right = _mm512_load_si512(b + vector_lanes);
#pragma GCC unroll 14
            for (std::size_t r = 0; r < rows; ++r) {
                const std::uint32_t lane = a[r / 3][r % 3 * stride];
                const __m512i factor = _mm512_set1_epi32(static_cast<int>(lane));
                sums[r][0] = Arithmetic::step(sums[r][0], factor, left);
                sums[r][1] = Arithmetic::step(sums[r][1], factor, right);
            }
#pragma GCC unroll 5
            for (std::size_t p = 0; p < pointers; ++p) {
                ++a[p];
                __asm__("" : "+r"(a[p]));
            }
        }
    }
}

template <typename Arithmetic, int rows, bool apart>
void multiply_rows(const Tile& tile) {
    __m512i sums[rows][2];
#pragma GCC unroll 14
    for (int r = 0; r < rows; ++r) {
        sums[r][0] = _mm512_setzero_si512();
        sums[r][1] = _mm512_setzero_si512();
    }
    const auto mask = static_cast<std::uint32_t>((std::uint64_t{1} << tile.columns) - 1);
    const __mmask16 masks[2] = {
        static_cast<__mmask16>(mask & 0xffff), static_cast<__mmask16>(mask >> 16)
    };
    if (tile.chained) {
#pragma GCC unroll 14
        for (std::size_t r = 0; r < rows; ++r) {
            const std::uint32_t* c = tile.c + r * tile.c_stride;
            sums[r][0] = _mm512_maskz_loadu_epi32(masks[0], c);
            sums[r][1] = _mm512_maskz_loadu_epi32(masks[1], c + vector_lanes);
        }
    }
    if constexpr (apart) {
        add_segments<Arithmetic, rows>(tile, sums);
    } else {
        add_lanes<Arithmetic, rows>(tile, sums);
    }
#pragma GCC unroll 14
    for (std::size_t r = 0; r < rows; ++r) {
        std::uint32_t* c = tile.c + r * tile.c_stride;
#pragma GCC unroll 2
        for (std::size_t half = 0; half < 2; ++half) {
            __m512i x = sums[r][half];
            if (!tile.first) {
                x = Arithmetic::add(_mm512_maskz_loadu_epi32(masks[half], c + half * 16), x);
            }
            if (tile.last) {
                x = finished<Arithmetic>(x, tile, r, half * 16);
            }
            _mm512_mask_storeu_epi32(c + half * 16, masks[half], x);
        }
    }
}

template <typename Arithmetic, bool apart>
void multiply(const Tile& tile) {
    using Rows = void (*)(const Tile&);
    static constexpr Rows by_rows[] = {
        multiply_rows<Arithmetic, 1, apart>,
        multiply_rows<Arithmetic, 2, apart>,
        multiply_rows<Arithmetic, 3, apart>,
        multiply_rows<Arithmetic, 4, apart>,
        multiply_rows<Arithmetic, 5, apart>,
        multiply_rows<Arithmetic, 6, apart>,
        multiply_rows<Arithmetic, 7, apart>,
        multiply_rows<Arithmetic, 8, apart>,
        multiply_rows<Arithmetic, 9, apart>,
        multiply_rows<Arithmetic, 10, apart>,
        multiply_rows<Arithmetic, 11, apart>,
        multiply_rows<Arithmetic, 12, apart>,
        multiply_rows<Arithmetic, 13, apart>,
        multiply_rows<Arithmetic, 14, apart>,
    };
    by_rows[tile.rows - 1](tile);
}

template <typename Arithmetic, bool has_segments>
constexpr TileKernels tiles_of{
    .rows = tile_rows,
    .columns = tile_columns,
    .pack_columns = pack_columns,
    .multiply = multiply<Arithmetic, false>,
    .multiply_segments = has_segments ? multiply<Arithmetic, true> : nullptr,
};

/// What integers share: sums wrap.
struct WrappingSums {
    [[gnu::always_inline]] static inline __m512i add(__m512i a, __m512i b) {
        return _mm512_add_epi32(a, b);
    }

    [[gnu::always_inline]] static inline __m512i finish(
        __m512i x, const Tile& tile, std::size_t row
    ) {
        return tile.row_terms == nullptr
                   ? x
                   : _mm512_add_epi32(x, _mm512_set1_epi32(static_cast<int>(tile.row_terms[row])));
    }
};

}  // namespace

}  // namespace steelyard::vm::cpu
