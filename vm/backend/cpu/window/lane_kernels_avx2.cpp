#include "vm/backend/cpu/window/lane_loops.h"

namespace steelyard::vm::cpu::avx2 {

const LaneKernels lane_kernels = lane_loops;

}  // namespace steelyard::vm::cpu::avx2
