// Walk: where the elements of an output lie in its operand, for operators that only renumber.
#pragma once

#include "vm/ops/operator.h"

#include <array>

namespace steelyard::vm {

/// The output's element at coordinates c is the operand's element first + sum of c[i] * steps[i].
struct Walk {
    std::int64_t first = 0;
    std::array<std::int64_t, rank_max> steps{};
};

// Of a call that its type rule took and whose output has elements.
Walk walk_of_reshape(const NodeCall& call);
Walk walk_of_transpose(const NodeCall& call);
Walk walk_of_slice(const NodeCall& call);
Walk walk_of_broadcast(const NodeCall& call);

/// The walk of one of these four operators.
Walk walk_of(const NodeCall& call);

}  // namespace steelyard::vm
