#include "vm/ops/families.h"

namespace steelyard::vm {

std::span<const Operator> contraction_operators() {
    return {};
}

}  // namespace steelyard::vm
