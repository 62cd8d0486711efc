// Ops: nodes by short names, for the lowerings.
#pragma once

#include "vm/onnx/emitter.h"

namespace steelyard::vm::onnx {

/// Writes nodes through an emitter. Axes count from 0; where a lowering computes one from a model
/// it goes through `axis` first.
class Ops {
public:
    explicit Ops(Emitter& emitter) : e(emitter) {}

    Value op(OpCode code, std::initializer_list<Value> operands, const Integers& attributes = {}) {
        return e.op(code, operands, attributes);
    }

    // Element by element. Scalars take the type of the tensor beside them.
    Value add(const Value& a, const Value& b) { return op(OpCode::add, {a, b}); }
    Value sub(const Value& a, const Value& b) { return op(OpCode::sub, {a, b}); }
    Value mul(const Value& a, const Value& b) { return op(OpCode::mul, {a, b}); }
    Value div(const Value& a, const Value& b) { return op(OpCode::div, {a, b}); }
    Value min(const Value& a, const Value& b) { return op(OpCode::min, {a, b}); }
    Value max(const Value& a, const Value& b) { return op(OpCode::max, {a, b}); }
    Value add(const Value& a, double b) { return add(a, scalar(a.dtype(), b)); }
    Value sub(const Value& a, double b) { return sub(a, scalar(a.dtype(), b)); }
    Value mul(const Value& a, double b) { return mul(a, scalar(a.dtype(), b)); }
    Value div(const Value& a, double b) { return div(a, scalar(a.dtype(), b)); }
    Value max(const Value& a, double b) { return max(a, scalar(a.dtype(), b)); }
    Value min(const Value& a, double b) { return min(a, scalar(a.dtype(), b)); }
    Value rsub(double a, const Value& b) { return sub(scalar(b.dtype(), a), b); }
    Value less(const Value& a, const Value& b) { return op(OpCode::less, {a, b}); }
    Value less_equal(const Value& a, const Value& b) { return op(OpCode::less_equal, {a, b}); }
    Value equal(const Value& a, const Value& b) { return op(OpCode::equal, {a, b}); }
    Value logical_not(const Value& a) { return op(OpCode::logical_not, {a}); }
    Value select(const Value& condition, const Value& a, const Value& b) {
        return op(OpCode::select, {condition, a, b});
    }
    Value cast(const Value& x, DType dtype) {
        return op(OpCode::cast, {x}, {static_cast<std::int64_t>(dtype)});
    }

    /// An operator that the VM has for f32, f16 and bf16 only: f64 goes through f32.
    Value narrow(OpCode code, const Value& x, const Integers& attributes = {});

    // Known values.
    Value scalar(DType dtype, double value);
    Value integers(const Integers& values);  ///< i64, rank 1
    Value numbers(DType dtype, const std::vector<double>& values);
    Value zeros(const TensorType& type);

    // Shapes.
    static Integers dimensions(const Value& x);
    static std::int64_t dimension(const Value& x, std::size_t axis);  ///< 1 where there is none
    static double elements(const Value& x) { return static_cast<double>(x.type.elements()); }
    std::size_t axis(std::int64_t axis, std::size_t rank);  ///< negative ones count from the end
    Value reshape(const Value& x, const Integers& dimensions);
    Value transpose(const Value& x, const Integers& permutation);
    Value broadcast(const Value& x, const Integers& dimensions);
    Value concat(const Values& parts, std::size_t axis);
    Value slice(
        const Value& x,
        std::size_t axis,
        std::int64_t start,
        std::int64_t size,
        std::int64_t step = 1
    );
    Value pad(const Value& x, const Integers& before, const Integers& after, const Value& value);
    Value gather(const Value& x, const Value& indices, std::size_t axis);
    Value iota(DType dtype, std::size_t axis, const Integers& dimensions);

    /// The axes, ascending, moved behind all others; and a tensor of such a layout moved back.
    Value to_end(const Value& x, const std::vector<std::size_t>& axes);
    Value from_end(const Value& x, const std::vector<std::size_t>& axes);

    /// [N, C, spatial...] to [N, spatial..., C] and back.
    Value channels_last(const Value& x);
    Value channels_first(const Value& x);

    /// A vector [C] in the shape [C, 1, ...] that broadcasts along axis 1 of rank `rank`.
    Value per_channel(const Value& vector, std::size_t rank, std::size_t axis = 1);

    /// Reduces the axes, which stay with size 1.
    Value reduce(OpCode code, const Value& x, std::vector<std::size_t> axes);

    /// a [..., M, K] times b [..., K, N], as numpy's matmul has it.
    Value matmul(const Value& a, const Value& b);

    Emitter& e;

private:
    bool have_axes(const Value& x, const std::vector<std::size_t>& axes);
};

}  // namespace steelyard::vm::onnx
