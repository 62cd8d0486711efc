// Places, windows and taps by number, and what of a tensor a window looks at.
#pragma once

#include "vm/ops/window_geometry.h"

namespace steelyard::vm {

/// The coordinates of a place, a window or a tap along the spatial axes.
using Spot = std::array<std::uint64_t, spatial_axes_max>;

/// How many places the plane has, and how many windows lie over it.
std::uint64_t place_count(const WindowGeometry& geometry);
std::uint64_t window_count(const WindowGeometry& geometry);

// By row-major number: of a tap in its window, of a window among all, of a place in the plane.
Spot tap_spot(const WindowGeometry& geometry, std::uint64_t number);
Spot window_spot(const WindowGeometry& geometry, std::uint64_t number);
Spot place_spot(const WindowGeometry& geometry, std::uint64_t number);

/// The row-major number of the place under a tap of a window; nothing in the padding.
std::optional<std::uint64_t> place_under(
    const WindowGeometry& geometry, const Spot& window, const Spot& tap
);

/// The row-major number of a window.
std::uint64_t window_number(const WindowGeometry& geometry, const Spot& window);

/// Windows [first, end) along one axis; perhaps end < first, then there are none.
struct WindowRange {
    std::uint64_t first = 0;
    std::uint64_t end = 0;
};

/// The windows that reach over a place of the axis, those whose taps step over it included.
WindowRange windows_around(const WindowAxis& axis, std::uint64_t place);

/// Whether a window of `windows_around(axis, place)` has a tap on the place.
bool has_tap_on(const WindowAxis& axis, std::uint64_t window, std::uint64_t place);

/// The most chunks of a tensor [N, spatial..., C] that the taps of one window can lie in, where of
/// each tap `count` neighbouring elements are looked at.
std::uint64_t chunks_of_window(
    const TensorType& type, const WindowGeometry& geometry, std::uint64_t count
);

}  // namespace steelyard::vm
