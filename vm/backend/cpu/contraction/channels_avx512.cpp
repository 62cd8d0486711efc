#include "vm/backend/cpu/contraction/channel_loops.h"

#include <immintrin.h>

namespace steelyard::vm::cpu::avx512 {

namespace {

/// The first `rest` lanes of a vector, at most all.
class Floats {
public:
    static constexpr std::size_t width = 16;

    explicit Floats(std::size_t rest)
        : mask_(static_cast<__mmask16>(rest >= width ? 0xffff : (1U << rest) - 1)) {}

    __m512 load(const float* from) const { return _mm512_maskz_loadu_ps(mask_, from); }
    void store(float* to, __m512 x) const { _mm512_mask_storeu_ps(to, mask_, x); }

    static __m512 zero() { return _mm512_setzero_ps(); }
    static __m512 lowest() { return _mm512_castsi512_ps(_mm512_set1_epi32(-0x800000)); }
    static __m512 fma(__m512 a, __m512 b, __m512 c) { return _mm512_fmadd_ps(a, b, c); }
    static __m512 add(__m512 a, __m512 b) { return _mm512_add_ps(a, b); }
    static __m512 div(__m512 a, float b) { return _mm512_div_ps(a, _mm512_set1_ps(b)); }

    static __m512 relu(__m512 x) {
        const __mmask16 zero = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LE_OQ);
        return _mm512_mask_mov_ps(x, zero, _mm512_setzero_ps());
    }

    /// A NaN of any bits for a NaN; equal values are the same bits or zeros, which are and-ed.
    static __m512 max(__m512 a, __m512 b) {
        const __m512 greater = _mm512_mask_mov_ps(b, _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ), a);
        const __mmask16 equal = _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ);
        const __m512 x = _mm512_mask_and_ps(greater, equal, a, b);
        return _mm512_mask_mov_ps(x, _mm512_cmp_ps_mask(a, a, _CMP_UNORD_Q), a);
    }

    static __m512 canonical(__m512 x) {
        const __m512 nan = _mm512_castsi512_ps(_mm512_set1_epi32(0x7fc00000));
        return _mm512_mask_mov_ps(x, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), nan);
    }

private:
    __mmask16 mask_;
};

}  // namespace

const ChannelKernels channel_kernels = channel_kernels_of<Floats>;

}  // namespace steelyard::vm::cpu::avx512
