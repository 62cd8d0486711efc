// SHA-256 over sixteen messages at a time, with AVX-512: word i of every message in one vector.
#ifdef __x86_64__

#include "crypto/sha256_kernels.h"
#include "crypto/transpose_avx512.h"

#include <utility>

namespace steelyard::crypto {
namespace {

using Vector = __m512i;

constexpr std::size_t width = 16;

// Up to here, the SHA extensions are faster than vectors with empty lanes.
constexpr std::size_t narrower_max = 8;

Vector exclusive_or(Vector a, Vector b, Vector c) {
    return _mm512_ternarylogic_epi32(a, b, c, 0x96);
}

Vector choice(Vector e, Vector f, Vector g) {
    return _mm512_ternarylogic_epi32(e, f, g, 0xCA);
}

Vector majority(Vector a, Vector b, Vector c) {
    return _mm512_ternarylogic_epi32(a, b, c, 0xE8);
}

template <int x, int y, int z>
Vector big_sigma(Vector a) {
    return exclusive_or(_mm512_ror_epi32(a, x), _mm512_ror_epi32(a, y), _mm512_ror_epi32(a, z));
}

template <int x, int y, int shift>
Vector small_sigma(Vector a) {
    return exclusive_or(
        _mm512_ror_epi32(a, x), _mm512_ror_epi32(a, y), _mm512_srli_epi32(a, shift)
    );
}

/// One round of sixteen. The eight state words stay where they are; their names move.
template <int i>
[[gnu::always_inline]] inline void round(
    Vector (&state)[8], const Vector (&words)[16], const std::uint32_t* constants
) {
    const Vector a = state[(16 - i) % 8];
    const Vector b = state[(17 - i) % 8];
    const Vector c = state[(18 - i) % 8];
    Vector& d = state[(19 - i) % 8];
    const Vector e = state[(20 - i) % 8];
    const Vector f = state[(21 - i) % 8];
    const Vector g = state[(22 - i) % 8];
    Vector& h = state[(23 - i) % 8];
    const Vector constant = _mm512_set1_epi32(static_cast<int>(constants[i]));
    h = _mm512_add_epi32(h, _mm512_add_epi32(constant, words[i]));
    h = _mm512_add_epi32(h, choice(e, f, g));
    h = _mm512_add_epi32(h, big_sigma<6, 11, 25>(e));
    d = _mm512_add_epi32(d, h);
    h = _mm512_add_epi32(h, majority(a, b, c));
    h = _mm512_add_epi32(h, big_sigma<2, 13, 22>(a));
}

/// Replaces word i of the message schedule by word i + 16.
template <int i>
[[gnu::always_inline]] inline void next_word(Vector (&words)[16]) {
    const Vector from_old = small_sigma<7, 18, 3>(words[(i + 1) % 16]);
    const Vector from_new = small_sigma<17, 19, 10>(words[(i + 14) % 16]);
    words[i] = _mm512_add_epi32(
        _mm512_add_epi32(words[i], words[(i + 9) % 16]), _mm512_add_epi32(from_old, from_new)
    );
}

template <int... i>
[[gnu::always_inline]] inline void
compress(Vector (&state)[8], Vector (&words)[16], std::integer_sequence<int, i...>) {
    (round<i>(state, words, sha256_round_constants), ...);
    for (int first = 16; first < 64; first += 16) {
        ((next_word<i>(words), round<i>(state, words, sha256_round_constants + first)), ...);
    }
}

void load_state(Vector (&state)[8], const Sha256Lane (&lanes)[width]) {
    Vector rows[width];
    for (std::size_t i = 0; i < width; ++i) {
        const void* from = lanes[i].state;
        rows[i] = _mm512_zextsi256_si512(_mm256_loadu_si256(static_cast<const __m256i*>(from)));
    }
    transpose(rows);
    for (int i = 0; i < 8; ++i) {
        state[i] = rows[i];
    }
}

void store_state(const Vector (&state)[8], Sha256Lane (&lanes)[width]) {
    Vector rows[width];
    for (int i = 0; i < 8; ++i) {
        rows[i] = state[i];
        rows[i + 8] = _mm512_setzero_si512();
    }
    transpose(rows);
    for (std::size_t i = 0; i < width; ++i) {
        void* to = lanes[i].state;
        _mm256_storeu_si256(static_cast<__m256i*>(to), _mm512_castsi512_si256(rows[i]));
    }
}

void load_words(Vector (&words)[16], const Sha256Lane (&lanes)[width]) {
    const Vector big_endian =
        _mm512_broadcast_i32x4(_mm_set_epi64x(0x0C0D0E0F08090A0B, 0x0405060700010203));
    for (std::size_t i = 0; i < width; ++i) {
        words[i] = _mm512_shuffle_epi8(_mm512_loadu_si512(lanes[i].input), big_endian);
    }
    transpose(words);
}

void compress(Sha256Lane (&lanes)[width], std::size_t blocks) {
    Vector state[8];
    load_state(state, lanes);
    for (; blocks != 0; --blocks) {
        Vector words[16];
        load_words(words, lanes);
        Vector before[8];
        for (int i = 0; i < 8; ++i) {
            before[i] = state[i];
        }
        compress(state, words, std::make_integer_sequence<int, 16>());
        for (int i = 0; i < 8; ++i) {
            state[i] = _mm512_add_epi32(state[i], before[i]);
        }
        for (Sha256Lane& lane : lanes) {
            lane.input += 64;
        }
    }
    store_state(state, lanes);
}

}  // namespace

void sha256_compress_avx512(Sha256Lane* lanes, std::size_t lane_count, std::size_t blocks) {
    while (lane_count > narrower_max) {
        const std::size_t taken = lane_count < width ? lane_count : width;
        Sha256Lane group[width];
        for (std::size_t i = 0; i < width; ++i) {
            group[i] = lanes[i < taken ? i : taken - 1];
        }
        compress(group, blocks);
        for (std::size_t i = 0; i < taken; ++i) {
            lanes[i] = group[i];
        }
        lanes += taken;
        lane_count -= taken;
    }
    sha256_compress_shani(lanes, lane_count, blocks);
}

}  // namespace steelyard::crypto

#endif
