// Pools.
#include "vm/onnx/raisings/geometry.h"

#include <algorithm>
#include <array>

namespace steelyard::vm::onnx {

namespace {

constexpr Types max_pool_types = real_types | types({DType::i8, DType::u8});

/// A type that ONNX pools and that holds every number of this one.
std::optional<DType> pooled_type(DType dtype) {
    if (has(max_pool_types, dtype)) {
        return dtype;
    }
    switch (dtype) {
        case DType::i16:
        case DType::u16:
        case DType::bf16:
            return DType::f32;
        case DType::i32:
        case DType::u32:
            return DType::f64;
        default:
            return std::nullopt;
    }
}

Name no_pool(Raise& r) {
    return r.refuse("ONNX pools no {}", to_string(r.dtype(0)));
}

Name max_pool(Raise& r) {
    const auto dtype = pooled_type(r.dtype(0));
    if (!dtype) {
        return no_pool(r);
    }
    const std::size_t rank = r.rank(0);
    const Name x = r.channels_first(r.cast_in(0, *dtype), rank);
    const Name out = r.op("MaxPool", {x}, geometry_of(r).attributes());
    const TensorType wide{.dtype = *dtype, .shape = r.call.output.shape};
    return r.channels_last(r.cast(out, wide, r.dtype(0)), rank);
}

Name average_pool(Raise& r) {
    const Geometry geometry = geometry_of(r);
    if (geometry.is_dilated()) {
        return r.refuse("ONNX {} has no means of dilated windows", 17);
    }
    NodeAttributes attributes = geometry.attributes();
    attributes.push_back({"count_include_pad", r.attribute(geometry_attributes(r))});
    const DType dtype = r.dtype(0) == DType::bf16 ? DType::f32 : r.dtype(0);
    const std::size_t rank = r.rank(0);
    const Name x = r.channels_first(r.cast_in(0, dtype), rank);
    const Name out = r.op("AveragePool", {x}, std::move(attributes));
    const TensorType wide{.dtype = dtype, .shape = r.call.output.shape};
    return r.channels_last(r.cast(out, wide, r.dtype(0)), rank);
}

/// Whether each window has an element inside.
bool are_all_inside(const Geometry& geometry) {
    const std::size_t axes = geometry.kernel.size();
    for (std::size_t axis = 0; axis < axes; ++axis) {
        const std::int64_t most = std::max(geometry.pads[axis], geometry.pads[axis + axes]);
        if (most > 0 && (geometry.dilations[axis] != 1 || most >= geometry.kernel[axis])) {
            return false;
        }
    }
    return true;
}

/// ONNX counts through the whole tensor, the VM in each plane.
Name max_pool_index(Raise& r) {
    const auto dtype = pooled_type(r.dtype(0));
    const Geometry geometry = geometry_of(r);
    if (!dtype) {
        return no_pool(r);
    }
    if (!are_all_inside(geometry)) {
        return r.refuse("a window may have no element inside, which ONNX gives no index");
    }
    const std::size_t rank = r.rank(0);
    std::int64_t plane = 1;
    for (std::size_t axis = 1; axis + 1 < rank; ++axis) {
        plane *= r.dimension(0, axis);
    }
    const Name x = r.channels_first(r.cast_in(0, *dtype), rank);
    const Name places = r.second_output("MaxPool", {x}, geometry.attributes());
    const Name in_plane =
        r.op("Mod", {places, r.integer(DType::i64, plane)}, {{"fmod", std::int64_t{0}}});
    return r.channels_last(in_plane, rank);
}

constexpr std::array rows = {
    RaisingRow{OpCode::max_pool, max_pool},
    RaisingRow{OpCode::avg_pool, average_pool},
    RaisingRow{OpCode::max_pool_index, max_pool_index},
};

}  // namespace

std::span<const RaisingRow> window_raisings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
