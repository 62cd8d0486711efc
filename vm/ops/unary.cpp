#include "vm/ops/families.h"

namespace steelyard::vm {

std::span<const Operator> unary_operators() {
    return {};
}

}  // namespace steelyard::vm
