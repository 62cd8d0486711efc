// Operators along the last axis that have files of their own.
#pragma once

#include "vm/ops/operator.h"

namespace steelyard::vm {

extern const Operator argmax_operator;
extern const Operator argmin_operator;
extern const Operator cumsum_operator;
extern const Operator argsort_operator;
extern const Operator softmax_operator;
extern const Operator log_softmax_operator;

}  // namespace steelyard::vm
