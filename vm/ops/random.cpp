#include "vm/ops/families.h"

namespace steelyard::vm {

std::span<const Operator> random_operators() {
    return {};
}

}  // namespace steelyard::vm
