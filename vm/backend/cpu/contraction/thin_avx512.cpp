#include "vm/backend/cpu/contraction/thin_loops_avx2.h"

namespace steelyard::vm::cpu::avx512 {

namespace {

/// Sixteen rows.
struct Rows {
    using Value = __m512;

    static constexpr std::size_t count = 16;

    static Value zero() { return _mm512_setzero_ps(); }
    static Value all(float x) { return _mm512_set1_ps(x); }
    static Value fma(Value a, Value b, Value c) { return _mm512_fmadd_ps(a, b, c); }

    /// Four neighbouring lanes of all rows.
    [[gnu::always_inline]] static inline void load(
        const float* from, std::size_t stride, Value (&x)[lanes_at_once]
    ) {
        Value r[4];
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i) {
            Value row = _mm512_castps128_ps512(_mm_loadu_ps(from + i * stride));
            row = _mm512_insertf32x4(row, _mm_loadu_ps(from + (i + 4) * stride), 1);
            row = _mm512_insertf32x4(row, _mm_loadu_ps(from + (i + 8) * stride), 2);
            r[i] = _mm512_insertf32x4(row, _mm_loadu_ps(from + (i + 12) * stride), 3);
        }
        const Value t[4] = {
            _mm512_unpacklo_ps(r[0], r[1]),
            _mm512_unpackhi_ps(r[0], r[1]),
            _mm512_unpacklo_ps(r[2], r[3]),
            _mm512_unpackhi_ps(r[2], r[3]),
        };
        x[0] = _mm512_shuffle_ps(t[0], t[2], 0x44);
        x[1] = _mm512_shuffle_ps(t[0], t[2], 0xee);
        x[2] = _mm512_shuffle_ps(t[1], t[3], 0x44);
        x[3] = _mm512_shuffle_ps(t[1], t[3], 0xee);
    }

    /// One lane of all rows.
    static Value gather(const float* from, std::size_t stride) {
        alignas(64) float lanes[count];
        for (std::size_t i = 0; i < count; ++i) {
            lanes[i] = from[i * stride];
        }
        return _mm512_load_ps(lanes);
    }

    [[gnu::always_inline]] static inline void store_column(
        const ThinTile& tile, std::size_t column, Value sum
    ) {
        const auto mask = static_cast<__mmask16>(0xffffU << tile.skip);
        float* c = tile.c + column * tile.c_stride;
        Value x = sum;
        if (!tile.first) {
            x = _mm512_add_ps(_mm512_maskz_loadu_ps(mask, c), x);
        }
        if (tile.last) {
            if (tile.terms != nullptr) {
                x = _mm512_add_ps(x, _mm512_loadu_ps(tile.terms));
            }
            if (tile.relu) {
                const __mmask16 zero = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LE_OQ);
                x = _mm512_mask_mov_ps(x, zero, _mm512_setzero_ps());
            }
            const Value nan = _mm512_castsi512_ps(_mm512_set1_epi32(0x7fc00000));
            x = _mm512_mask_mov_ps(x, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), nan);
        }
        _mm512_mask_storeu_ps(c, mask, x);
    }

    [[gnu::always_inline]] static inline void store_rows_of(
        const ThinTile& tile, Value (&sums)[thin_columns_max]
    ) {
        __m256 half[8];
#pragma GCC unroll 8
        for (std::size_t i = 0; i < 8; ++i) {
            half[i] = _mm512_castps512_ps256(sums[i]);
        }
        store_rows(tile, 0, half);
#pragma GCC unroll 8
        for (std::size_t i = 0; i < 8; ++i) {
            half[i] = _mm512_extractf32x8_ps(sums[i], 1);
        }
        store_rows(tile, 8, half);
    }
};

}  // namespace

const ThinKernels thin_kernels{.rows = Rows::count, .multiply = ThinLoops<Rows>::multiply};

}  // namespace steelyard::vm::cpu::avx512
