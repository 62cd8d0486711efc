#include "vm/backend/cpu/contraction/fixed_dots_loops.h"

#include <immintrin.h>

namespace steelyard::vm::cpu::avx2 {

namespace {

struct Doubles {
    using Value = __m256d;
    static constexpr std::size_t width = 4;
    static constexpr std::size_t tile = 3;

    static __m256d zero() { return _mm256_setzero_pd(); }
    static __m256d load(const double* from) { return _mm256_loadu_pd(from); }
    static __m256d fma(__m256d a, __m256d b, __m256d c) { return _mm256_fmadd_pd(a, b, c); }
    static __m256d widened(const float* from) { return _mm256_cvtps_pd(_mm_loadu_ps(from)); }
    static __m256d mul(__m256d a, double b) { return _mm256_mul_pd(a, _mm256_set1_pd(b)); }
    static __m256d add(__m256d a, double b) { return _mm256_add_pd(a, _mm256_set1_pd(b)); }
    static __m256d sub(__m256d a, double b) { return _mm256_sub_pd(a, _mm256_set1_pd(b)); }
    static void store(double* to, __m256d x) { _mm256_storeu_pd(to, x); }
    static __m256d within(__m256d x, double low, double high) {
        return _mm256_max_pd(_mm256_min_pd(x, _mm256_set1_pd(high)), _mm256_set1_pd(low));
    }

    static double sum(__m256d x) {
        const __m128d half = _mm_add_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd(x, 1));
        return _mm_cvtsd_f64(_mm_add_sd(half, _mm_unpackhi_pd(half, half)));
    }
};

}  // namespace

const DigitKernels digit_kernels = digit_kernels_of<Doubles>;

}  // namespace steelyard::vm::cpu::avx2
