// Products of rows that are integers with one exponent each.
#pragma once

#include "vm/backend/cpu/contraction/fixed_dots.h"
#include "vm/backend/cpu/kernels.h"

namespace steelyard::vm::cpu {

/// A gemm_fx.
void multiply_fixed(const DigitKernels& kernels, const NodeWork& work, const Parallel& parallel);

}  // namespace steelyard::vm::cpu
