#include "vm/onnx/raisings/geometry.h"

#include "vm/ops/window_geometry.h"

#include <algorithm>

namespace steelyard::vm::onnx {

bool Geometry::is_dilated() const {
    return std::ranges::any_of(dilations, [](std::int64_t size) { return size != 1; });
}

NodeAttributes Geometry::attributes() const {
    NodeAttributes out = {{"kernel_shape", kernel}, {"strides", strides}, {"pads", pads}};
    if (is_dilated()) {
        out.push_back({"dilations", dilations});
    }
    return out;
}

std::size_t geometry_attributes(const Raise& r) {
    return attributes_per_window_axis * (r.rank(0) - 2);
}

Geometry geometry_of(const Raise& r) {
    const std::size_t axes = r.rank(0) - 2;
    Geometry out{.pads = Raise::Integers(2 * axes)};
    for (std::size_t axis = 0; axis < axes; ++axis) {
        const std::size_t first = attributes_per_window_axis * axis;
        out.kernel.push_back(r.attribute(first));
        out.strides.push_back(r.attribute(first + 1));
        out.dilations.push_back(out.kernel.back() == 1 ? 1 : r.attribute(first + 2));
        out.pads[axis] = r.attribute(first + 3);
        out.pads[axis + axes] = r.attribute(first + 4);
    }
    return out;
}

}  // namespace steelyard::vm::onnx
