#include "vm/backend/cpu/kernels.h"

namespace steelyard::vm::cpu {

Kernel find_contraction_kernel(Isa, const NodeCall&) {
    return nullptr;
}

}  // namespace steelyard::vm::cpu
