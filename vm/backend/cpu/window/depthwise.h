// Convolutions in which each output channel reads an input channel of its own.
#pragma once

#include "vm/backend/cpu/kernels.h"
#include "vm/backend/cpu/window/channels.h"
#include "vm/backend/cpu/window/lane_kernels.h"
#include "vm/ops/contraction/conv.h"
#include "vm/ops/elementwise/row_function.h"

namespace steelyard::vm::cpu {

struct Depthwise {
    const ChannelKernels& channels;
    const LaneKernels& lanes;
    Conv conv{};  ///< of one channel and one output a group
    bool relu = false;
    RowFunction activation = nullptr;  ///< of f32 rows; nullptr: none but relu
    std::vector<float> filters{};      ///< [channels][taps]
    std::vector<float> bias{};         ///< [channels], or empty
};

void convolve_channels(const Depthwise& depthwise, const NodeWork& work, const Parallel& parallel);

}  // namespace steelyard::vm::cpu
