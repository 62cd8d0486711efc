// The row functions of elementwise operators, and random numbers, compiled for each instruction
// set.
#pragma once

#include "vm/ops/elementwise/row_function.h"
#include "vm/ops/random_rows.h"

namespace steelyard::vm::cpu {

namespace avx2 {
RowFunction find_elementwise_row(OpCode op, DType in, DType out);
void fill_random(const RandomArguments& arguments);
}  // namespace avx2

namespace avx512 {
RowFunction find_elementwise_row(OpCode op, DType in, DType out);
void fill_random(const RandomArguments& arguments);
}  // namespace avx512

}  // namespace steelyard::vm::cpu
