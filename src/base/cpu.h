// What the processor at hand can do, so that a kernel is chosen once, at run time.
#pragma once

namespace steelyard {

/// An instruction set counts only if the operating system also saves the registers that it uses.
/// All false on processors other than x86-64.
struct CpuFeatures {
    bool sha_ni = false;       ///< SHA extensions, with SSSE3 and SSE4.1
    bool avx2 = false;         ///< AVX2, with FMA and F16C
    bool avx512 = false;       ///< AVX-512 F, BW, DQ and VL, with all of avx2
    bool avx512_vnni = false;  ///< the same with VNNI
    bool amd = false;          ///< made by AMD: where two ways exist, another may be the faster one
};

/// The features of this machine, asked for at the first call. Thread-safe.
const CpuFeatures& cpu_features();

}  // namespace steelyard
