// Operators along the last axis: in blocks of a row, and then over the blocks.
#include "vm/onnx/split.h"

#include <bit>

namespace steelyard::vm::onnx {

namespace {

constexpr std::int64_t pad_with_value = 0;
constexpr std::int64_t pad_with_edge = 2;

bool is_half(DType dtype) {
    return dtype == DType::f16 || dtype == DType::bf16;
}

Value widened(Ops& ops, const Value& x) {
    return is_half(x.dtype()) ? ops.cast(x, DType::f32) : x;
}

/// Rows of a tensor in equal blocks, the last one filled up.
struct Blocks {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::int64_t block = 0;
    std::int64_t count = 0;

    std::int64_t filling() const { return count * block - columns; }
    Integers shape() const { return {rows, count, block}; }
};

/// Blocks that `code` takes; of those that need no filling and are not much smaller one of them.
std::optional<Blocks> blocks_of(
    OpCode code, const Value& x, DType dtype, std::span<const std::int64_t> attributes
) {
    Blocks out{
        .rows = static_cast<std::int64_t>(x.shape().rows()),
        .columns = static_cast<std::int64_t>(x.shape().columns()),
    };
    const auto set = [&](std::int64_t block) {
        out.block = block;
        out.count = (out.columns + block - 1) / block;
    };
    const auto fits = [&](std::int64_t block) {
        set(block);
        const auto size = [](std::int64_t n) { return static_cast<std::uint64_t>(n); };
        const TensorType type{
            .dtype = dtype, .shape = Shape{size(out.rows), size(out.count), size(out.block)}
        };
        return is_probeable(code, {type}, attributes);
    };
    const auto block = largest_block(out.columns, fits);
    if (!block) {
        return std::nullopt;
    }
    set(*block);
    for (std::int64_t smaller = *block; smaller >= *block / 8 && smaller > 1; --smaller) {
        if (out.columns % smaller == 0) {
            set(smaller);
            break;
        }
    }
    return out;
}

/// [rows, count, block], the filling behind (`in_front`: before) the elements.
Value in_blocks(
    Ops& ops,
    const Value& x,
    const Blocks& blocks,
    std::int64_t mode,
    double filling = 0,
    bool in_front = false
) {
    Value flat = x;
    if (blocks.filling() > 0) {
        const std::int64_t before = in_front ? blocks.filling() : 0;
        flat = ops.op(
            OpCode::pad,
            {ops.reshape(x, {blocks.rows, blocks.columns}), ops.scalar(x.dtype(), filling)},
            {mode, 0, 0, 0, before, blocks.filling() - before, 0}
        );
    }
    return ops.reshape(flat, blocks.shape());
}

Integers dimensions_of(const TensorType& type) {
    return {type.shape.dimensions().begin(), type.shape.dimensions().end()};
}

/// One value a row of x, which stands beside the row.
Value column(Ops& ops, const Value& reduced, const Value& x) {
    Integers shape = Ops::dimensions(x);
    if (!shape.empty()) {
        shape.back() = 1;
    }
    return ops.reshape(reduced, shape);
}

/// Means of equal blocks, and their mean: no sum is greater than the mean is.
Value mean_of_blocks(Ops& ops, const Value& x, const Blocks& blocks, const TensorType& type) {
    if (!is_float(x.dtype())) {
        const Value sum = ops.op(OpCode::reduce_sum, {x});
        return ops.div(sum, static_cast<double>(blocks.columns));
    }
    const Value parts = ops.op(OpCode::reduce_mean, {in_blocks(ops, x, blocks, pad_with_value)});
    Value mean = ops.op(OpCode::reduce_mean, {parts});
    if (blocks.filling() > 0) {
        const auto all = static_cast<double>(blocks.count * blocks.block);
        mean = ops.mul(mean, all / static_cast<double>(blocks.columns));
    }
    return ops.reshape(mean, dimensions_of(type));
}

}  // namespace

std::optional<Value> split_reduction(Ops& ops, const PlannedNode& node) {
    const bool only_chooses = node.code == OpCode::reduce_max || node.code == OpCode::reduce_min;
    const Value& given = node.operands[0];
    const DType dtype = is_half(given.dtype()) && !only_chooses ? DType::f32 : given.dtype();
    const auto blocks = blocks_of(node.code, given, dtype, node.attributes);
    if (!blocks) {
        return std::nullopt;
    }
    Value parts;
    {
        const Unbounded inside(ops.e);
        const Value x = only_chooses ? given : widened(ops, given);
        if (node.code == OpCode::reduce_mean) {
            parts = mean_of_blocks(ops, x, *blocks, node.type);
        } else {
            const double neutral = node.code == OpCode::reduce_prod ? 1 : 0;
            const std::int64_t mode = only_chooses ? pad_with_edge : pad_with_value;
            parts =
                ops.op(node.code, {ops.op(node.code, {in_blocks(ops, x, *blocks, mode, neutral)})});
        }
    }
    const Value whole = ops.cast(parts, node.type.dtype);
    return ops.reshape(whole, dimensions_of(node.type));
}

/// The best of each block, the best block, and its best element. Equal ones keep their order:
/// the filling repeats the element at the end that does not win by it.
std::optional<Value> split_choice(Ops& ops, const PlannedNode& node) {
    const Value& x = node.operands[0];
    const auto blocks = blocks_of(node.code, x, x.dtype(), node.attributes);
    if (!blocks) {
        return std::nullopt;
    }
    const bool last_wins = node.attributes[0] != 0;
    const OpCode best = node.code == OpCode::argmax ? OpCode::reduce_max : OpCode::reduce_min;
    const Value in = in_blocks(ops, x, *blocks, pad_with_edge, 0, last_wins);
    const Integers attributes(node.attributes.begin(), node.attributes.end());
    const Value inner = ops.op(node.code, {in}, attributes);
    const Value which =
        ops.reshape(ops.op(node.code, {ops.op(best, {in})}, attributes), {blocks->rows, 1});
    const Value place = ops.op(OpCode::gather_elements, {inner, which}, {1});
    Value whole = ops.add(ops.mul(which, static_cast<double>(blocks->block)), place);
    if (last_wins && blocks->filling() > 0) {
        whole = ops.sub(whole, static_cast<double>(blocks->filling()));
    }
    return ops.reshape(whole, dimensions_of(node.type));
}

/// The sums within blocks, and to each the sum of the blocks before it.
std::optional<Value> split_running_sum(Ops& ops, const PlannedNode& node) {
    const Value& given = node.operands[0];
    const DType dtype = is_half(given.dtype()) ? DType::f32 : given.dtype();
    const auto blocks = blocks_of(node.code, given, dtype, node.attributes);
    if (!blocks) {
        return std::nullopt;
    }
    const std::int64_t is_reverse = node.attributes[1];
    Value whole;
    {
        const Unbounded inside(ops.e);
        const Value in = in_blocks(ops, widened(ops, given), *blocks, pad_with_value);
        const Value sums =
            ops.op(node.code, {in}, Integers(node.attributes.begin(), node.attributes.end()));
        const Value totals = ops.op(OpCode::reduce_sum, {in});
        const Value before = ops.op(node.code, {totals}, {1, is_reverse});
        whole = ops.add(sums, ops.reshape(before, {blocks->rows, blocks->count, 1}));
        whole = ops.reshape(whole, {blocks->rows, blocks->count * blocks->block});
        whole = ops.slice(whole, 1, 0, blocks->columns);
    }
    return ops.reshape(ops.cast(whole, node.type.dtype), dimensions_of(node.type));
}

std::optional<Value> split_softmax(Ops& ops, const PlannedNode& node) {
    Value out;
    Value away;
    Value sum;
    {
        const Unbounded inside(ops.e);
        const Value x = widened(ops, node.operands[0]);
        away = ops.sub(x, column(ops, ops.op(OpCode::reduce_max, {x}), x));
        out = ops.op(OpCode::exp, {away});
        sum = column(ops, ops.op(OpCode::reduce_sum, {out}), x);
    }
    out = node.code == OpCode::softmax ? ops.div(out, sum)
                                       : ops.sub(away, ops.op(OpCode::log, {sum}));
    return ops.cast(out, node.type.dtype);
}

std::optional<Value> split_norm(Ops& ops, const PlannedNode& node) {
    const auto epsilon = std::bit_cast<float>(static_cast<std::uint32_t>(node.attributes[0]));
    const bool has_mean = node.code == OpCode::layer_norm;
    Value scaled;
    {
        const Unbounded inside(ops.e);
        Value x = widened(ops, node.operands[0]);
        if (has_mean) {
            x = ops.sub(x, column(ops, ops.op(OpCode::reduce_mean, {x}), x));
        }
        const Value variance = column(ops, ops.op(OpCode::reduce_mean, {ops.mul(x, x)}), x);
        const Value root = ops.op(OpCode::sqrt, {ops.add(variance, epsilon)});
        scaled = ops.mul(x, ops.div(ops.scalar(DType::f32, 1), root));
    }
    const Value gamma = widened(ops, node.operands[1]);
    const Value out = has_mean
                          ? ops.op(OpCode::fma, {scaled, gamma, widened(ops, node.operands[2])})
                          : ops.mul(scaled, gamma);
    return ops.cast(out, node.type.dtype);
}

}  // namespace steelyard::vm::onnx
