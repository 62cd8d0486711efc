// The families of operators: each .cpp of this folder's top level gives its own.
#pragma once

#include "vm/ops/operator.h"

namespace steelyard::vm {

// Each ascending by number. doc/spec/vm-operators.md has a section for each.
std::span<const Operator> unary_operators();
std::span<const Operator> binary_operators();
std::span<const Operator> conversion_operators();  ///< fma, select, clip, axpby, casts, Adam
std::span<const Operator> movement_operators();
std::span<const Operator> index_operators();  ///< gather, scatter, dynamic slices
std::span<const Operator> reduction_operators();
std::span<const Operator> norm_operators();
std::span<const Operator> contraction_operators();
std::span<const Operator> window_operators();
std::span<const Operator> random_operators();

}  // namespace steelyard::vm
