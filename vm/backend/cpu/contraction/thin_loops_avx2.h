// The loops of thin tiles, over a vector of rows that each instruction set's file brings.
#pragma once

#include "vm/backend/cpu/contraction/thin.h"

#include <immintrin.h>

namespace steelyard::vm::cpu {

// Each file that includes this has copies of its own, so that none leaks to another.
namespace {

/// Neighbouring lanes that are taken at once.
constexpr std::size_t lanes_at_once = 4;

[[gnu::always_inline]] inline __m256 finished_across(__m256 x, bool relu) {
    if (relu) {
        x = _mm256_andnot_ps(_mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_LE_OQ), x);
    }
    const __m256 nan = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fc00000));
    return _mm256_blendv_ps(x, nan, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
}

/// Columns of an 8 x 8 block become rows.
[[gnu::always_inline]] inline void transpose_8(__m256 (&r)[8]) {
    __m256 t[8];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        t[2 * i] = _mm256_unpacklo_ps(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i], r[2 * i + 1]);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) {
        r[4 * i] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0x44);
        r[4 * i + 1] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0xee);
        r[4 * i + 2] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0x44);
        r[4 * i + 3] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0xee);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        t[i] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x20);
        t[i + 4] = _mm256_permute2f128_ps(r[i], r[i + 4], 0x31);
    }
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
        r[i] = t[i];
    }
}

/// Puts the sums of long rows [row, row + 8), of columns as `sums` has them, into rows of c.
[[gnu::always_inline]] inline void store_rows(
    const ThinTile& tile, std::size_t row, __m256 (&sums)[8]
) {
    transpose_8(sums);
    const __m256i numbers = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i mask =
        _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(tile.columns)), numbers);
    const __m256 terms = tile.last && tile.terms != nullptr ? _mm256_maskload_ps(tile.terms, mask)
                                                            : _mm256_setzero_ps();
#pragma GCC unroll 8
    for (std::size_t i = 0; i < 8; ++i) {
        if (row + i < tile.skip) {
            continue;
        }
        float* c = tile.c + (row + i) * tile.c_stride;
        __m256 x = sums[i];
        if (!tile.first) {
            x = _mm256_add_ps(_mm256_maskload_ps(c, mask), x);
        }
        if (tile.last) {
            x = finished_across(tile.terms == nullptr ? x : _mm256_add_ps(x, terms), tile.relu);
        }
        _mm256_maskstore_ps(c, mask, x);
    }
}

/// `Vector` is of an unnamed namespace, and so then is all that is made of it here.
template <typename Vector>
struct ThinLoops {
    using Value = typename Vector::Value;

    template <std::size_t columns>
    [[gnu::always_inline]] static inline void add_lane(
        const Value& x, const float* factors, std::size_t stride, Value (&sums)[columns]
    ) {
#pragma GCC unroll 8
        for (std::size_t s = 0; s < columns; ++s) {
            sums[s] = Vector::fma(x, Vector::all(factors[s * stride]), sums[s]);
        }
    }

    template <std::size_t columns>
    static void multiply_columns(const ThinTile& tile) {
        Value sums[columns];
#pragma GCC unroll 8
        for (std::size_t s = 0; s < columns; ++s) {
            sums[s] = Vector::zero();
        }
        const float* factors = tile.factors;
        for (std::size_t i = 0; i < tile.segment_count; ++i) {
            const float* rows = tile.rows + tile.segments[i].first;
            std::size_t rest = tile.segments[i].count;
            for (; rest >= lanes_at_once; rest -= lanes_at_once) {
                Value x[lanes_at_once];
                Vector::load(rows, tile.stride, x);
#pragma GCC unroll 4
                for (std::size_t lane = 0; lane < lanes_at_once; ++lane) {
                    add_lane(x[lane], factors + lane, tile.factor_stride, sums);
                }
                rows += lanes_at_once;
                factors += lanes_at_once;
            }
            for (; rest > 0; --rest) {
                add_lane(Vector::gather(rows, tile.stride), factors, tile.factor_stride, sums);
                ++rows;
                ++factors;
            }
        }
        if (tile.across) {
#pragma GCC unroll 8
            for (std::size_t s = 0; s < columns; ++s) {
                Vector::store_column(tile, s, sums[s]);
            }
        } else {
            Value padded[thin_columns_max];
#pragma GCC unroll 8
            for (std::size_t s = 0; s < thin_columns_max; ++s) {
                padded[s] = s < columns ? sums[s < columns ? s : 0] : Vector::zero();
            }
            Vector::store_rows_of(tile, padded);
        }
    }

    static void multiply(const ThinTile& tile) {
        using Columns = void (*)(const ThinTile&);
        static constexpr Columns by_columns[] = {
            multiply_columns<1>,
            multiply_columns<2>,
            multiply_columns<3>,
            multiply_columns<4>,
            multiply_columns<5>,
            multiply_columns<6>,
            multiply_columns<7>,
            multiply_columns<8>,
        };
        by_columns[tile.columns - 1](tile);
    }
};

}  // namespace

}  // namespace steelyard::vm::cpu
