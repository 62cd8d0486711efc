#include "vm/ops/families.h"
#include "vm/ops/index/operators.h"

#include <array>

namespace steelyard::vm {

std::span<const Operator> index_operators() {
    static const std::array operators{
        gather_operator,
        gather_elements_operator,
        gather_nd_operator,
        scatter_elements_operator,
        scatter_nd_operator,
        scatter_add_operator,
        dynamic_slice_operator,
        dynamic_update_operator,
    };
    return operators;
}

}  // namespace steelyard::vm
