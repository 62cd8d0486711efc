#include "vm/ops/families.h"

namespace steelyard::vm {

std::span<const Operator> binary_operators() {
    return {};
}

}  // namespace steelyard::vm
