// The operators of the family, one .cpp each.
#pragma once

#include "vm/ops/operator.h"

namespace steelyard::vm {

Operator gemm_f32_operator();
Operator gemm_i8_operator();
Operator gemm_fx_operator();
Operator conv_f32_operator();
Operator conv_i8_operator();
Operator attention_block_operator();
Operator attention_finish_operator();

}  // namespace steelyard::vm
