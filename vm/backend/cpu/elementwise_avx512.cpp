#include "vm/backend/cpu/isa_rows.h"
#include "vm/ops/elementwise/conversion_rows.h"
#include "vm/ops/random_rows.h"

namespace steelyard::vm::cpu::avx512 {

namespace {

/// The compiler's builtin, which this file's flags make one instruction. Of this file
/// alone, and so is everything that is instantiated with it.
struct BuiltinFma {
    VM_RULE static float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
    VM_RULE static double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
};

}  // namespace

RowFunction find_elementwise_row(OpCode op, DType in, DType out) {
    return find_row<BuiltinFma>(op, in, out);
}

void fill_random(const RandomArguments& arguments) {
    vm::fill_random<BuiltinFma>(arguments);
}

}  // namespace steelyard::vm::cpu::avx512
