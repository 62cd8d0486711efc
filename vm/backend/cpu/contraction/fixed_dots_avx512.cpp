#include "vm/backend/cpu/contraction/fixed_dots_loops.h"

#include <immintrin.h>

namespace steelyard::vm::cpu::avx512 {

namespace {

struct Doubles {
    using Value = __m512d;
    static constexpr std::size_t width = 8;
    static constexpr std::size_t tile = 4;

    static __m512d zero() { return _mm512_setzero_pd(); }
    static __m512d load(const double* from) { return _mm512_loadu_pd(from); }
    static __m512d fma(__m512d a, __m512d b, __m512d c) { return _mm512_fmadd_pd(a, b, c); }
    static __m512d widened(const float* from) { return _mm512_cvtps_pd(_mm256_loadu_ps(from)); }
    static __m512d mul(__m512d a, double b) { return _mm512_mul_pd(a, _mm512_set1_pd(b)); }
    static __m512d add(__m512d a, double b) { return _mm512_add_pd(a, _mm512_set1_pd(b)); }
    static __m512d sub(__m512d a, double b) { return _mm512_sub_pd(a, _mm512_set1_pd(b)); }
    static void store(double* to, __m512d x) { _mm512_storeu_pd(to, x); }
    static __m512d within(__m512d x, double low, double high) {
        return _mm512_max_pd(_mm512_min_pd(x, _mm512_set1_pd(high)), _mm512_set1_pd(low));
    }
    static double sum(__m512d x) { return _mm512_reduce_add_pd(x); }
};

}  // namespace

const DigitKernels digit_kernels = digit_kernels_of<Doubles>;

}  // namespace steelyard::vm::cpu::avx512
