#include "vm/ops/contraction/contractions.h"
#include "vm/ops/families.h"

#include <array>

namespace steelyard::vm {

std::span<const Operator> contraction_operators() {
    static const std::array operators{
        gemm_f32_operator(),
        gemm_i8_operator(),
        gemm_fx_operator(),
        conv_f32_operator(),
        conv_i8_operator(),
        attention_block_operator(),
        attention_finish_operator(),
    };
    return operators;
}

}  // namespace steelyard::vm
