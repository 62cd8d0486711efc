// Kernels: fast ways to apply one operator, found by family.
#pragma once

#include "vm/backend/cpu/cpu_backend.h"

namespace steelyard::vm::cpu {

/// As Backend::run.
using Kernel = std::optional<std::uint64_t> (*)(const NodeWork& work, const Parallel& parallel);

// The kernel of a family for a call on an instruction set; nullptr: there is none, the reference
// does it. All kernels of `scalar` may be nullptr: the reference is the scalar code.
Kernel find_elementwise_kernel(Isa isa, const NodeCall& call);  ///< and random numbers
Kernel find_movement_kernel(Isa isa, const NodeCall& call);
Kernel find_row_kernel(Isa isa, const NodeCall& call);  ///< reductions, norms, softmax
Kernel find_contraction_kernel(Isa isa, const NodeCall& call);
Kernel find_window_kernel(Isa isa, const NodeCall& call);

/// The kernel of whatever family the call's operator is of.
Kernel find_kernel(Isa isa, const NodeCall& call);

/// Sets rounding to nearest even with subnormals honoured, and puts back what was there before.
class FloatEnvironment {
public:
    FloatEnvironment();
    ~FloatEnvironment();

    FloatEnvironment(const FloatEnvironment&) = delete;
    FloatEnvironment& operator=(const FloatEnvironment&) = delete;

private:
    unsigned int saved_;
};

}  // namespace steelyard::vm::cpu
