#include "vm/backend/cpu/contraction/tiles_avx512.h"

namespace steelyard::vm::cpu::avx512_vnni {

namespace {

/// The instruction that does not saturate: four products are added as if at once, modulo 2^32.
struct Quads : WrappingSums {
    [[gnu::always_inline]] static inline __m512i step(__m512i sum, __m512i a, __m512i b) {
        return _mm512_dpbusd_epi32(sum, b, a);
    }
};

}  // namespace

const TileKernels byte_tiles = tiles_of<Quads, false>;

}  // namespace steelyard::vm::cpu::avx512_vnni
