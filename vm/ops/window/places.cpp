#include "vm/ops/window/places.h"

#include "vm/ops/cost.h"

#include <algorithm>

namespace steelyard::vm {

namespace {

using Length = std::uint64_t WindowAxis::*;

Spot split(const WindowGeometry& geometry, std::uint64_t number, Length length) {
    Spot out{};
    for (std::size_t i = geometry.axes; i-- > 0;) {
        const std::uint64_t size = geometry.axis[i].*length;
        out[i] = number % size;
        number /= size;
    }
    return out;
}

std::uint64_t product(const WindowGeometry& geometry, Length length) {
    std::uint64_t count = 1;
    for (std::size_t i = 0; i < geometry.axes; ++i) {
        count *= geometry.axis[i].*length;
    }
    return count;
}

}  // namespace

std::uint64_t place_count(const WindowGeometry& geometry) {
    return product(geometry, &WindowAxis::in);
}

std::uint64_t window_count(const WindowGeometry& geometry) {
    return product(geometry, &WindowAxis::out);
}

Spot tap_spot(const WindowGeometry& geometry, std::uint64_t number) {
    return split(geometry, number, &WindowAxis::window);
}

Spot window_spot(const WindowGeometry& geometry, std::uint64_t number) {
    return split(geometry, number, &WindowAxis::out);
}

Spot place_spot(const WindowGeometry& geometry, std::uint64_t number) {
    return split(geometry, number, &WindowAxis::in);
}

std::optional<std::uint64_t> place_under(
    const WindowGeometry& geometry, const Spot& window, const Spot& tap
) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < geometry.axes; ++i) {
        const auto at = geometry.axis[i].input_of(window[i], tap[i]);
        if (!at) {
            return std::nullopt;
        }
        number = number * geometry.axis[i].in + *at;
    }
    return number;
}

std::uint64_t window_number(const WindowGeometry& geometry, const Spot& window) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < geometry.axes; ++i) {
        number = number * geometry.axis[i].out + window[i];
    }
    return number;
}

WindowRange windows_around(const WindowAxis& axis, std::uint64_t place) {
    const std::uint64_t last = place + axis.before;
    const std::uint64_t reach = axis.dilation * (axis.window - 1);
    return {
        .first = last > reach ? (last - reach + axis.stride - 1) / axis.stride : 0,
        .end = std::min(axis.out, last / axis.stride + 1),
    };
}

bool has_tap_on(const WindowAxis& axis, std::uint64_t window, std::uint64_t place) {
    return (place + axis.before - window * axis.stride) % axis.dilation == 0;
}

std::uint64_t chunks_of_window(
    const TensorType& type, const WindowGeometry& geometry, std::uint64_t count
) {
    const WindowAxis& line = geometry.axis[geometry.axes - 1];
    const std::uint64_t lines = geometry.taps() / line.window;
    const std::uint64_t reach = line.dilation * (line.window - 1) + 1;
    const std::uint64_t of_line = std::min(
        saturating_mul(line.window, chunks_of_range(type, count)), chunks_of_rows(type, reach)
    );
    return std::min(saturating_mul(lines, of_line), chunk_count(type));
}

}  // namespace steelyard::vm
