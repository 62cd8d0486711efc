// WindowGeometry: how windows lie over the spatial axes of [N, spatial..., C].
#pragma once

#include "vm/program/tensor_type.h"

#include <array>
#include <optional>

namespace steelyard::vm {

constexpr std::size_t spatial_axes_max = 3;
constexpr std::size_t attributes_per_window_axis = 5;

/// Along one spatial axis. All at most 2^31 - 1; window, stride and dilation at least 1.
struct WindowAxis {
    std::uint64_t in = 0;
    std::uint64_t window = 1;
    std::uint64_t stride = 1;
    std::uint64_t dilation = 1;
    std::uint64_t before = 0;
    std::uint64_t after = 0;
    std::uint64_t out = 0;

    /// The input's coordinate under tap `tap` of window `position`; nothing in the padding.
    std::optional<std::uint64_t> input_of(std::uint64_t position, std::uint64_t tap) const {
        const std::uint64_t padded = position * stride + tap * dilation;  // below 2^63
        return padded >= before && padded - before < in ? std::optional(padded - before)
                                                        : std::nullopt;
    }
};

struct WindowGeometry {
    std::size_t axes = 0;  ///< 1 to 3
    std::array<WindowAxis, spatial_axes_max> axis{};

    std::uint64_t taps() const { return axis[0].window * axis[1].window * axis[2].window; }
};

/// From the type [N, spatial..., C] and window, stride, dilation, pad before, pad after for each
/// spatial axis. Errors: a rank other than 3 to 5, another count of attributes, one out of range,
/// a window that is larger than the padded input, 2^31 taps or more.
Result<WindowGeometry> window_geometry(
    const TensorType& type, std::span<const std::int64_t> attributes
);

}  // namespace steelyard::vm
