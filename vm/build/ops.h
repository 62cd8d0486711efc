// Ops: operators as functions over a builder, for who writes programs in C++.
#pragma once

#include "vm/build/builder.h"

#include <optional>
#include <vector>

namespace steelyard::vm {

using Dims = std::vector<std::uint64_t>;
using Integers = std::vector<std::int64_t>;

/// A window over s spatial axes (1 to 3), as doc/spec/vm-operators.md orders its numbers.
struct WindowAxis {
    std::int64_t size = 1;
    std::int64_t stride = 1;
    std::int64_t dilation = 1;
    std::int64_t before = 0;
    std::int64_t after = 0;
};

using Window = std::vector<WindowAxis>;

/// The five numbers of each axis, one after the other.
Integers window_numbers(const Window& window);

/// Adds nodes and keeps the first error: after it every call gives a value that stands for nothing,
/// and `done` tells. So a formula reads as a formula.
class Ops {
public:
    explicit Ops(Builder& builder) : builder_(builder) {}

    /// The first error, if there was one.
    Result<void> done() const;
    bool failed() const { return error_.has_value(); }
    void fail_with(Error error);

    Builder& builder() { return builder_; }

    /// After an error a scalar f32.
    TensorType type(ValueRef value) const;
    Dims dims(ValueRef value) const;

    ValueRef node(
        OpCode op, const std::vector<ValueRef>& operands, const Integers& attributes = {}
    );
    ValueRef f32(float value);
    ValueRef i64(std::int64_t value);

    /// Zeros of a type of any size: a scalar repeated.
    ValueRef zeros(const TensorType& type);

    ValueRef add(ValueRef a, ValueRef b) { return node(OpCode::add, {a, b}); }
    ValueRef sub(ValueRef a, ValueRef b) { return node(OpCode::sub, {a, b}); }
    ValueRef mul(ValueRef a, ValueRef b) { return node(OpCode::mul, {a, b}); }
    ValueRef div(ValueRef a, ValueRef b) { return node(OpCode::div, {a, b}); }
    ValueRef scale(ValueRef x, float factor);
    ValueRef unary(OpCode op, ValueRef x) { return node(op, {x}); }

    /// condition ? a : b
    ValueRef select(ValueRef condition, ValueRef a, ValueRef b);

    /// x > 0, as bools.
    ValueRef positive(ValueRef x);

    ValueRef reshape(ValueRef x, const Dims& dims);
    ValueRef transpose(ValueRef x, const Integers& permutation);

    /// The last two axes change places.
    ValueRef swap_last(ValueRef x);
    ValueRef broadcast(ValueRef x, const Dims& dims);

    /// x[begin, begin + size) along one axis.
    ValueRef slice(ValueRef x, std::size_t axis, std::uint64_t begin, std::uint64_t size);
    ValueRef concat(const std::vector<ValueRef>& parts, std::int64_t axis);

    /// The sum along the last axis, which it drops: in two and more levels where the axis is longer
    /// than a probe can open.
    ValueRef sum_last(ValueRef x);

    /// The sum over the axes along which `dims` was broadcast to x's shape: of that shape again.
    ValueRef sum_to(ValueRef x, const Dims& dims);

    /// a [..., M, K] x b [..., N, K] or [N, K]: over blocks of K, added up, where K is longer than
    /// a probe can open.
    ValueRef gemm(ValueRef a, ValueRef b);
    ValueRef linear(
        ValueRef x, ValueRef weight, ValueRef bias, std::optional<OpCode> activation = std::nullopt
    );
    ValueRef conv(ValueRef x, ValueRef weight, std::optional<ValueRef> bias, const Window& window);

private:
    Builder& builder_;
    std::optional<Error> error_{};
};

}  // namespace steelyard::vm
