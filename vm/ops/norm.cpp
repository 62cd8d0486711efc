#include "vm/ops/families.h"

namespace steelyard::vm {

std::span<const Operator> norm_operators() {
    return {};
}

}  // namespace steelyard::vm
