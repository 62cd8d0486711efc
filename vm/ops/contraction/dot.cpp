#include "vm/ops/contraction/dot.h"

#include "base/cpu.h"
#include "vm/ops/fma.h"
#include "vm/ops/narrow_floats.h"

#include <algorithm>
#include <cstring>

namespace steelyard::vm {

namespace {

/// Becomes an instruction where it is inlined into code for processors that have it.
struct BuiltinFma {
    VM_RULE static float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
};

template <typename Fma>
VM_RULE float chain_sum(const float* a, const float* b, std::size_t count) {
    float sum = 0.0F;
    for (std::size_t i = 0; i < count; ++i) {
        sum = Fma::fma(a[i], b[i], sum);
    }
    return sum;
}

/// The sums of the chains of up to `dot_block` products; returns how many chains there are.
template <typename Fma>
VM_RULE std::size_t chain_sums(const float* a, const float* b, std::size_t count, float* sums) {
    if (count == dot_block) {
        float s[dot_chains] = {};
        for (std::size_t i = 0; i < dot_chunk; ++i) {
#pragma GCC unroll 8
            for (std::size_t c = 0; c < dot_chains; ++c) {
                s[c] = Fma::fma(a[c * dot_chunk + i], b[c * dot_chunk + i], s[c]);
            }
        }
        for (std::size_t c = 0; c < dot_chains; ++c) {
            sums[c] = s[c];
        }
        return dot_chains;
    }
    std::size_t chains = 0;
    for (std::size_t at = 0; at < count; at += dot_chunk) {
        const std::size_t rest = count - at;
        sums[chains] = chain_sum<Fma>(a + at, b + at, rest < dot_chunk ? rest : dot_chunk);
        ++chains;
    }
    return chains;
}

std::size_t software_sums(const float* a, const float* b, std::size_t count, float* sums) {
    return chain_sums<SoftwareFma>(a, b, count, sums);
}

#ifdef __x86_64__
[[gnu::target("fma")]] std::size_t hardware_sums(
    const float* a, const float* b, std::size_t count, float* sums
) {
    return chain_sums<BuiltinFma>(a, b, count, sums);
}

std::size_t processor_sums(const float* a, const float* b, std::size_t count, float* sums) {
    static const bool has_fma = cpu_features().avx2;
    return has_fma ? hardware_sums(a, b, count, sums) : software_sums(a, b, count, sums);
}
#else
std::size_t processor_sums(const float* a, const float* b, std::size_t count, float* sums) {
    return software_sums(a, b, count, sums);
}
#endif

std::uint16_t half_at(const std::byte* elements, std::size_t index) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, elements + index * sizeof bits, sizeof bits);
    return bits;
}

}  // namespace

void DotSum::add(const float* a, const float* b, std::size_t count) {
    float sums[dot_chains];
    const std::size_t chains = mode_ == FmaMode::software ? software_sums(a, b, count, sums)
                                                          : processor_sums(a, b, count, sums);
    for (std::size_t c = 0; c < chains; ++c) {
        total_ = started_ ? total_ + sums[c] : sums[c];
        started_ = true;
    }
}

const float* widened(DType type, const std::byte* elements, std::size_t count, float* buffer) {
    if (type == DType::f32) {
        return reinterpret_cast<const float*>(elements);
    }
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint16_t bits = half_at(elements, i);
        buffer[i] = type == DType::f16 ? f32_from_f16(bits) : f32_from_bf16(bits);
    }
    return buffer;
}

void store_float(DType type, float value, std::byte* to) {
    if (type == DType::f32) {
        const float element = canonical(value);
        std::memcpy(to, &element, sizeof element);
        return;
    }
    const std::uint16_t element = type == DType::f16 ? f16_from_f32(value) : bf16_from_f32(value);
    std::memcpy(to, &element, sizeof element);
}

}  // namespace steelyard::vm
