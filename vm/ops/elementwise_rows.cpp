#include "vm/ops/elementwise.h"
#include "vm/ops/elementwise/conversion_rows.h"
#include "vm/ops/fma.h"

namespace steelyard::vm {

RowFunction find_reference_row(OpCode op, DType in, DType out) {
    return find_row<ProcessorFma>(op, in, out);
}

RowFunction find_software_fma_row(OpCode op, DType in, DType out) {
    // Only what has an fma in it is there twice.
    if (op == OpCode::axpby) {
        return axpby_row<SoftwareFma>;
    }
    if (op == OpCode::fma) {
        return in == DType::f64 ? fma_row<SoftwareFma, double> : fma_row<SoftwareFma, float>;
    }
    const RowFunction elementary =
        in == DType::f32 ? find_elementary_row<SoftwareFma>(op) : nullptr;
    return elementary != nullptr ? elementary : find_row<ProcessorFma>(op, in, out);
}

}  // namespace steelyard::vm
