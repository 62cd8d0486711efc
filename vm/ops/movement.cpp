#include "vm/ops/families.h"

namespace steelyard::vm {

std::span<const Operator> movement_operators() {
    return {};
}

}  // namespace steelyard::vm
