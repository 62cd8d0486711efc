// BLAKE3 over sixteen inputs at a time, with AVX-512.
#ifdef __x86_64__

#include "crypto/blake3_lanes.h"

#include <immintrin.h>

namespace steelyard::crypto {
namespace {

struct Avx512Lanes {
    using Vector = __m512i;
    static constexpr std::size_t width = 16;
    static constexpr std::size_t narrower_max = 8;
    static constexpr Blake3Many narrower = blake3_many_avx2;

    static Vector add(Vector a, Vector b) { return _mm512_add_epi32(a, b); }
    static Vector exclusive_or(Vector a, Vector b) { return _mm512_xor_si512(a, b); }
    static Vector broadcast(std::uint32_t word) {
        return _mm512_set1_epi32(static_cast<int>(word));
    }
    static Vector load(const void* from) { return _mm512_loadu_si512(from); }

    template <int bits>
    static Vector rotate(Vector a) {
        return _mm512_ror_epi32(a, bits);
    }

    /// Turns rows into columns.
    static void transpose(Vector (&r)[16]) {
        Vector t[16];
        for (int i = 0; i < 16; i += 2) {
            t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
            t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
        }
        Vector u[16];
        for (int i = 0; i < 16; i += 4) {
            u[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
            u[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
            u[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
            u[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
        }
        // Quarter k of u[4j + i] holds word 4k + i of rows 4j to 4j + 3.
        for (int i = 0; i < 4; ++i) {
            const Vector even_low = _mm512_shuffle_i32x4(u[i], u[i + 4], 0x88);
            const Vector odd_low = _mm512_shuffle_i32x4(u[i], u[i + 4], 0xDD);
            const Vector even_high = _mm512_shuffle_i32x4(u[i + 8], u[i + 12], 0x88);
            const Vector odd_high = _mm512_shuffle_i32x4(u[i + 8], u[i + 12], 0xDD);
            r[i] = _mm512_shuffle_i32x4(even_low, even_high, 0x88);
            r[i + 4] = _mm512_shuffle_i32x4(odd_low, odd_high, 0x88);
            r[i + 8] = _mm512_shuffle_i32x4(even_low, even_high, 0xDD);
            r[i + 12] = _mm512_shuffle_i32x4(odd_low, odd_high, 0xDD);
        }
    }

    static void load_blocks(
        Vector (&block)[16], const std::uint8_t* const (&inputs)[width], std::size_t offset
    ) {
        for (std::size_t i = 0; i < width; ++i) {
            block[i] = load(inputs[i] + offset);
        }
        transpose(block);
    }

    static void store_values(std::uint8_t* out, const Vector (&value)[8]) {
        Vector rows[16];
        for (int i = 0; i < 8; ++i) {
            rows[i] = value[i];
            rows[i + 8] = _mm512_setzero_si512();
        }
        transpose(rows);
        for (std::size_t i = 0; i < width; ++i) {
            _mm256_storeu_si256(
                reinterpret_cast<__m256i*>(out + i * blake3_value_size),
                _mm512_castsi512_si256(rows[i])
            );
        }
    }
};

}  // namespace

void blake3_many_avx512(
    const Blake3Job& job, const std::uint8_t* inputs, std::size_t count, std::uint8_t* out
) {
    blake3_many_lanes<Avx512Lanes>(job, inputs, count, out);
}

}  // namespace steelyard::crypto

#endif
