#include "vm/backend/cpu/contraction/tiles_avx512.h"

namespace steelyard::vm::cpu::avx512 {

namespace {

struct Floats {
    [[gnu::always_inline]] static inline __m512i step(__m512i sum, __m512i a, __m512i b) {
        return _mm512_castps_si512(_mm512_fmadd_ps(
            _mm512_castsi512_ps(a), _mm512_castsi512_ps(b), _mm512_castsi512_ps(sum)
        ));
    }

    [[gnu::always_inline]] static inline __m512i add(__m512i a, __m512i b) {
        return _mm512_castps_si512(_mm512_add_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b)));
    }

    [[gnu::always_inline]] static inline __m512i finish(
        __m512i sum, const Tile& tile, std::size_t
    ) {
        __m512 x = _mm512_castsi512_ps(sum);
        if (tile.relu) {
            const __mmask16 zero = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LE_OQ);
            x = _mm512_mask_mov_ps(x, zero, _mm512_setzero_ps());
        }
        const __mmask16 nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
        return _mm512_mask_set1_epi32(_mm512_castps_si512(x), nan, 0x7fc00000);
    }
};

/// Each lane is two i16: their two products fit an i32 together.
struct Words : WrappingSums {
    [[gnu::always_inline]] static inline __m512i step(__m512i sum, __m512i a, __m512i b) {
        return _mm512_add_epi32(sum, _mm512_madd_epi16(a, b));
    }
};

}  // namespace

const TileKernels f32_tiles = tiles_of<Floats, true>;
const TileKernels i16_tiles = tiles_of<Words, false>;

}  // namespace steelyard::vm::cpu::avx512
