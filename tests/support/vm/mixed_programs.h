// Random programs of whatever operators there are, with loops, constants, bounds and dead nodes.
#pragma once

#include "base/random.h"
#include "tests/support/vm/op_harness.h"
#include "vm/check/checked_program.h"

namespace steelyard::vm::test {

/// A program with the tensors that it runs on.
struct ProgramCase {
    CheckedProgram program;
    std::vector<TestTensor> inputs{};
};

/// A program of about `nodes` nodes, small enough for the slowest interpreter. With faults: some
/// bounds are tight and some indices are bad, so that a part of the programs ends in a fault.
ProgramCase mixed_program(RandomSource& random, std::uint32_t nodes, bool faults = true);

/// What a program is made of.
struct MixedShape {
    std::uint32_t nodes = 1;
    bool faults = true;
    bool loops = true;
    std::vector<OpCode> ops{};  ///< empty: all
};

ProgramCase mixed_program(RandomSource& random, const MixedShape& shape);

/// CHECKed: a program that passes the checker.
CheckedProgram checked(Program program);

}  // namespace steelyard::vm::test
