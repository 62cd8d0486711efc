#include "vm/onnx/ops.h"

#include "vm/ops/narrow_floats.h"

#include <algorithm>
#include <cstring>

namespace steelyard::vm::onnx {

namespace {

template <typename T>
void put(Bytes& out, T value) {
    const auto at = out.size();
    out.resize(at + sizeof(T));
    std::memcpy(out.data() + at, &value, sizeof(T));
}

void put_number(Bytes& out, DType dtype, double value) {
    switch (dtype) {
        case DType::f32:
            return put(out, static_cast<float>(value));
        case DType::f64:
            return put(out, value);
        case DType::f16:
            return put(out, f16_from_f32(static_cast<float>(value)));
        case DType::bf16:
            return put(out, bf16_from_f32(static_cast<float>(value)));
        case DType::boolean:
            return put(out, static_cast<std::uint8_t>(value != 0 ? 1 : 0));
        case DType::u64:
            return put(out, static_cast<std::uint64_t>(value));
        default:
            break;
    }
    const auto integer = static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
    for (std::size_t byte = 0; byte < size_of(dtype); ++byte) {
        out.push_back(static_cast<std::uint8_t>(integer >> (8 * byte)));
    }
}

/// The permutation that puts `axes` behind all others.
Integers behind(std::size_t rank, const std::vector<std::size_t>& axes) {
    Integers out;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        if (std::ranges::find(axes, axis) == axes.end()) {
            out.push_back(static_cast<std::int64_t>(axis));
        }
    }
    for (const std::size_t axis : axes) {
        out.push_back(static_cast<std::int64_t>(axis));
    }
    return out;
}

}  // namespace

Value Ops::narrow(OpCode code, const Value& x, const Integers& attributes) {
    if (x.dtype() != DType::f64) {
        return op(code, {x}, attributes);
    }
    return cast(op(code, {cast(x, DType::f32)}, attributes), DType::f64);
}

Value Ops::scalar(DType dtype, double value) {
    Tensor tensor{.type = {.dtype = dtype, .shape = {}}};
    put_number(tensor.data, dtype, value);
    return e.constant(std::move(tensor));
}

Value Ops::integers(const Integers& values) {
    Tensor tensor{.type = {.dtype = DType::i64, .shape = Shape{values.size()}}};
    for (const std::int64_t value : values) {
        put(tensor.data, value);
    }
    return e.constant(std::move(tensor));
}

Value Ops::numbers(DType dtype, const std::vector<double>& values) {
    Tensor tensor{.type = {.dtype = dtype, .shape = Shape{values.size()}}};
    for (const double value : values) {
        put_number(tensor.data, dtype, value);
    }
    return e.constant(std::move(tensor));
}

Value Ops::zeros(const TensorType& type) {
    return broadcast(
        scalar(type.dtype, 0), {type.shape.dimensions().begin(), type.shape.dimensions().end()}
    );
}

Integers Ops::dimensions(const Value& x) {
    return {x.shape().dimensions().begin(), x.shape().dimensions().end()};
}

std::int64_t Ops::dimension(const Value& x, std::size_t axis) {
    return axis < x.rank() ? static_cast<std::int64_t>(x.shape()[axis]) : 1;
}

std::size_t Ops::axis(std::int64_t axis, std::size_t rank) {
    const auto signed_rank = static_cast<std::int64_t>(rank);
    if (axis < -signed_rank || axis >= signed_rank) {
        e.fail("axis {} of a tensor of rank {}", axis, rank);
        return 0;
    }
    return static_cast<std::size_t>(axis < 0 ? axis + signed_rank : axis);
}

Value Ops::reshape(const Value& x, const Integers& dimensions) {
    return op(OpCode::reshape, {x}, dimensions);
}

Value Ops::transpose(const Value& x, const Integers& permutation) {
    return op(OpCode::transpose, {x}, permutation);
}

Value Ops::broadcast(const Value& x, const Integers& dimensions) {
    return op(OpCode::broadcast, {x}, dimensions);
}

/// In groups: a node takes 64 operands.
Value Ops::concat(const Values& parts, std::size_t axis) {
    Values level = parts;
    do {
        Values joined;
        for (std::size_t first = 0; first < level.size(); first += operand_count_max) {
            const std::size_t count =
                std::min<std::size_t>(operand_count_max, level.size() - first);
            const std::int64_t along = static_cast<std::int64_t>(axis);
            joined.push_back(e.op(
                OpCode::concat,
                std::span<const Value>(level).subspan(first, count),
                std::span<const std::int64_t>(&along, 1)
            ));
        }
        level = std::move(joined);
    } while (level.size() > 1);
    if (level.empty()) {
        e.fail("nothing to join");
        return {};
    }
    return level[0];
}

Value Ops::slice(
    const Value& x, std::size_t axis, std::int64_t start, std::int64_t size, std::int64_t step
) {
    Integers attributes;
    for (std::size_t at = 0; at < x.rank(); ++at) {
        const bool here = at == axis;
        attributes.push_back(here ? start : 0);
        attributes.push_back(here ? step : 1);
        attributes.push_back(here ? size : static_cast<std::int64_t>(x.shape()[at]));
    }
    return op(OpCode::slice, {x}, attributes);
}

Value Ops::pad(const Value& x, const Integers& before, const Integers& after, const Value& value) {
    if (before.size() != x.rank() || after.size() != x.rank()) {
        e.fail("{} and {} pads for rank {}", before.size(), after.size(), x.rank());
        return {};
    }
    Integers attributes = {0};
    for (std::size_t at = 0; at < x.rank(); ++at) {
        attributes.insert(attributes.end(), {before[at], after[at], 0});
    }
    return op(OpCode::pad, {x, value}, attributes);
}

Value Ops::gather(const Value& x, const Value& indices, std::size_t axis) {
    return op(OpCode::gather, {x, indices}, {static_cast<std::int64_t>(axis)});
}

Value Ops::iota(DType dtype, std::size_t axis, const Integers& dimensions) {
    const bool has_type = dtype == DType::f32 || dtype == DType::i32 || dtype == DType::i64;
    Integers attributes = {
        static_cast<std::int64_t>(has_type ? dtype : DType::i64), static_cast<std::int64_t>(axis)
    };
    attributes.insert(attributes.end(), dimensions.begin(), dimensions.end());
    return cast(op(OpCode::iota, {}, attributes), dtype);
}

/// After an error a tensor has no axes.
bool Ops::have_axes(const Value& x, const std::vector<std::size_t>& axes) {
    for (const std::size_t axis : axes) {
        if (axis >= x.rank()) {
            e.fail("axis {} of {}", axis, x.type.text());
        }
    }
    return e.ok();
}

Value Ops::to_end(const Value& x, const std::vector<std::size_t>& axes) {
    if (!have_axes(x, axes)) {
        return {};
    }
    return transpose(x, behind(x.rank(), axes));
}

Value Ops::from_end(const Value& x, const std::vector<std::size_t>& axes) {
    if (!have_axes(x, axes)) {
        return {};
    }
    const Integers moved = behind(x.rank(), axes);
    Integers back(moved.size());
    for (std::size_t at = 0; at < moved.size(); ++at) {
        back[static_cast<std::size_t>(moved[at])] = static_cast<std::int64_t>(at);
    }
    return transpose(x, back);
}

Value Ops::channels_last(const Value& x) {
    if (x.rank() < 2) {
        e.fail("{} has no channels", x.type.text());
        return {};
    }
    return to_end(x, {1});
}

Value Ops::channels_first(const Value& x) {
    if (x.rank() < 2) {
        e.fail("{} has no channels", x.type.text());
        return {};
    }
    return from_end(x, {1});
}

Value Ops::per_channel(const Value& vector, std::size_t rank, std::size_t axis) {
    Integers shape(rank > axis ? rank - axis : 1, 1);
    shape[0] = static_cast<std::int64_t>(vector.type.elements());
    return reshape(vector, shape);
}

Value Ops::reduce(OpCode code, const Value& x, std::vector<std::size_t> axes) {
    std::ranges::sort(axes);
    if (std::ranges::adjacent_find(axes) != axes.end()) {
        e.fail("an axis is named twice");
        return {};
    }
    if (axes.empty() || !e.ok() || axes.back() >= x.rank()) {
        return x;
    }
    Integers kept = dimensions(x);
    std::int64_t together = 1;
    for (const std::size_t axis : axes) {
        together *= kept[axis];
        kept[axis] = 1;
    }
    const Value last = to_end(x, axes);
    Integers rows = dimensions(last);
    rows.resize(rows.size() - axes.size());
    rows.push_back(together);
    return reshape(op(code, {reshape(last, rows)}), kept);
}

Value Ops::matmul(const Value& a, const Value& b) {
    if (a.rank() == 0 || b.rank() == 0) {
        e.fail("a product of {} and {}", a.type.text(), b.type.text());
        return {};
    }
    const DType dtype = a.dtype();
    const bool narrow_type = dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16;
    if (!is_float(dtype)) {
        e.note("integers are multiplied in f32: above 2^24 they are rounded");
    }
    Value left = narrow_type ? a : cast(a, DType::f32);
    Value right = narrow_type ? b : cast(b, DType::f32);
    const bool row = a.rank() == 1;
    const bool column = b.rank() == 1;
    left = row ? reshape(left, {1, dimension(a, 0)}) : left;
    right = column ? reshape(right, {dimension(b, 0), 1}) : right;
    if (!e.ok()) {
        return {};
    }
    Integers batch;
    const std::size_t rank = std::max(left.rank(), right.rank());
    for (std::size_t at = 0; at + 2 < rank; ++at) {
        const auto size = [&](const Value& x) {
            return at + x.rank() < rank ? 1 : dimensions(x)[at + x.rank() - rank];
        };
        batch.push_back(size(left) == 1 ? size(right) : size(left));
    }
    const auto with_batch = [&](const Value& x) {
        Integers wanted = batch;
        const Integers own = dimensions(x);
        wanted.insert(wanted.end(), own.end() - 2, own.end());
        return broadcast(x, wanted);
    };
    left = with_batch(left);
    right = right.rank() == 2 ? right : with_batch(right);
    if (!e.ok()) {
        return {};
    }
    const Value product =
        op(OpCode::gemm_f32,
           {left, to_end(right, {right.rank() - 2})},
           {0, static_cast<std::int64_t>(left.dtype())});
    Integers shape = batch;
    if (!row) {
        shape.push_back(dimension(left, left.rank() - 2));
    }
    if (!column) {
        shape.push_back(dimension(right, right.rank() - 1));
    }
    const Value out = reshape(product, shape);
    return narrow_type ? out : cast(out, dtype);
}

}  // namespace steelyard::vm::onnx
