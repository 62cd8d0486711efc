// The row functions of elementwise operators, compiled for each instruction set.
#pragma once

#include "vm/ops/elementwise/row_function.h"

namespace steelyard::vm::cpu {

namespace avx2 {
RowFunction find_elementwise_row(OpCode op, DType in, DType out);
}

namespace avx512 {
RowFunction find_elementwise_row(OpCode op, DType in, DType out);
}

}  // namespace steelyard::vm::cpu
