// Random calls of every operator.
#pragma once

#include "base/random.h"
#include "tests/support/vm/random_tensors.h"

namespace steelyard::vm::test {

struct OpCase {
    OpCode op = OpCode::neg;
    std::vector<TestTensor> operands{};
    Attributes attributes{};
};

/// A call that the operator's type rule takes, with a small output of many kinds of shapes and
/// types, ordinary or awkward elements, and indices that are bad now and then.
OpCase random_case(RandomSource& random, OpCode op);

}  // namespace steelyard::vm::test
