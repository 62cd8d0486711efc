// Operators that ONNX 17 has no counterpart of.
#include "vm/onnx/raising.h"

#include <array>

namespace steelyard::vm::onnx {

namespace {

Name angle(Raise& r) {
    return r.refuse("ONNX has no angle of two numbers");
}

Name fixed_point(Raise& r) {
    return r.refuse("ONNX has no fixed-point arithmetic");
}

Name open_place(Raise& r) {
    return r.refuse("ONNX cuts a slice that is out of bounds, where the VM ends in a fault");
}

Name unfolded(Raise& r) {
    return r.refuse("ONNX {} does not unfold windows", 17);
}

Name attention(Raise& r) {
    return r.refuse("ONNX has no attention in blocks");
}

Name gradient(Raise& r) {
    return r.refuse("ONNX has no gradients of pools");
}

Name random_numbers(Raise& r) {
    return r.refuse("ONNX names no generator of random numbers");
}

constexpr std::array rows = {
    RaisingRow{OpCode::atan2, angle},
    RaisingRow{OpCode::requantise, fixed_point},
    RaisingRow{OpCode::scatter_add, fixed_point},
    RaisingRow{OpCode::gemm_fx, fixed_point},
    RaisingRow{OpCode::dynamic_slice, open_place},
    RaisingRow{OpCode::dynamic_update, open_place},
    RaisingRow{OpCode::im2col, unfolded},
    RaisingRow{OpCode::attention_block, attention},
    RaisingRow{OpCode::attention_finish, attention},
    RaisingRow{OpCode::max_pool_grad, gradient},
    RaisingRow{OpCode::avg_pool_grad, gradient},
    RaisingRow{OpCode::philox, random_numbers},
    RaisingRow{OpCode::uniform, random_numbers},
    RaisingRow{OpCode::normal, random_numbers},
};

}  // namespace

std::span<const RaisingRow> refused_raisings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
