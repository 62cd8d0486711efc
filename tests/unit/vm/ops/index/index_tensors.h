// Random indices and types for tests of the index family.
#pragma once

#include "base/random.h"
#include "tests/support/vm/random_tensors.h"
#include "tests/unit/vm/ops/movement/nd_array.h"

#include <limits>

namespace steelyard::vm::test {

inline std::int64_t below(SeededRandom& random, std::int64_t limit) {
    return static_cast<std::int64_t>(number_below(random, static_cast<std::uint64_t>(limit)));
}

inline TensorType type_of(DType dtype, const Index& dims) {
    return {
        .dtype = dtype, .shape = Shape::of(std::vector<std::uint64_t>(dims.begin(), dims.end()))
    };
}

inline DType random_dtype(SeededRandom& random) {
    return *dtype_from_number(static_cast<std::uint8_t>(1 + number_below(random, 13)));
}

/// Indices of -size to size - 1; `size` is at least 1.
inline TestTensor random_indices(SeededRandom& random, const Index& dims, std::int64_t size) {
    const DType dtype = number_below(random, 2) == 0 ? DType::i32 : DType::i64;
    return make_tensor(dtype, dims, [&](const Index&) {
        return static_cast<std::uint64_t>(below(random, 2 * size) - size);
    });
}

/// The index that an element of an index tensor is, counted from the start.
inline std::int64_t index_at(const TestTensor& indices, const Index& at, std::int64_t size) {
    const std::uint64_t bits = NdArray(indices)(at);
    const std::int64_t value = indices.type.dtype == DType::i32 ? static_cast<std::int32_t>(bits)
                                                                : static_cast<std::int64_t>(bits);
    return value < 0 ? value + size : value;
}

inline TestTensor random_values(SeededRandom& random, DType dtype, const Index& dims) {
    return random_tensor(random, type_of(dtype, dims), Values::awkward);
}

}  // namespace steelyard::vm::test
