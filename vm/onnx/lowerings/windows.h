// Windows: kernels, strides, dilations and pads of convolutions and pools.
#pragma once

#include "vm/onnx/lowering.h"

namespace steelyard::vm::onnx {

struct WindowOfAxis {
    std::int64_t in = 0;
    std::int64_t window = 1;
    std::int64_t stride = 1;
    std::int64_t dilation = 1;
    std::int64_t before = 0;
    std::int64_t after = 0;

    /// From the first to the last element that a window covers.
    std::int64_t reach() const { return dilation * (window - 1) + 1; }
};

/// One for each spatial axis.
using Windows = std::vector<WindowOfAxis>;

/// The attributes kernel_shape, strides, dilations, pads and auto_pad of a node over x [N, C,
/// spatial...]; `kernel` are the window's sizes where kernel_shape is absent. An error of the
/// emitter, and nothing, if they do not fit x or are beyond 2^31.
std::optional<Windows> read_windows(Call& c, const Value& x, const Integers& kernel = {});

/// More padding behind, until the last window that begins in the tensor is whole.
void round_up(Windows& windows);

/// The window geometry as operators of the VM take it.
Integers geometry(const Windows& windows);

}  // namespace steelyard::vm::onnx
