// Random tensors whose values are the awkward ones.
#pragma once

#include "base/random.h"
#include "tests/support/vm/op_harness.h"

namespace steelyard::vm::test {

/// What the elements of a random tensor are like.
enum class Values : std::uint8_t {
    ordinary,  ///< floats of -2 to 2; integers of their whole range
    awkward,   ///< floats of all exponents, subnormals, zeros and infinities of both signs, NaNs of
               ///< any payload, huge and cancelling ones; integers at the ends of their range
};

std::uint64_t number_below(RandomSource& random, std::uint64_t limit);

TestTensor random_tensor(RandomSource& random, const TensorType& type, Values values);

/// Sizes around what kernels and chunks care about: 0, 1, 2, 3, 15 to 17, 31 to 33, 63 to 65, ...
/// up to `most`.
std::uint64_t awkward_size(RandomSource& random, std::uint64_t most, bool zero = true);

}  // namespace steelyard::vm::test
