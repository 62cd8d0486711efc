#include "vm/backend/cpu/isa_rows.h"
#include "vm/backend/cpu/row_functions.h"
#include "vm/ops/elementwise/conversion_rows.h"
#include "vm/ops/random_rows.h"

namespace steelyard::vm::cpu::avx2 {

namespace {

/// The compiler's builtin, which this file's flags make one instruction. Of this file
/// alone, and so is everything that is instantiated with it.
struct BuiltinFma {
    VM_RULE static float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
    VM_RULE static double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
};

void cast_from_f16(const RowArguments& row) {
    const auto* x = reinterpret_cast<const std::uint16_t*>(row.operands[0]);
    row_functions().widen_f16(x, row.count, reinterpret_cast<float*>(row.output));
}

void cast_to_f16(const RowArguments& row) {
    const auto* x = reinterpret_cast<const float*>(row.operands[0]);
    row_functions().narrow_f16(x, row.count, reinterpret_cast<std::uint16_t*>(row.output));
}

}  // namespace

RowFunction find_elementwise_row(OpCode op, DType in, DType out) {
    if (op == OpCode::cast && in == DType::f16 && out == DType::f32) {
        return cast_from_f16;
    }
    if (op == OpCode::cast && in == DType::f32 && out == DType::f16) {
        return cast_to_f16;
    }
    return find_row<BuiltinFma>(op, in, out);
}

void fill_random(const RandomArguments& arguments) {
    vm::fill_random<BuiltinFma>(arguments);
}

}  // namespace steelyard::vm::cpu::avx2
