#include "vm/backend/cpu/contraction/thin_loops_avx2.h"

namespace steelyard::vm::cpu::avx2 {

namespace {

/// Eight rows.
struct Rows {
    using Value = __m256;

    static constexpr std::size_t count = 8;

    static Value zero() { return _mm256_setzero_ps(); }
    static Value all(float x) { return _mm256_set1_ps(x); }
    static Value fma(Value a, Value b, Value c) { return _mm256_fmadd_ps(a, b, c); }

    /// Four neighbouring lanes of all rows.
    [[gnu::always_inline]] static inline void load(
        const float* from, std::size_t stride, Value (&x)[lanes_at_once]
    ) {
        Value r[4];
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i) {
            const Value low = _mm256_castps128_ps256(_mm_loadu_ps(from + i * stride));
            r[i] = _mm256_insertf128_ps(low, _mm_loadu_ps(from + (i + 4) * stride), 1);
        }
        const Value t[4] = {
            _mm256_unpacklo_ps(r[0], r[1]),
            _mm256_unpackhi_ps(r[0], r[1]),
            _mm256_unpacklo_ps(r[2], r[3]),
            _mm256_unpackhi_ps(r[2], r[3]),
        };
        x[0] = _mm256_shuffle_ps(t[0], t[2], 0x44);
        x[1] = _mm256_shuffle_ps(t[0], t[2], 0xee);
        x[2] = _mm256_shuffle_ps(t[1], t[3], 0x44);
        x[3] = _mm256_shuffle_ps(t[1], t[3], 0xee);
    }

    /// One lane of all rows.
    static Value gather(const float* from, std::size_t stride) {
        return _mm256_setr_ps(
            from[0],
            from[stride],
            from[2 * stride],
            from[3 * stride],
            from[4 * stride],
            from[5 * stride],
            from[6 * stride],
            from[7 * stride]
        );
    }

    [[gnu::always_inline]] static inline void store_column(
        const ThinTile& tile, std::size_t column, Value sum
    ) {
        const __m256i numbers = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        const __m256i mask =
            _mm256_cmpgt_epi32(numbers, _mm256_set1_epi32(static_cast<int>(tile.skip) - 1));
        float* c = tile.c + column * tile.c_stride;
        Value x = sum;
        if (!tile.first) {
            x = _mm256_add_ps(_mm256_maskload_ps(c, mask), x);
        }
        if (tile.last) {
            if (tile.terms != nullptr) {
                x = _mm256_add_ps(x, _mm256_loadu_ps(tile.terms));
            }
            x = finished_across(x, tile.relu);
        }
        _mm256_maskstore_ps(c, mask, x);
    }

    [[gnu::always_inline]] static inline void store_rows_of(
        const ThinTile& tile, Value (&sums)[thin_columns_max]
    ) {
        store_rows(tile, 0, sums);
    }
};

}  // namespace

const ThinKernels thin_kernels{.rows = Rows::count, .multiply = ThinLoops<Rows>::multiply};

}  // namespace steelyard::vm::cpu::avx2
