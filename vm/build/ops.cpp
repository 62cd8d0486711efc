#include "vm/build/ops.h"

#include "base/check.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace steelyard::vm {

namespace {

/// A row that one element of a sum reads: 32 KiB of f32, so that a 2x2 probe opens two of them.
constexpr std::uint64_t sum_block = 8192;

/// The longest K of one product of matrices here: two rows of 32 KiB on either side.
constexpr std::uint64_t gemm_block = 4096;

Integers signed_dims(const Dims& dims) {
    return {dims.begin(), dims.end()};
}

}  // namespace

Integers window_numbers(const Window& window) {
    Integers out;
    for (const WindowAxis& axis : window) {
        out.insert(out.end(), {axis.size, axis.stride, axis.dilation, axis.before, axis.after});
    }
    return out;
}

Result<void> Ops::done() const {
    if (error_.has_value()) {
        return std::unexpected(*error_);
    }
    return {};
}

void Ops::fail_with(Error error) {
    if (!failed()) {
        error_ = std::move(error);
    }
}

TensorType Ops::type(ValueRef value) const {
    return failed() ? TensorType{} : builder_.type(value);
}

Dims Ops::dims(ValueRef value) const {
    const TensorType of = type(value);
    const auto dimensions = of.shape.dimensions();
    return {dimensions.begin(), dimensions.end()};
}

ValueRef Ops::node(OpCode op, const std::vector<ValueRef>& operands, const Integers& attributes) {
    if (failed()) {
        return {};
    }
    Result<ValueRef> added = builder_.add(op, operands, attributes);
    if (!added) {
        fail_with(std::move(added).error());
        return {};
    }
    return *added;
}

ValueRef Ops::f32(float value) {
    if (failed()) {
        return {};
    }
    Result<ValueRef> added = builder_.f32(value);
    if (!added) {
        fail_with(std::move(added).error());
        return {};
    }
    return *added;
}

ValueRef Ops::i64(std::int64_t value) {
    if (failed()) {
        return {};
    }
    Result<ValueRef> added = builder_.i64(value);
    if (!added) {
        fail_with(std::move(added).error());
        return {};
    }
    return *added;
}

ValueRef Ops::zeros(const TensorType& type) {
    if (failed()) {
        return {};
    }
    const Bytes zero(size_of(type.dtype), 0);
    Result<ValueRef> scalar = builder_.constant({.dtype = type.dtype, .shape = {}}, zero);
    if (!scalar) {
        fail_with(std::move(scalar).error());
        return {};
    }
    const auto dimensions = type.shape.dimensions();
    return broadcast(*scalar, {dimensions.begin(), dimensions.end()});
}

ValueRef Ops::scale(ValueRef x, float factor) {
    return mul(x, f32(factor));
}

ValueRef Ops::select(ValueRef condition, ValueRef a, ValueRef b) {
    return node(OpCode::select, {condition, a, b});
}

ValueRef Ops::positive(ValueRef x) {
    return node(OpCode::less, {f32(0.0F), x});
}

ValueRef Ops::reshape(ValueRef x, const Dims& dims) {
    if (failed() || this->dims(x) == dims) {
        return x;
    }
    return node(OpCode::reshape, {x}, signed_dims(dims));
}

ValueRef Ops::transpose(ValueRef x, const Integers& permutation) {
    return node(OpCode::transpose, {x}, permutation);
}

ValueRef Ops::swap_last(ValueRef x) {
    Integers permutation(dims(x).size());
    std::iota(permutation.begin(), permutation.end(), 0);
    if (permutation.size() >= 2) {
        std::swap(permutation[permutation.size() - 1], permutation[permutation.size() - 2]);
    }
    return transpose(x, permutation);
}

ValueRef Ops::broadcast(ValueRef x, const Dims& dims) {
    if (failed() || this->dims(x) == dims) {
        return x;
    }
    return node(OpCode::broadcast, {x}, signed_dims(dims));
}

ValueRef Ops::slice(ValueRef x, std::size_t axis, std::uint64_t begin, std::uint64_t size) {
    const Dims dims = this->dims(x);
    if (axis >= dims.size() || (begin == 0 && size == dims[axis])) {
        return x;
    }
    Integers numbers;
    for (std::size_t at = 0; at < dims.size(); ++at) {
        const bool here = at == axis;
        numbers.insert(
            numbers.end(),
            {here ? static_cast<std::int64_t>(begin) : 0,
             1,
             static_cast<std::int64_t>(here ? size : dims[at])}
        );
    }
    return node(OpCode::slice, {x}, numbers);
}

ValueRef Ops::concat(const std::vector<ValueRef>& parts, std::int64_t axis) {
    return parts.size() == 1 ? parts.front() : node(OpCode::concat, parts, {axis});
}

ValueRef Ops::sum_last(ValueRef x) {
    Dims dims = this->dims(x);
    while (!dims.empty() && dims.back() > sum_block) {
        const std::uint64_t length = dims.back();
        const std::uint64_t blocks = (length + sum_block - 1) / sum_block;
        const std::uint64_t block = (length + blocks - 1) / blocks;
        if (block * blocks != length) {
            Integers pads(1, 0);
            for (std::size_t axis = 0; axis < dims.size(); ++axis) {
                const bool last = axis + 1 == dims.size();
                const auto after = static_cast<std::int64_t>(last ? block * blocks - length : 0);
                pads.insert(pads.end(), {0, after, 0});
            }
            x = node(OpCode::pad, {x, f32(0.0F)}, pads);
        }
        dims.back() = blocks;
        dims.push_back(block);
        x = node(OpCode::reduce_sum, {reshape(x, dims)});
        dims.pop_back();
    }
    return node(OpCode::reduce_sum, {x});
}

ValueRef Ops::sum_to(ValueRef x, const Dims& dims) {
    const Dims from = this->dims(x);
    if (failed() || from == dims) {
        return x;
    }
    const std::size_t more = from.size() - dims.size();
    Integers kept;
    Integers summed;
    Dims kept_dims;
    std::uint64_t length = 1;
    for (std::size_t axis = 0; axis < from.size(); ++axis) {
        const bool repeated = axis < more || (dims[axis - more] == 1 && from[axis] != 1);
        (repeated ? summed : kept).push_back(static_cast<std::int64_t>(axis));
        if (repeated) {
            length *= from[axis];
        } else {
            kept_dims.push_back(from[axis]);
        }
    }
    Integers permutation = kept;
    permutation.insert(permutation.end(), summed.begin(), summed.end());
    if (!std::ranges::is_sorted(permutation)) {
        x = transpose(x, permutation);
    }
    kept_dims.push_back(length);
    return reshape(sum_last(reshape(x, kept_dims)), dims);
}

ValueRef Ops::gemm(ValueRef a, ValueRef b) {
    const Integers plain = {0, static_cast<std::int64_t>(DType::f32)};
    const Dims dims = this->dims(a);
    if (failed() || dims.empty() || dims.back() <= gemm_block) {
        return node(OpCode::gemm_f32, {a, b}, plain);
    }
    const std::uint64_t length = dims.back();
    const std::size_t axis_of_b = this->dims(b).size() - 1;
    std::optional<ValueRef> sum;
    for (std::uint64_t begin = 0; begin < length; begin += gemm_block) {
        const std::uint64_t size = std::min(gemm_block, length - begin);
        const ValueRef part = node(
            OpCode::gemm_f32,
            {slice(a, dims.size() - 1, begin, size), slice(b, axis_of_b, begin, size)},
            plain
        );
        sum = sum.has_value() ? add(*sum, part) : part;
    }
    return *sum;
}

ValueRef Ops::linear(ValueRef x, ValueRef weight, ValueRef bias, std::optional<OpCode> activation) {
    const auto number = activation.has_value() ? static_cast<std::int64_t>(*activation) : 0;
    return node(
        OpCode::gemm_f32, {x, weight, bias}, {number, static_cast<std::int64_t>(DType::f32)}
    );
}

ValueRef Ops::conv(
    ValueRef x, ValueRef weight, std::optional<ValueRef> bias, const Window& window
) {
    Integers numbers = window_numbers(window);
    numbers.insert(numbers.end(), {1, 0, static_cast<std::int64_t>(DType::f32)});
    return bias.has_value() ? node(OpCode::conv_f32, {x, weight, *bias}, numbers)
                            : node(OpCode::conv_f32, {x, weight}, numbers);
}

}  // namespace steelyard::vm
