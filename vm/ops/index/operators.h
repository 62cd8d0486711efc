// The operators of the index family, in files of their own.
#pragma once

#include "vm/ops/operator.h"

namespace steelyard::vm {

extern const Operator gather_operator;
extern const Operator gather_elements_operator;
extern const Operator gather_nd_operator;
extern const Operator scatter_elements_operator;
extern const Operator scatter_nd_operator;
extern const Operator scatter_add_operator;
extern const Operator dynamic_slice_operator;
extern const Operator dynamic_update_operator;

}  // namespace steelyard::vm
