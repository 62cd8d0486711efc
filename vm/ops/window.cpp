#include "vm/ops/families.h"
#include "vm/ops/window/pools.h"

#include <array>

namespace steelyard::vm {

std::span<const Operator> window_operators() {
    static const std::array operators{
        max_pool_operator,
        avg_pool_operator,
        max_pool_index_operator,
        max_pool_grad_operator,
        avg_pool_grad_operator,
    };
    return operators;
}

}  // namespace steelyard::vm
