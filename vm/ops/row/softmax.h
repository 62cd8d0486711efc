// The rules of softmax and log_softmax, element by element of a row.
#pragma once

#include "vm/ops/elementary/exponential.h"
#include "vm/ops/elementary/logarithm.h"

namespace steelyard::vm {

/// `P` is an fma policy; `greatest` the greatest element of the row, `sum` the tree sum of the
/// powers, `log_sum` its logarithm.
template <typename P>
struct SoftmaxRules {
    VM_RULE static float power(float x, float greatest) { return exp_of<P>(x - greatest); }
    VM_RULE static float share(float power, float sum) { return power / sum; }
    VM_RULE static float log_of_sum(float sum) { return Log<P>::of(sum); }
    VM_RULE static float log_share(float x, float greatest, float log_sum) {
        return (x - greatest) - log_sum;
    }
};

}  // namespace steelyard::vm
