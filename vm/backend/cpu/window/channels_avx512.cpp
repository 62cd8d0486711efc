#include "vm/backend/cpu/window/channel_loops.h"

#include <immintrin.h>

namespace steelyard::vm::cpu::avx512 {

namespace {

struct Floats {
    using Value = __m512;

    static constexpr std::size_t width = 16;
    static constexpr std::size_t windows_at_once = 8;

    struct Whole {
        static Value load(const float* from) { return _mm512_loadu_ps(from); }
        static void store(float* to, Value x) { _mm512_storeu_ps(to, x); }
    };

    /// Fewer lanes than all.
    class Part {
    public:
        explicit Part(std::size_t lanes) : mask_(static_cast<__mmask16>((1U << lanes) - 1)) {}

        Value load(const float* from) const { return _mm512_maskz_loadu_ps(mask_, from); }
        void store(float* to, Value x) const { _mm512_mask_storeu_ps(to, mask_, x); }

    private:
        __mmask16 mask_;
    };

    /// The greatest by A4. The instruction has the order of the rule, but for NaN.
    class Maximum {
    public:
        void see(Value x) {
            constexpr int greater_with_its_sign = 0b0101;
            most_ = _mm512_range_ps(most_, x, greater_with_its_sign);
            nan_ = _kor_mask16(nan_, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q));
        }

        Value value() const {
            const Value nan = _mm512_castsi512_ps(_mm512_set1_epi32(0x7fc00000));
            return _mm512_mask_mov_ps(most_, nan_, nan);
        }

    private:
        Value most_ = _mm512_castsi512_ps(_mm512_set1_epi32(-0x800000));
        __mmask16 nan_ = 0;
    };

    static Value zero() { return _mm512_setzero_ps(); }
    static Value fma(Value a, Value b, Value c) { return _mm512_fmadd_ps(a, b, c); }
    static Value add(Value a, Value b) { return _mm512_add_ps(a, b); }
    static Value div(Value a, float b) { return _mm512_div_ps(a, _mm512_set1_ps(b)); }

    static Value relu(Value x) {
        const __mmask16 zero = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LE_OQ);
        return _mm512_mask_mov_ps(x, zero, _mm512_setzero_ps());
    }

    static Value canonical(Value x) {
        const Value nan = _mm512_castsi512_ps(_mm512_set1_epi32(0x7fc00000));
        return _mm512_mask_mov_ps(x, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), nan);
    }
};

}  // namespace

const ChannelKernels channel_kernels = channel_kernels_of<Floats>;

}  // namespace steelyard::vm::cpu::avx512
