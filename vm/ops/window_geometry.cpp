#include "vm/ops/window_geometry.h"

#include "vm/ops/type_rules.h"

namespace steelyard::vm {

namespace {

constexpr auto size_most = static_cast<std::int64_t>(dimension_max);

Result<std::uint64_t> read(std::string_view name, std::int64_t attribute, std::int64_t least) {
    TRY_ASSIGN(const std::int64_t value, attribute_in_range(name, attribute, least, size_most));
    return static_cast<std::uint64_t>(value);
}

Result<WindowAxis> window_axis(std::uint64_t in, AttributeView attributes) {
    WindowAxis axis{.in = in};
    TRY_ASSIGN(axis.window, read("window", attributes[0], 1));
    TRY_ASSIGN(axis.stride, read("stride", attributes[1], 1));
    TRY_ASSIGN(axis.dilation, read("dilation", attributes[2], 1));
    TRY_ASSIGN(axis.before, read("padding", attributes[3], 0));
    TRY_ASSIGN(axis.after, read("padding", attributes[4], 0));
    const std::uint64_t padded = in + axis.before + axis.after;
    const std::uint64_t reach = axis.dilation * (axis.window - 1) + 1;
    if (reach > padded) {
        return invalid("a window over {} of {} elements with padding", reach, padded);
    }
    axis.out = (padded - reach) / axis.stride + 1;
    return axis;
}

}  // namespace

Result<WindowGeometry> window_geometry(
    const TensorType& type, std::span<const std::int64_t> attributes
) {
    const std::size_t rank = type.shape.rank();
    if (rank < 3 || rank > 2 + spatial_axes_max) {
        return invalid("{} is not [N, spatial..., C] of 1 to 3 spatial axes", type.text());
    }
    WindowGeometry geometry{.axes = rank - 2};
    TRY(expect_attributes(attributes, geometry.axes * attributes_per_window_axis));
    std::uint64_t taps = 1;
    for (std::size_t axis = 0; axis < geometry.axes; ++axis) {
        const auto own =
            attributes.subspan(axis * attributes_per_window_axis, attributes_per_window_axis);
        TRY_ASSIGN(geometry.axis[axis], window_axis(type.shape[axis + 1], own));
        taps *= geometry.axis[axis].window;
        if (taps > dimension_max) {
            return invalid("a window of {} elements, over {}", taps, dimension_max);
        }
    }
    return geometry;
}

}  // namespace steelyard::vm
