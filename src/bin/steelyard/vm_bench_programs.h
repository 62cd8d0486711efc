// Programs that `vm bench` measures.
#pragma once

#include "bin/steelyard/vm.h"

namespace steelyard::wallet {

/// A program with what it is run on.
struct Subject {
    std::string name{};
    vm::CheckedProgram program;
    HeldInputs inputs{};
};

/// Floats from -1 to 1, the same in every run; zeros of other types, which are no index out of
/// bounds.
vm::Tensor filled(const vm::TensorType& type);

/// Products of matrices, a convolution, rows.
Outcome<std::vector<Subject>> typical_programs();

}  // namespace steelyard::wallet
