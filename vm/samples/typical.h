// Programs that are typical of what is computed: for measurements.
#pragma once

#include "vm/check/checked_program.h"
#include "vm/run/held_inputs.h"

namespace steelyard::vm {

/// A program with what it is run on.
struct Subject {
    std::string name{};
    CheckedProgram program;
    HeldInputs inputs{};
};

/// Floats from -1 to 1, the same in every run; zeros of other types, which are no index out of
/// bounds.
Tensor filled(const TensorType& type);

/// Products of matrices, a convolution, rows.
Result<std::vector<Subject>> typical_programs();

}  // namespace steelyard::vm
