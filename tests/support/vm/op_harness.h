// Operators on small tensors: by the reference, element by element, and on every backend.
#pragma once

#include "vm/backend/backend.h"

#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

namespace steelyard::vm::test {

/// A tensor of a test.
struct TestTensor {
    TensorType type{};
    Bytes data{};

    bool operator==(const TestTensor&) const = default;
};

/// A tensor of values in row-major order (CHECKed: as many as the shape has; the size fits).
template <typename T>
TestTensor tensor(DType dtype, const Shape& shape, const std::vector<T>& values) {
    TestTensor out{
        .type = {.dtype = dtype, .shape = shape}, .data = Bytes(values.size() * sizeof(T))
    };
    if (!values.empty()) {
        std::memcpy(out.data.data(), values.data(), out.data.size());
    }
    return out;
}

inline TestTensor f32(const Shape& shape, const std::vector<float>& values) {
    return tensor(DType::f32, shape, values);
}

inline TestTensor i64(const Shape& shape, const std::vector<std::int64_t>& values) {
    return tensor(DType::i64, shape, values);
}

/// The elements as values of T.
template <typename T>
std::vector<T> values_of(const TestTensor& tensor) {
    std::vector<T> out(tensor.data.size() / sizeof(T));
    if (!out.empty()) {
        std::memcpy(out.data(), tensor.data.data(), tensor.data.size());
    }
    return out;
}

struct OpResult {
    TestTensor output{};
    std::optional<std::uint64_t> bad_index{};  ///< then the output does not matter

    bool operator==(const OpResult&) const = default;
};

using Attributes = std::vector<std::int64_t>;

/// The output by the reference, or the error of the type rule.
Result<OpResult> run_reference(
    OpCode op, const std::vector<TestTensor>& operands, const Attributes& attributes = {}
);

/// The output of a node that must be right.
TestTensor run(
    OpCode op, const std::vector<TestTensor>& operands, const Attributes& attributes = {}
);

/// The text of the type rule's error; empty if there is none.
std::string refusal(
    OpCode op, const std::vector<TensorType>& types, const Attributes& attributes = {}
);

/// Fails the test unless
/// - every backend of this machine, in order and with its pieces backwards on two threads, gives
/// the
///   reference's bits, with operands at any 64-byte alignment and MXCSR poisoned (flush to zero,
///   denormals as zeros, rounding towards zero) before the call;
/// - the oracle, which was written from doc/spec alone, gives the reference's bits;
/// - `probe_seed` picks single elements whose rule, asked for alone, gives the same bits, reads no
///   more chunks than Operator::probe promises for a grid of 1x1, and allocates nothing in
///   proportion.
void expect_one_answer(
    OpCode op,
    const std::vector<TestTensor>& operands,
    const Attributes& attributes = {},
    std::uint64_t probe_seed = 1
);

}  // namespace steelyard::vm::test
