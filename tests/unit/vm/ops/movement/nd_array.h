// NdArray: tensors as tests look at them: by lists of coordinates, slowly.
#pragma once

#include "tests/support/vm/op_harness.h"

#include <functional>
#include <optional>

namespace steelyard::vm::test {

using Index = std::vector<std::int64_t>;

/// The elements' bits by coordinates, whatever the type.
class NdArray {
public:
    explicit NdArray(const TestTensor& tensor) : tensor_(tensor) {}

    Index dims() const;
    bool has(const Index& at) const;

    /// The bits of an element, in the low bytes.
    std::uint64_t operator()(const Index& at) const;

private:
    const TestTensor& tensor_;
};

/// Calls for all coordinates below `dims`, the last axis fastest.
void for_each_index(const Index& dims, const std::function<void(const Index&)>& body);

/// A tensor whose elements are what `bits` says of their coordinates.
TestTensor make_tensor(
    DType dtype, const Index& dims, const std::function<std::uint64_t(const Index&)>& bits
);

/// Fails the test unless the operator gives this, everywhere and element by element.
void expect_result(
    OpCode op,
    const std::vector<TestTensor>& operands,
    const Attributes& attributes,
    const TestTensor& wanted
);

}  // namespace steelyard::vm::test
