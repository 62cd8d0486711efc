// Loops over the channels of neighbouring windows of f32.
#pragma once

#include <cstddef>

namespace steelyard::vm::cpu {

/// One tap of neighbouring windows: that of window j is on the elements from `from` + j * `step`.
struct ChannelTap {
    const float* from = nullptr;
    std::size_t step = 0;
};

/// out[j * channels + c] = what is made of channel c of all taps of window j, in their order.
struct ChannelRun {
    const ChannelTap* taps = nullptr;
    std::size_t count = 0;
    std::size_t windows = 0;
    std::size_t channels = 0;
    float* out = nullptr;
    bool first = true;  ///< else `out` holds what the taps before made
    bool last = true;   ///< else more taps will come

    // Of `depthwise`: the taps are a chunk of the rule (K1). Channel c of tap i has the weight
    // weights[i * channels + c], or where `period` is not 0 and `channels` goes over many windows
    // weights[i * weight_stride + c % period]; each row of weights goes on for `weights_beyond`.
    const float* weights = nullptr;
    std::size_t weight_stride = 0;
    std::size_t period = 0;
    const float* bias = nullptr;  ///< as weights, or none
    bool relu = false;

    float divisor = 1.0F;  ///< of `average`
};

/// Weights and biases that there must be behind the `period` of a row, the same again.
constexpr std::size_t weights_beyond = 256;

struct ChannelKernels {
    void (*depthwise)(const ChannelRun& run) = nullptr;  ///< chains of fmas from +0, epilogue
    void (*greatest)(const ChannelRun& run) = nullptr;   ///< -infinity of no taps
    void (*average)(const ChannelRun& run) = nullptr;    ///< sums from +0, divided
};

namespace avx2 {
extern const ChannelKernels channel_kernels;
}

namespace avx512 {
extern const ChannelKernels channel_kernels;
}

}  // namespace steelyard::vm::cpu
