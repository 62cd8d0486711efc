// Loops over channels: what is done to each channel of the places under a window.
#pragma once

#include "vm/backend/cpu/kernels.h"
#include "vm/ops/window/places.h"

#include <vector>

namespace steelyard::vm::cpu {

/// Windows with more taps are left to other kernels and to the reference.
constexpr std::size_t window_taps_max = 512;

/// One window of f32: out[c] from taps[0][c], taps[1][c], ...
struct ChannelTaps {
    const float* const* taps = nullptr;
    std::size_t count = 0;
    std::size_t channels = 0;
    float* out = nullptr;
    const float* weights = nullptr;  ///< [count][channels], of `depthwise`
    const float* bias = nullptr;     ///< [channels] or none, of `depthwise`
    bool relu = false;               ///< of `depthwise`
    float divisor = 1.0F;            ///< of `average`
};

struct ChannelKernels {
    void (*depthwise)(const ChannelTaps& taps) = nullptr;  ///< chains of fmas from +0, epilogue
    void (*greatest)(const ChannelTaps& taps) = nullptr;   ///< -infinity of no taps
    void (*average)(const ChannelTaps& taps) = nullptr;    ///< sums from +0, divided
};

namespace avx2 {
extern const ChannelKernels channel_kernels;
}

namespace avx512 {
extern const ChannelKernels channel_kernels;
}

/// The places under the windows over x [N, spatial..., C] of f32.
class TapPointers {
public:
    /// `padding`: C elements that stand for the places in the padding; nullptr: these are left out.
    TapPointers(
        const WindowGeometry& geometry, std::size_t channels, const float* x, const float* padding
    );

    /// The taps of window `number`, counted through all images; returns how many.
    std::size_t at(std::uint64_t number, const float** taps) const;

private:
    bool is_inside(const Spot& window) const;

    const WindowGeometry& geometry_;
    std::size_t channels_;
    const float* x_;
    const float* padding_;
    std::uint64_t windows_;
    std::uint64_t places_;
    std::vector<Spot> spots_{};
    std::vector<std::size_t> offsets_{};  ///< of each tap from the first, in elements
};

/// Calls body(number) for all windows of an output in pieces of a size that fits them.
void for_each_window(
    const TensorType& output,
    const Parallel& parallel,
    const std::function<void(std::uint64_t first, std::uint64_t end)>& body
);

}  // namespace steelyard::vm::cpu
