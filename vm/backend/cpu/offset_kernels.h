// Kernels of pads that repeat elements, and of resizes to the nearest.
#pragma once

#include "vm/backend/cpu/kernels.h"

namespace steelyard::vm::cpu {

/// nullptr: the call interpolates, or fills in a value.
Kernel find_offset_kernel(const NodeCall& call);

}  // namespace steelyard::vm::cpu
