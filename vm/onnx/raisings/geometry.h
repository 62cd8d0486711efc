// Windows as ONNX's attributes have them.
#pragma once

#include "vm/onnx/raising.h"

namespace steelyard::vm::onnx {

/// Of the call's first operand [N, spatial..., C] and its first attributes.
struct Geometry {
    Raise::Integers kernel{};
    Raise::Integers strides{};
    Raise::Integers dilations{};  ///< 1 where a window is one element
    Raise::Integers pads{};       ///< all before, then all after

    bool is_dilated() const;

    /// kernel_shape, strides, pads, and dilations unless they are all 1.
    NodeAttributes attributes() const;
};

Geometry geometry_of(const Raise& r);

/// Attributes of the call that the geometry takes: those behind it count from here.
std::size_t geometry_attributes(const Raise& r);

}  // namespace steelyard::vm::onnx
