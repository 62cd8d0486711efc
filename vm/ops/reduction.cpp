#include "vm/ops/families.h"

namespace steelyard::vm {

std::span<const Operator> reduction_operators() {
    return {};
}

}  // namespace steelyard::vm
