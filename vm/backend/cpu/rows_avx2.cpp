#include "vm/backend/cpu/row_loops.h"

#include <immintrin.h>

namespace steelyard::vm::cpu::avx2 {

namespace {

/// One instruction by this file's flags. Of this file alone, and so is all that is made with it.
struct BuiltinFma {
    VM_RULE static float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
};

struct Lanes {
    using Floats = __m256;

    [[gnu::always_inline]] static Floats load(const float* from) { return _mm256_loadu_ps(from); }
    [[gnu::always_inline]] static void store(float* to, Floats x) { _mm256_storeu_ps(to, x); }
    [[gnu::always_inline]] static Floats all(float x) { return _mm256_set1_ps(x); }
    [[gnu::always_inline]] static Floats all(std::uint32_t bits) { return all(f32_of(bits)); }

    /// The rule of exp, of x <= 0.
    [[gnu::always_inline]] static Floats power(Floats x) {
        const Floats held = _mm256_max_ps(all(-104.0F), x);
        const Floats rounded = _mm256_fmadd_ps(held, all(0x3fb8aa3bU), all(f32_rounder));
        const Floats k = rounded - all(f32_rounder);
        const Floats r0 = _mm256_fnmadd_ps(k, all(0x3f317218U), held);
        const Floats r = _mm256_fnmadd_ps(k, all(0xb102e308U), r0);
        Floats q = all(0x3ab53562U);
        q = _mm256_fmadd_ps(q, r, all(0x3c091fbeU));
        q = _mm256_fmadd_ps(q, r, all(0x3d2aac4fU));
        q = _mm256_fmadd_ps(q, r, all(0x3e2aaa45U));
        q = _mm256_fmadd_ps(q, r, all(0x3efffffeU));
        const Floats fraction = all(1.0F) + _mm256_fmadd_ps(r * r, q, r);
        const __m256i bits = _mm256_castps_si256(rounded);
        const Floats is_low = _mm256_cmp_ps(x, all(-86.5F), _CMP_LT_OQ);
        if (_mm256_movemask_ps(is_low) == 0) {  // results are normal: k goes into the exponent
            const __m256i power_bits =
                _mm256_add_epi32(_mm256_castps_si256(fraction), _mm256_slli_epi32(bits, 23));
            return _mm256_castsi256_ps(power_bits);
        }
        const __m256i whole = _mm256_sub_epi32(bits, _mm256_castps_si256(all(f32_rounder)));
        const __m256i half = _mm256_srai_epi32(whole, 1);
        return fraction * power_of_two(half) * power_of_two(_mm256_sub_epi32(whole, half));
    }

    [[gnu::always_inline]] static Floats power_of_two(__m256i k) {
        return _mm256_castsi256_ps(
            _mm256_slli_epi32(_mm256_add_epi32(k, _mm256_set1_epi32(127)), 23)
        );
    }

    /// power / sum, rounded once. With the nearest float to 1 / sum, one step from the product
    /// power * inverse gives the nearest float to the quotient, if neither it nor the rest loses
    /// digits to subnormals (Markstein): so small powers are divided.
    [[gnu::always_inline]] static Floats share(Floats power, float sum, float inverse) {
        const Floats is_small = _mm256_cmp_ps(power, all(0x1p-90F), _CMP_LT_OQ);
        const __m256i small = _mm256_castps_si256(_mm256_and_ps(is_small, power));
        if (_mm256_testz_si256(small, small) == 0) {
            return power / all(sum);
        }
        const Floats near = power * all(inverse);
        const Floats rest = _mm256_fnmadd_ps(near, all(sum), power);
        return _mm256_fmadd_ps(rest, all(inverse), near);
    }

    [[gnu::always_inline]] static Floats widen_f16(const std::uint16_t* from) {
        return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
    }

    [[gnu::always_inline]] static Floats cleaned(Floats x) {
        return _mm256_blendv_ps(x, all(FloatFormat<float>::nan), _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
    }

    /// Of what is cleaned.
    [[gnu::always_inline]] static void narrow_f16(Floats x, std::uint16_t* to) {
        _mm_storeu_si128(
            reinterpret_cast<__m128i*>(to), _mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT)
        );
    }

    [[gnu::always_inline]] static float widen_one_f16(std::uint16_t x) { return _cvtsh_ss(x); }
    [[gnu::always_inline]] static std::uint16_t narrow_one_f16(float x) {
        return _cvtss_sh(x, _MM_FROUND_TO_NEAREST_INT);
    }
};

constexpr RowFunctions functions = RowLoops<BuiltinFma, Lanes>::functions();

}  // namespace

const RowFunctions& row_functions() {
    return functions;
}

}  // namespace steelyard::vm::cpu::avx2
