// Kernels of the operators that gather, and of slices whose starts are data.
#pragma once

#include "vm/backend/cpu/kernels.h"

namespace steelyard::vm::cpu {

Kernel find_index_kernel(const NodeCall& call);

}  // namespace steelyard::vm::cpu
