#include "vm/ops/families.h"

namespace steelyard::vm {

std::span<const Operator> index_operators() {
    return {};
}

}  // namespace steelyard::vm
