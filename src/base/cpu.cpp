#include "base/cpu.h"

#include <cstdint>

#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace steelyard {

#ifdef __x86_64__
namespace {

// Register state components of XCR0 (Intel SDM volume 1, 13.3).
constexpr std::uint64_t saves_ymm = 0x06;
constexpr std::uint64_t saves_zmm = 0xE6;

constexpr unsigned osxsave_bit = 1U << 27;  // leaf 1, ECX

struct Leaf {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
};

Leaf cpuid(unsigned leaf) {
    Leaf out;
    __get_cpuid_count(leaf, 0, &out.eax, &out.ebx, &out.ecx, &out.edx);
    return out;
}

/// The register states that the operating system saves. Only where leaf 1 says OSXSAVE.
std::uint64_t saved_states() {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return std::uint64_t{high} << 32 | low;
}

bool all(unsigned word, unsigned bits) {
    return (word & bits) == bits;
}

CpuFeatures detect() {
    const Leaf basic = cpuid(1);
    const Leaf extended = cpuid(7);
    const std::uint64_t saved = all(basic.ecx, osxsave_bit) ? saved_states() : 0;

    CpuFeatures features;
    features.amd = cpuid(0).ebx == signature_AMD_ebx;
    features.sha_ni = all(basic.ecx, bit_SSSE3 | bit_SSE4_1) && all(extended.ebx, bit_SHA);
    features.avx2 = (saved & saves_ymm) == saves_ymm &&
                    all(basic.ecx, bit_AVX | bit_FMA | bit_F16C) && all(extended.ebx, bit_AVX2);
    features.avx512 = features.avx2 && (saved & saves_zmm) == saves_zmm &&
                      all(extended.ebx, bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL);
    features.avx512_vnni = features.avx512 && all(extended.ecx, bit_AVX512VNNI);
    return features;
}

}  // namespace
#else
namespace {

CpuFeatures detect() {
    return {};
}

}  // namespace
#endif

const CpuFeatures& cpu_features() {
    static const CpuFeatures features = detect();
    return features;
}

}  // namespace steelyard
