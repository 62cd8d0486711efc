// Names of inputs and outputs (doc/spec/vm.md, S4).
#pragma once

#include "base/result.h"

#include <string_view>

namespace steelyard::vm {

/// Errors: a name that is not 1 to 64 bytes out of A-Z a-z 0-9 _ . : -
Result<void> check_name(std::string_view name);

}  // namespace steelyard::vm
