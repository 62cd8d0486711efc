#include "vm/backend/cpu/row_loops.h"

#include <immintrin.h>

namespace steelyard::vm::cpu::avx512 {

namespace {

/// One instruction by this file's flags. Of this file alone, and so is all that is made with it.
struct BuiltinFma {
    VM_RULE static float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
};

struct Lanes {
    using Floats = __m512;

    [[gnu::always_inline]] static Floats load(const float* from) { return _mm512_loadu_ps(from); }
    [[gnu::always_inline]] static void store(float* to, Floats x) { _mm512_storeu_ps(to, x); }
    [[gnu::always_inline]] static Floats all(float x) { return _mm512_set1_ps(x); }
    [[gnu::always_inline]] static Floats all(std::uint32_t bits) { return all(f32_of(bits)); }

    /// The rule of exp, of x <= 0. scalef rounds once, and only among the subnormals.
    [[gnu::always_inline]] static Floats power(Floats x) {
        const Floats held = _mm512_max_ps(all(-104.0F), x);
        const Floats rounded = _mm512_fmadd_ps(held, all(0x3fb8aa3bU), all(f32_rounder));
        const Floats k = rounded - all(f32_rounder);
        const Floats r0 = _mm512_fnmadd_ps(k, all(0x3f317218U), held);
        const Floats r = _mm512_fnmadd_ps(k, all(0xb102e308U), r0);
        Floats q = all(0x3ab53562U);
        q = _mm512_fmadd_ps(q, r, all(0x3c091fbeU));
        q = _mm512_fmadd_ps(q, r, all(0x3d2aac4fU));
        q = _mm512_fmadd_ps(q, r, all(0x3e2aaa45U));
        q = _mm512_fmadd_ps(q, r, all(0x3efffffeU));
        return _mm512_scalef_ps(all(1.0F) + _mm512_fmadd_ps(r * r, q, r), k);
    }

    /// power / sum, rounded once. With the nearest float to 1 / sum, one step from the product
    /// power * inverse gives the nearest float to the quotient, if neither it nor the rest loses
    /// digits to subnormals (Markstein): so small powers are divided.
    [[gnu::always_inline]] static Floats share(Floats power, float sum, float inverse) {
        const __mmask16 is_small = _mm512_cmp_ps_mask(power, all(0x1p-90F), _CMP_LT_OQ);
        const __mmask16 divided =
            _mm512_mask_cmp_ps_mask(is_small, power, _mm512_setzero_ps(), _CMP_NEQ_OQ);
        if (divided != 0) {
            return power / all(sum);
        }
        const Floats near = power * all(inverse);
        const Floats rest = _mm512_fnmadd_ps(near, all(sum), power);
        return _mm512_fmadd_ps(rest, all(inverse), near);
    }

    [[gnu::always_inline]] static Floats widen_f16(const std::uint16_t* from) {
        return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
    }

    [[gnu::always_inline]] static Floats cleaned(Floats x) {
        const __mmask16 is_nan = _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
        return _mm512_mask_mov_ps(x, is_nan, all(FloatFormat<float>::nan));
    }

    /// Of what is cleaned.
    [[gnu::always_inline]] static void narrow_f16(Floats x, std::uint16_t* to) {
        _mm256_storeu_si256(
            reinterpret_cast<__m256i*>(to), _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT)
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

}  // namespace steelyard::vm::cpu::avx512
