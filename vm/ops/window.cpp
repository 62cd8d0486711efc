#include "vm/ops/families.h"

namespace steelyard::vm {

std::span<const Operator> window_operators() {
    return {};
}

}  // namespace steelyard::vm
