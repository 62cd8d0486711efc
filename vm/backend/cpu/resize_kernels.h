// The kernel of resizes that interpolate.
#pragma once

#include "vm/backend/cpu/kernels.h"

namespace steelyard::vm::cpu {

/// nullptr where elements are only moved.
Kernel find_resize_kernel(Isa isa, const NodeCall& call);

}  // namespace steelyard::vm::cpu
