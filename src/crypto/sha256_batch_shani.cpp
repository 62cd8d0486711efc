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

/// Rounds 4 * group to 4 * group + 3. The words of a group replace those of four groups before.
[[gnu::always_inline]] inline void four_rounds(Registers& r, const std::uint8_t* block, int group) {
    __m128i& w = r.words[group % 4];
    if (group < 4) {
        const __m128i big_endian = _mm_set_epi64x(0x0C0D0E0F08090A0BLL, 0x0405060700010203LL);
        w = _mm_shuffle_epi8(load(block + 16 * group), big_endian);
    } else {
        const __m128i before = r.words[(group + 3) % 4];
        const __m128i seven_back = _mm_alignr_epi8(before, r.words[(group + 2) % 4], 4);
        w = _mm_sha256msg1_epu32(w, r.words[(group + 1) % 4]);
        w = _mm_sha256msg2_epu32(_mm_add_epi32(w, seven_back), before);
    }
    const __m128i sum = _mm_add_epi32(w, load(sha256_round_constants + 4 * group));
    r.cdgh = _mm_sha256rnds2_epu32(r.cdgh, r.abef, sum);
    r.abef = _mm_sha256rnds2_epu32(r.abef, r.cdgh, _mm_shuffle_epi32(sum, 0x0E));
}

template <int count>
void compress(Sha256Lane* lanes, std::size_t blocks) {
    Registers now[count];
    for (int i = 0; i < count; ++i) {
        load_state(now[i], lanes[i].state);
    }
    for (; blocks != 0; --blocks) {
        __m128i abef[count];
        __m128i cdgh[count];
        for (int i = 0; i < count; ++i) {
            abef[i] = now[i].abef;
            cdgh[i] = now[i].cdgh;
        }
#pragma GCC unroll 16
        for (int group = 0; group < 16; ++group) {
#pragma GCC unroll 4
            for (int i = 0; i < count; ++i) {
                four_rounds(now[i], lanes[i].input, group);
            }
        }
        for (int i = 0; i < count; ++i) {
            now[i].abef = _mm_add_epi32(now[i].abef, abef[i]);
            now[i].cdgh = _mm_add_epi32(now[i].cdgh, cdgh[i]);
            lanes[i].input += 64;
        }
    }
    for (int i = 0; i < count; ++i) {
        store_state(now[i], lanes[i].state);
    }
}

}  // namespace

void sha256_compress_shani(Sha256Lane* lanes, std::size_t lane_count, std::size_t blocks) {
    for (; lane_count >= 4; lanes += 4, lane_count -= 4) {
        compress<4>(lanes, blocks);
    }
    if (lane_count >= 2) {
        compress<2>(lanes, blocks);
        lanes += 2;
        lane_count -= 2;
    }
    if (lane_count == 1) {
        compress<1>(lanes, blocks);
    }
}

}  // namespace steelyard::crypto

#endif
