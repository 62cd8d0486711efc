#include "vm/backend/cpu/contraction/tiles.h"

#include <immintrin.h>

namespace steelyard::vm::cpu::avx2 {

namespace {

constexpr int tile_rows = 6;
constexpr int tile_columns = 16;
constexpr int vector_lanes = 8;

/// Ones where a lane exists: 8 lanes from `masks + 8 - count`.
alignas(32
) constexpr std::int32_t masks[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

[[gnu::always_inline]] inline __m256i mask_of(std::size_t count) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(masks + 8 - count));
}

/// Columns of an 8 x 8 block become rows.
[[gnu::always_inline]] inline void transpose(__m256i (&r)[8]) {
    __m256i t[8];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        t[2 * i] = _mm256_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm256_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) {
        r[4 * i] = _mm256_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 1] = _mm256_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 2] = _mm256_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
        r[4 * i + 3] = _mm256_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        t[i] = _mm256_permute2x128_si256(r[i], r[i + 4], 0x20);
        t[i + 4] = _mm256_permute2x128_si256(r[i], r[i + 4], 0x31);
    }
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) {
        r[i] = t[i];
    }
}

/// Up to 8 rows into lanes `first_row` to `first_row` + 7 of every group.
[[gnu::always_inline]] inline void pack_8(const Packing& packing, std::size_t first_row) {
    constexpr std::size_t width = tile_columns;
    const std::size_t rows = packing.rows > first_row ? packing.rows - first_row : 0;
    const std::uint32_t* from = packing.from + first_row * packing.stride;
    for (std::size_t lane = 0; lane < packing.lanes; lane += vector_lanes) {
        const std::size_t rest = packing.lanes - lane;
        const std::size_t count = rest < vector_lanes ? rest : vector_lanes;
        const __m256i mask = mask_of(count);
        __m256i r[8];
#pragma GCC unroll 8
        for (std::size_t i = 0; i < 8; ++i) {
            const auto* row = reinterpret_cast<const int*>(from + i * packing.stride + lane);
            r[i] = i < rows ? _mm256_maskload_epi32(row, mask) : _mm256_setzero_si256();
        }
        transpose(r);
        std::uint32_t* to = packing.to + lane * width + first_row;
#pragma GCC unroll 8
        for (std::size_t i = 0; i < 8; ++i) {
            if (i < count) {
                _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i * width), r[i]);
            }
        }
    }
}

void pack_columns(const Packing& packing) {
    pack_8(packing, 0);
    pack_8(packing, vector_lanes);
}

struct Floats {
    [[gnu::always_inline]] static inline __m256i step(__m256i sum, __m256i a, __m256i b) {
        return _mm256_castps_si256(_mm256_fmadd_ps(
            _mm256_castsi256_ps(a), _mm256_castsi256_ps(b), _mm256_castsi256_ps(sum)
        ));
    }

    [[gnu::always_inline]] static inline __m256i add(__m256i a, __m256i b) {
        return _mm256_castps_si256(_mm256_add_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b)));
    }

    [[gnu::always_inline]] static inline __m256i finish(
        __m256i sum, const Tile& tile, std::size_t
    ) {
        __m256 x = _mm256_castsi256_ps(sum);
        if (tile.relu) {
            x = _mm256_andnot_ps(_mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_LE_OQ), x);
        }
        const __m256 nan = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fc00000));
        return _mm256_castps_si256(_mm256_blendv_ps(x, nan, _mm256_cmp_ps(x, x, _CMP_UNORD_Q)));
    }
};

/// Each lane is two i16: their two products fit an i32 together. Sums wrap.
struct Words {
    [[gnu::always_inline]] static inline __m256i step(__m256i sum, __m256i a, __m256i b) {
        return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
    }

    [[gnu::always_inline]] static inline __m256i add(__m256i a, __m256i b) {
        return _mm256_add_epi32(a, b);
    }

    [[gnu::always_inline]] static inline __m256i finish(
        __m256i x, const Tile& tile, std::size_t row
    ) {
        return tile.row_terms == nullptr
                   ? x
                   : _mm256_add_epi32(x, _mm256_set1_epi32(static_cast<int>(tile.row_terms[row])));
    }
};

template <typename Arithmetic>
[[gnu::always_inline]] inline void store_sums(
    const Tile& tile, std::size_t row, std::size_t column, __m256i sum
) {
    const std::size_t rest = tile.columns > column ? tile.columns - column : 0;
    const __m256i mask = mask_of(rest < vector_lanes ? rest : vector_lanes);
    auto* c = reinterpret_cast<int*>(tile.c + row * tile.c_stride + column);
    __m256i x = sum;
    if (!tile.first) {
        x = Arithmetic::add(_mm256_maskload_epi32(c, mask), x);
    }
    if (tile.last) {
        if (tile.column_terms != nullptr) {
            const auto* terms = reinterpret_cast<const __m256i*>(tile.column_terms + column);
            x = Arithmetic::add(x, _mm256_loadu_si256(terms));
        }
        x = Arithmetic::finish(x, tile, row);
    }
    _mm256_maskstore_epi32(c, mask, x);
}

/// Lanes [column, column + 8) of a row of c, as far as there are.
[[gnu::always_inline]] inline __m256i load_sums(
    const Tile& tile, std::size_t row, std::size_t column
) {
    const std::size_t rest = tile.columns > column ? tile.columns - column : 0;
    const auto* c = reinterpret_cast<const int*>(tile.c + row * tile.c_stride + column);
    return _mm256_maskload_epi32(c, mask_of(rest < vector_lanes ? rest : vector_lanes));
}

template <typename Arithmetic, int rows>
[[gnu::always_inline]] inline void add_lanes(const Tile& tile, __m256i (&sums)[rows][2]) {
    const std::uint32_t* a = tile.a;
    const std::uint32_t* b = tile.b;
    for (std::size_t lane = 0; lane < tile.lanes; ++lane) {
        const __m256i left = _mm256_load_si256(reinterpret_cast<const __m256i*>(b));
        const __m256i right = _mm256_load_si256(reinterpret_cast<const __m256i*>(b + vector_lanes));
#pragma GCC unroll 6
        for (std::size_t r = 0; r < rows; ++r) {
            const __m256i factor = _mm256_set1_epi32(static_cast<int>(a[r * row_stride + lane]));
            sums[r][0] = Arithmetic::step(sums[r][0], factor, left);
            sums[r][1] = Arithmetic::step(sums[r][1], factor, right);
        }
        b += tile_columns;
    }
}

/// The same of rows that are `a_stride` apart. Three rows at a time have a pointer, which the
/// compiler does not see through: it would keep one for every row, more than there are registers.
template <typename Arithmetic, int rows>
[[gnu::always_inline]] inline void add_segments(const Tile& tile, __m256i (&sums)[rows][2]) {
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
            const __m256i left = _mm256_load_si256(reinterpret_cast<const __m256i*>(b));
            const __m256i right =
                _mm256_load_si256(reinterpret_cast<const __m256i*>(b + vector_lanes));
#pragma GCC unroll 6
            for (std::size_t r = 0; r < rows; ++r) {
                const std::uint32_t lane = a[r / 3][r % 3 * stride];
                const __m256i factor = _mm256_set1_epi32(static_cast<int>(lane));
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
    __m256i sums[rows][2];
#pragma GCC unroll 6
    for (int r = 0; r < rows; ++r) {
        sums[r][0] = _mm256_setzero_si256();
        sums[r][1] = _mm256_setzero_si256();
    }
    if (tile.chained) {
#pragma GCC unroll 6
        for (std::size_t r = 0; r < rows; ++r) {
            sums[r][0] = load_sums(tile, r, 0);
            sums[r][1] = load_sums(tile, r, vector_lanes);
        }
    }
    if constexpr (apart) {
        add_segments<Arithmetic, rows>(tile, sums);
    } else {
        add_lanes<Arithmetic, rows>(tile, sums);
    }
#pragma GCC unroll 6
    for (std::size_t r = 0; r < rows; ++r) {
        store_sums<Arithmetic>(tile, r, 0, sums[r][0]);
        store_sums<Arithmetic>(tile, r, vector_lanes, sums[r][1]);
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

void widen_half(const std::uint16_t* from, std::size_t count, float* to) {
    std::size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        const auto* bits = reinterpret_cast<const __m128i*>(from + i);
        _mm256_storeu_ps(to + i, _mm256_cvtph_ps(_mm_loadu_si128(bits)));
    }
    for (; i < count; ++i) {
        to[i] = _cvtsh_ss(from[i]);
    }
}

/// From floats whose NaNs are canonical: theirs is the canonical one of f16.
void narrow_half(const float* from, std::size_t count, std::uint16_t* to) {
    constexpr int nearest_even = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
    std::size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        auto* bits = reinterpret_cast<__m128i*>(to + i);
        _mm_storeu_si128(bits, _mm256_cvtps_ph(_mm256_loadu_ps(from + i), nearest_even));
    }
    for (; i < count; ++i) {
        to[i] = _cvtss_sh(from[i], nearest_even);
    }
}

}  // namespace

const TileKernels f32_tiles = tiles_of<Floats, true>;
const TileKernels i16_tiles = tiles_of<Words, false>;
const HalfConversion half_conversion{.widen = widen_half, .narrow = narrow_half};

}  // namespace steelyard::vm::cpu::avx2
