// SHA-256 with the SHA extensions of x86. One message is bound by the latency of sha256rnds2; two
// or four in turn fill its pipeline.
#ifdef __x86_64__

#include "crypto/sha256_kernels.h"

#include <immintrin.h>

namespace steelyard::crypto {
namespace {

/// What sha256rnds2 works on: the state as (A,B,E,F) and (C,D,G,H), the last 16 message words.
struct Registers {
    __m128i abef;
    __m128i cdgh;
    __m128i words[4];
};

__m128i load(const void* from) {
    return _mm_loadu_si128(static_cast<const __m128i*>(from));
}

void store(void* to, __m128i value) {
    _mm_storeu_si128(static_cast<__m128i*>(to), value);
}

void load_state(Registers& r, const std::uint32_t* state) {
    const __m128i badc = _mm_shuffle_epi32(load(state), 0xB1);
    const __m128i hgfe = _mm_shuffle_epi32(load(state + 4), 0x1B);
    r.abef = _mm_alignr_epi8(badc, hgfe, 8);
    r.cdgh = _mm_blend_epi16(hgfe, badc, 0xF0);
}

void store_state(const Registers& r, std::uint32_t* state) {
    const __m128i feba = _mm_shuffle_epi32(r.abef, 0x1B);
    const __m128i dchg = _mm_shuffle_epi32(r.cdgh, 0xB1);
    store(state, _mm_blend_epi16(feba, dchg, 0xF0));
    store(state + 4, _mm_alignr_epi8(dchg, feba, 8));
}

/// Four rounds, with the words in `words[phase]`.
[[gnu::always_inline]] inline void four_rounds(
    Registers& r, int phase, const std::uint32_t* constants
) {
    const __m128i sum = _mm_add_epi32(r.words[phase], load(constants));
    r.cdgh = _mm_sha256rnds2_epu32(r.cdgh, r.abef, sum);
    r.abef = _mm_sha256rnds2_epu32(r.abef, r.cdgh, _mm_shuffle_epi32(sum, 0x0E));
}

/// Reads the message words 4 * phase to 4 * phase + 3.
[[gnu::always_inline]] inline void load_words(Registers& r, int phase, const std::uint8_t* block) {
    const __m128i big_endian = _mm_set_epi64x(0x0C0D0E0F08090A0B, 0x0405060700010203);
    r.words[phase] = _mm_shuffle_epi8(load(block + 16 * phase), big_endian);
}

/// Replaces four words by those sixteen further on in the message schedule.
[[gnu::always_inline]] inline void next_words(Registers& r, int phase) {
    __m128i& words = r.words[phase];
    const __m128i before = r.words[(phase + 3) % 4];
    const __m128i seven_back = _mm_alignr_epi8(before, r.words[(phase + 2) % 4], 4);
    words = _mm_sha256msg1_epu32(words, r.words[(phase + 1) % 4]);
    words = _mm_sha256msg2_epu32(_mm_add_epi32(words, seven_back), before);
}

template <int count>
class Lanes {
public:
    static void compress(Sha256Lane* lanes, std::size_t blocks) {
        Registers now[count];
        for (int i = 0; i < count; ++i) {
            load_state(now[i], lanes[i].state);
        }
        for (; blocks != 0; --blocks) {
            Registers before[count];
            for (int i = 0; i < count; ++i) {
                before[i] = now[i];
            }
            first_rounds<0>(now, lanes);
            first_rounds<1>(now, lanes);
            first_rounds<2>(now, lanes);
            first_rounds<3>(now, lanes);
            for (int round = 16; round < 64; round += 16) {
                const std::uint32_t* constants = sha256_round_constants + round;
                later_rounds<0>(now, constants);
                later_rounds<1>(now, constants);
                later_rounds<2>(now, constants);
                later_rounds<3>(now, constants);
            }
            for (int i = 0; i < count; ++i) {
                now[i].abef = _mm_add_epi32(now[i].abef, before[i].abef);
                now[i].cdgh = _mm_add_epi32(now[i].cdgh, before[i].cdgh);
                lanes[i].input += 64;
            }
        }
        for (int i = 0; i < count; ++i) {
            store_state(now[i], lanes[i].state);
        }
    }

private:
    template <int phase>
    [[gnu::always_inline]] static void first_rounds(
        Registers (&now)[count], const Sha256Lane* lanes
    ) {
        for (int i = 0; i < count; ++i) {
            load_words(now[i], phase, lanes[i].input);
            four_rounds(now[i], phase, sha256_round_constants + 4 * phase);
        }
    }

    template <int phase>
    [[gnu::always_inline]] static void later_rounds(
        Registers (&now)[count], const std::uint32_t* constants
    ) {
        for (int i = 0; i < count; ++i) {
            next_words(now[i], phase);
            four_rounds(now[i], phase, constants + 4 * phase);
        }
    }
};

}  // namespace

void sha256_compress_shani(Sha256Lane* lanes, std::size_t lane_count, std::size_t blocks) {
    for (; lane_count >= 4; lanes += 4, lane_count -= 4) {
        Lanes<4>::compress(lanes, blocks);
    }
    if (lane_count >= 2) {
        Lanes<2>::compress(lanes, blocks);
        lanes += 2;
        lane_count -= 2;
    }
    if (lane_count == 1) {
        Lanes<1>::compress(lanes, blocks);
    }
}

}  // namespace steelyard::crypto

#endif
