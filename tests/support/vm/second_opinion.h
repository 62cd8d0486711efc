// The oracle (tests/oracle) asked about tensors of tests.
#pragma once

#include "tests/oracle/operators.h"
#include "tests/support/vm/op_harness.h"

namespace steelyard::vm::test {

oracle::Tensor to_oracle(const TestTensor& tensor);
TestTensor from_oracle(const oracle::Tensor& tensor);

/// What the text of the operator says. CHECKed: the oracle has the operator. Of arguments that the
/// type rule takes.
OpResult second_opinion(
    OpCode op, const std::vector<TestTensor>& operands, const Attributes& attributes
);

}  // namespace steelyard::vm::test
