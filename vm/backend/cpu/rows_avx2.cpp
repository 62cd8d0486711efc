#include "vm/backend/cpu/row_loops.h"

namespace steelyard::vm::cpu::avx2 {

namespace {

/// One instruction by this file's flags. Of this file alone, and so is all that is made with it.
struct BuiltinFma {
    VM_RULE static float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
};

constexpr RowFunctions functions = RowLoops<BuiltinFma, 32>::functions();

}  // namespace

const RowFunctions& row_functions() {
    return functions;
}

}  // namespace steelyard::vm::cpu::avx2
