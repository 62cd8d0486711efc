// Kernels of the operators that scatter, and of gather_elements.
#pragma once

#include "vm/backend/cpu/kernels.h"

namespace steelyard::vm::cpu {

Kernel find_scatter_kernel(const NodeCall& call);

}  // namespace steelyard::vm::cpu
