// NarrowLoops: rows of f16 and bf16 as rows of f32, for files of one instruction set.
#pragma once

#include "vm/ops/elementwise/float_rules.h"

#include <cstddef>
#include <cstdint>

namespace steelyard::vm::cpu {

/// `Lanes`: of the including file alone, so that nothing here is shared between files.
template <typename Lanes>
struct NarrowLoops {
    static void clean_f32(const float* __restrict x, std::uint64_t count, float* __restrict out) {
        for (std::uint64_t i = 0; i < count; ++i) {
            out[i] = clean(x[i]);
        }
    }

    /// NaNs become canonical.
    static void widen_f16(const std::uint16_t* x, std::uint64_t count, float* out) {
        constexpr std::size_t width = sizeof(typename Lanes::Floats) / sizeof(float);
        std::uint64_t done = 0;
        for (; done + width <= count; done += width) {
            Lanes::store(out + done, Lanes::cleaned(Lanes::widen_f16(x + done)));
        }
        for (; done < count; ++done) {
            out[done] = clean(Lanes::widen_one_f16(x[done]));
        }
    }

    static void widen_bf16(
        const std::uint16_t* __restrict x, std::uint64_t count, float* __restrict out
    ) {
        for (std::uint64_t i = 0; i < count; ++i) {
            out[i] = f32_of(static_cast<std::uint32_t>(x[i]) << 16);
        }
    }

    static void narrow_f16(const float* x, std::uint64_t count, std::uint16_t* out) {
        constexpr std::size_t width = sizeof(typename Lanes::Floats) / sizeof(float);
        std::uint64_t done = 0;
        for (; done + width <= count; done += width) {
            Lanes::narrow_f16(Lanes::cleaned(Lanes::load(x + done)), out + done);
        }
        for (; done < count; ++done) {
            out[done] = Lanes::narrow_one_f16(clean(x[done]));
        }
    }

    static void narrow_bf16(
        const float* __restrict x, std::uint64_t count, std::uint16_t* __restrict out
    ) {
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint32_t bits = bits_of(x[i]);
            const std::uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
            out[i] = static_cast<std::uint16_t>(x[i] != x[i] ? 0x7fc0 : rounded);
        }
    }
};

}  // namespace steelyard::vm::cpu
