#include "vm/backend/cpu/contraction/channel_loops.h"

#include <immintrin.h>

namespace steelyard::vm::cpu::avx2 {

namespace {

/// The first `rest` lanes of a vector, at most all.
class Floats {
public:
    static constexpr std::size_t width = 8;

    explicit Floats(std::size_t rest) {
        const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        const auto count = static_cast<int>(rest < width ? rest : width);
        mask_ = _mm256_cmpgt_epi32(_mm256_set1_epi32(count), lanes);
    }

    __m256 load(const float* from) const { return _mm256_maskload_ps(from, mask_); }
    void store(float* to, __m256 x) const { _mm256_maskstore_ps(to, mask_, x); }

    static __m256 zero() { return _mm256_setzero_ps(); }
    static __m256 lowest() { return _mm256_castsi256_ps(_mm256_set1_epi32(-0x800000)); }
    static __m256 fma(__m256 a, __m256 b, __m256 c) { return _mm256_fmadd_ps(a, b, c); }
    static __m256 add(__m256 a, __m256 b) { return _mm256_add_ps(a, b); }
    static __m256 div(__m256 a, float b) { return _mm256_div_ps(a, _mm256_set1_ps(b)); }

    static __m256 relu(__m256 x) {
        return _mm256_andnot_ps(_mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_LE_OQ), x);
    }

    /// A NaN of any bits for a NaN; equal values are the same bits or zeros, which are and-ed.
    static __m256 max(__m256 a, __m256 b) {
        const __m256 greater = _mm256_blendv_ps(b, a, _mm256_cmp_ps(a, b, _CMP_GT_OQ));
        const __m256 equal = _mm256_cmp_ps(a, b, _CMP_EQ_OQ);
        const __m256 x = _mm256_blendv_ps(greater, _mm256_and_ps(a, b), equal);
        return _mm256_blendv_ps(x, a, _mm256_cmp_ps(a, a, _CMP_UNORD_Q));
    }

    static __m256 canonical(__m256 x) {
        const __m256 nan = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fc00000));
        return _mm256_blendv_ps(x, nan, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
    }

private:
    __m256i mask_;
};

}  // namespace

const ChannelKernels channel_kernels = channel_kernels_of<Floats>;

}  // namespace steelyard::vm::cpu::avx2
