#include "vm/ops/families.h"

namespace steelyard::vm {

std::span<const Operator> conversion_operators() {
    return {};
}

}  // namespace steelyard::vm
