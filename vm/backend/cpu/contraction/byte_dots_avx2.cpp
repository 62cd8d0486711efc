#include "vm/backend/cpu/contraction/byte_dots.h"

#include <immintrin.h>

namespace steelyard::vm::cpu::avx2 {

namespace {

constexpr std::size_t width = 16;

template <bool is_signed>
[[gnu::always_inline]] inline __m256i words(const std::uint8_t* from) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    return is_signed ? _mm256_cvtepi8_epi16(bytes) : _mm256_cvtepu8_epi16(bytes);
}

template <bool is_signed>
[[gnu::always_inline]] inline __m256i products(
    const std::uint8_t* row, const std::int16_t* factors, __m256i zero
) {
    const __m256i x = _mm256_sub_epi16(words<is_signed>(row), zero);
    const __m256i y = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(factors));
    return _mm256_madd_epi16(x, y);
}

/// The two products of a pair fit an i32 together: each is below 2^16 and some.
template <bool is_signed>
std::uint32_t dot_as(const ByteDot& dot) {
    const __m256i zero = _mm256_set1_epi16(dot.zero);
    const auto* factors = static_cast<const std::int16_t*>(dot.factors);
    __m256i sums[4] = {};
    std::size_t i = 0;
    for (; i + 4 * width <= dot.count; i += 4 * width) {
#pragma GCC unroll 4
        for (std::size_t j = 0; j < 4; ++j) {
            const std::size_t at = i + j * width;
            sums[j] =
                _mm256_add_epi32(sums[j], products<is_signed>(dot.row + at, factors + at, zero));
        }
    }
    for (; i + width <= dot.count; i += width) {
        sums[0] = _mm256_add_epi32(sums[0], products<is_signed>(dot.row + i, factors + i, zero));
    }
    if (i < dot.count) {
        std::uint8_t rest[width] = {};
        __builtin_memcpy(rest, dot.row + i, dot.count - i);
        sums[0] = _mm256_add_epi32(sums[0], products<is_signed>(rest, factors + i, zero));
    }
    const __m256i low = _mm256_add_epi32(sums[0], sums[1]);
    const __m256i all = _mm256_add_epi32(low, _mm256_add_epi32(sums[2], sums[3]));
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1));
    return static_cast<std::uint32_t>(_mm_cvtsi128_si32(half));
}

std::uint32_t dot(const ByteDot& dot) {
    return dot.is_signed ? dot_as<true>(dot) : dot_as<false>(dot);
}

}  // namespace

const ByteDotKernels byte_dot_kernels{.words = true, .dot = dot};

}  // namespace steelyard::vm::cpu::avx2
