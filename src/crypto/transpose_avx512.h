// The transpose of sixteen vectors of sixteen 32-bit words, for kernels that keep word i of
// sixteen messages in one vector. Always inlined: files compiled for AVX-512 share no code.
#pragma once

#include <immintrin.h>

namespace steelyard::crypto {

/// Turns rows into columns.
[[gnu::always_inline]] inline void transpose(__m512i (&r)[16]) {
    __m512i t[16];
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    __m512i u[16];
    for (int i = 0; i < 16; i += 4) {
        u[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        u[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        u[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        u[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    // Quarter k of u[4j + i] holds word 4k + i of rows 4j to 4j + 3.
    for (int i = 0; i < 4; ++i) {
        const __m512i even_low = _mm512_shuffle_i32x4(u[i], u[i + 4], 0x88);
        const __m512i odd_low = _mm512_shuffle_i32x4(u[i], u[i + 4], 0xDD);
        const __m512i even_high = _mm512_shuffle_i32x4(u[i + 8], u[i + 12], 0x88);
        const __m512i odd_high = _mm512_shuffle_i32x4(u[i + 8], u[i + 12], 0xDD);
        r[i] = _mm512_shuffle_i32x4(even_low, even_high, 0x88);
        r[i + 4] = _mm512_shuffle_i32x4(odd_low, odd_high, 0x88);
        r[i + 8] = _mm512_shuffle_i32x4(even_low, even_high, 0xDD);
        r[i + 12] = _mm512_shuffle_i32x4(odd_low, odd_high, 0xDD);
    }
}

}  // namespace steelyard::crypto
