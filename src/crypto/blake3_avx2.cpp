// BLAKE3 over eight inputs at a time, with AVX2.
#ifdef __x86_64__

#include "crypto/blake3_lanes.h"

#include <immintrin.h>

namespace steelyard::crypto {
namespace {

struct Avx2Lanes {
    using Vector = __m256i;
    static constexpr std::size_t width = 8;
    static constexpr std::size_t narrower_max = 1;
    static constexpr Blake3Many narrower = blake3_many_portable;

    static Vector add(Vector a, Vector b) { return _mm256_add_epi32(a, b); }
    static Vector exclusive_or(Vector a, Vector b) { return _mm256_xor_si256(a, b); }
    static Vector broadcast(std::uint32_t word) {
        return _mm256_set1_epi32(static_cast<int>(word));
    }
    static Vector load(const void* from) {
        return _mm256_loadu_si256(static_cast<const __m256i*>(from));
    }

    template <int bits>
    static Vector rotate(Vector a) {
        if constexpr (bits == 16) {
            return _mm256_shuffle_epi8(
                a,
                _mm256_broadcastsi128_si256(_mm_set_epi64x(0x0D0C0F0E09080B0A, 0x0504070601000302))
            );
        } else if constexpr (bits == 8) {
            return _mm256_shuffle_epi8(
                a,
                _mm256_broadcastsi128_si256(_mm_set_epi64x(0x0C0F0E0D080B0A09, 0x0407060500030201))
            );
        } else {
            return _mm256_or_si256(_mm256_srli_epi32(a, bits), _mm256_slli_epi32(a, 32 - bits));
        }
    }

    /// Turns rows into columns.
    static void transpose(Vector (&r)[8]) {
        Vector t[8];
        for (int i = 0; i < 8; i += 2) {
            t[i] = _mm256_unpacklo_epi32(r[i], r[i + 1]);
            t[i + 1] = _mm256_unpackhi_epi32(r[i], r[i + 1]);
        }
        Vector u[8];
        for (int i = 0; i < 8; i += 4) {
            u[i] = _mm256_unpacklo_epi64(t[i], t[i + 2]);
            u[i + 1] = _mm256_unpackhi_epi64(t[i], t[i + 2]);
            u[i + 2] = _mm256_unpacklo_epi64(t[i + 1], t[i + 3]);
            u[i + 3] = _mm256_unpackhi_epi64(t[i + 1], t[i + 3]);
        }
        for (int i = 0; i < 4; ++i) {
            r[i] = _mm256_permute2x128_si256(u[i], u[i + 4], 0x20);
            r[i + 4] = _mm256_permute2x128_si256(u[i], u[i + 4], 0x31);
        }
    }

    static void load_blocks(
        Vector (&block)[16], const std::uint8_t* const (&inputs)[width], std::size_t offset
    ) {
        for (int half = 0; half < 2; ++half) {
            Vector rows[8];
            for (std::size_t i = 0; i < width; ++i) {
                rows[i] = load(inputs[i] + offset + 32 * static_cast<std::size_t>(half));
            }
            transpose(rows);
            for (int i = 0; i < 8; ++i) {
                block[8 * half + i] = rows[i];
            }
        }
    }

    static void store_values(std::uint8_t* out, Vector (&value)[8]) {
        transpose(value);
        for (std::size_t i = 0; i < width; ++i) {
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i * blake3_value_size), value[i]);
        }
    }
};

}  // namespace

void blake3_many_avx2(
    const Blake3Job& job, const std::uint8_t* inputs, std::size_t count, std::uint8_t* out
) {
    blake3_many_lanes<Avx2Lanes>(job, inputs, count, out);
}

}  // namespace steelyard::crypto

#endif
