#include "vm/backend/cpu/window/channel_loops.h"

#include <immintrin.h>

namespace steelyard::vm::cpu::avx2 {

namespace {

struct Floats {
    using Value = __m256;

    static constexpr std::size_t width = 8;
    static constexpr std::size_t windows_at_once = 4;

    struct Whole {
        static Value load(const float* from) { return _mm256_loadu_ps(from); }
        static void store(float* to, Value x) { _mm256_storeu_ps(to, x); }
    };

    /// Fewer lanes than all.
    class Part {
    public:
        explicit Part(std::size_t lanes) {
            const __m256i numbers = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
            mask_ = _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(lanes)), numbers);
        }

        Value load(const float* from) const { return _mm256_maskload_ps(from, mask_); }
        void store(float* to, Value x) const { _mm256_maskstore_ps(to, mask_, x); }

    private:
        __m256i mask_;
    };

    /// The greatest by A4. The instruction takes zeros for equal: if the greatest is one, it is
    /// -0 only if all that was seen has the sign.
    class Maximum {
    public:
        void see(Value x) {
            most_ = _mm256_max_ps(most_, x);
            signs_ = _mm256_and_ps(signs_, x);
            nan_ = _mm256_or_ps(nan_, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
        }

        Value value() const {
            const Value sign = _mm256_and_ps(signs_, _mm256_set1_ps(-0.0F));
            const Value zero = _mm256_cmp_ps(most_, _mm256_setzero_ps(), _CMP_EQ_OQ);
            const Value x = _mm256_blendv_ps(most_, sign, zero);
            const Value nan = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fc00000));
            return _mm256_blendv_ps(x, nan, nan_);
        }

    private:
        Value most_ = _mm256_castsi256_ps(_mm256_set1_epi32(-0x800000));
        Value signs_ = _mm256_castsi256_ps(_mm256_set1_epi32(-1));
        Value nan_ = _mm256_setzero_ps();
    };

    static Value zero() { return _mm256_setzero_ps(); }
    static Value fma(Value a, Value b, Value c) { return _mm256_fmadd_ps(a, b, c); }
    static Value add(Value a, Value b) { return _mm256_add_ps(a, b); }
    static Value div(Value a, float b) { return _mm256_div_ps(a, _mm256_set1_ps(b)); }

    static Value relu(Value x) {
        return _mm256_andnot_ps(_mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_LE_OQ), x);
    }

    static Value canonical(Value x) {
        const Value nan = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fc00000));
        return _mm256_blendv_ps(x, nan, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
    }
};

}  // namespace

const ChannelKernels channel_kernels = channel_kernels_of<Floats>;

}  // namespace steelyard::vm::cpu::avx2
