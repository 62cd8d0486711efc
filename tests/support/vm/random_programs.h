// Random programs that are right: nested loops, carries of all kinds, values of many sizes.
#pragma once

#include "base/random.h"
#include "vm/program/program.h"

namespace steelyard::vm::test {

struct ProgramShape {
    std::uint64_t nodes = 30;           ///< about so many
    std::uint64_t trips_max = 4;        ///< of a loop
    std::uint64_t elements_max = 1000;  ///< of a tensor
};

/// Made of reshape, slice and concat alone, so that every output can be told from its operands.
/// Ends with one to four outputs.
Program random_program(RandomSource& random, const ProgramShape& shape = {});

}  // namespace steelyard::vm::test
