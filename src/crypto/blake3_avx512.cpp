// BLAKE3 over sixteen inputs at a time, with AVX-512.
#ifdef __x86_64__

#include "crypto/blake3_lanes.h"
#include "crypto/transpose_avx512.h"

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
