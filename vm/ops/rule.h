// What the rules of elements are written with: one source for the reference, for kernels, for GPUs.
#pragma once

#include <cstdint>

/// A small function of a rule. It is always inlined: a kernel file that is compiled for a larger
/// instruction set leaves no copy of it behind that the linker could give to others.
#if defined(__CUDACC__)
#define VM_RULE __host__ __device__ __forceinline__ constexpr
#else
#define VM_RULE [[gnu::always_inline]] constexpr
#endif

namespace steelyard::vm {

// The bits of floats, and floats of bits.
VM_RULE std::uint32_t bits_of(float x) {
    return __builtin_bit_cast(std::uint32_t, x);
}

VM_RULE std::uint64_t bits_of(double x) {
    return __builtin_bit_cast(std::uint64_t, x);
}

VM_RULE float f32_of(std::uint32_t bits) {
    return __builtin_bit_cast(float, bits);
}

VM_RULE double f64_of(std::uint64_t bits) {
    return __builtin_bit_cast(double, bits);
}

}  // namespace steelyard::vm
