#include "vm/backend/cpu/contraction/byte_dots.h"

#include <immintrin.h>

namespace steelyard::vm::cpu::avx512_vnni {

namespace {

constexpr std::size_t width = 64;

std::uint32_t dot(const ByteDot& dot) {
    const __m512i flip = dot.is_signed ? _mm512_set1_epi8(-128) : _mm512_setzero_si512();
    const auto* factors = static_cast<const std::int8_t*>(dot.factors);
    __m512i sums[4] = {};
    std::size_t i = 0;
    for (; i + 4 * width <= dot.count; i += 4 * width) {
#pragma GCC unroll 4
        for (std::size_t j = 0; j < 4; ++j) {
            const __m512i x = _mm512_loadu_si512(dot.row + i + j * width);
            const __m512i y = _mm512_loadu_si512(factors + i + j * width);
            sums[j] = _mm512_dpbusd_epi32(sums[j], _mm512_xor_si512(x, flip), y);
        }
    }
    for (; i < dot.count; i += width) {
        const std::size_t rest = dot.count - i;
        const __mmask64 mask = rest >= width ? ~__mmask64{0} : (__mmask64{1} << rest) - 1;
        const __m512i x = _mm512_maskz_loadu_epi8(mask, dot.row + i);
        const __m512i y = _mm512_loadu_si512(factors + i);
        sums[0] = _mm512_dpbusd_epi32(sums[0], _mm512_xor_si512(x, flip), y);
    }
    const __m512i low = _mm512_add_epi32(sums[0], sums[1]);
    const __m512i all = _mm512_add_epi32(low, _mm512_add_epi32(sums[2], sums[3]));
    return static_cast<std::uint32_t>(_mm512_reduce_add_epi32(all));
}

}  // namespace

const ByteDotKernels byte_dot_kernels{.words = false, .dot = dot};

}  // namespace steelyard::vm::cpu::avx512_vnni
