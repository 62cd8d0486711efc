// Tensors out of nothing: constants, ranges, masks; and dropout, which is nothing.
#include "vm/onnx/lowering.h"

#include <array>
#include <cmath>

namespace steelyard::vm::onnx {

namespace {

constexpr double range_count_max = 1 << 24;

Values constant(Call& c) {
    if (c.has_attribute("value")) {
        return {c.tensor_of("value")};
    }
    if (c.has_attribute("value_int")) {
        return {c.reshape(c.integers({c.integer("value_int", 0)}), {})};
    }
    if (c.has_attribute("value_ints")) {
        return {c.integers(c.integers_of("value_ints"))};
    }
    if (c.has_attribute("value_float")) {
        return {c.scalar(DType::f32, c.real("value_float", 0))};
    }
    if (c.has_attribute("value_floats")) {
        return {c.numbers(DType::f32, c.reals_of("value_floats"))};
    }
    return {c.fail("a constant that is no tensor of numbers")};
}

Values constant_of_shape(Call& c) {
    const Value value = c.has_attribute("value") ? c.tensor_of("value") : c.scalar(DType::f32, 0);
    return {c.broadcast(c.reshape(value, {}), c.known_integers(0))};
}

/// The number of steps from start to limit.
double count_of(double start, double limit, double delta) {
    return std::max(0.0, std::ceil((limit - start) / delta));
}

Values range(Call& c) {
    const std::vector<double> start = c.known_numbers(0);
    const std::vector<double> limit = c.known_numbers(1);
    const std::vector<double> delta = c.known_numbers(2);
    if (start.size() != 1 || limit.size() != 1 || delta.size() != 1 || delta[0] == 0) {
        return {c.fail("start, limit or delta is no number that makes a range")};
    }
    const double count = count_of(start[0], limit[0], delta[0]);
    if (!(count <= range_count_max)) {
        return {c.fail("a range of {} elements", count)};
    }
    const DType dtype = c.in(0).dtype();
    const Value steps = c.iota(dtype, 0, {static_cast<std::int64_t>(count)});
    const Value first = c.reshape(c.in(0), {});
    return {c.add(c.mul(steps, c.reshape(c.in(2), {})), first)};
}

/// Column number less row number of each element of the last two axes.
Value diagonals(Call& c, const Value& x) {
    if (x.rank() < 2) {
        return c.fail("{} is no matrix", x.type.text());
    }
    const std::int64_t rows = Ops::dimension(x, x.rank() - 2);
    const std::int64_t columns = Ops::dimension(x, x.rank() - 1);
    return c.sub(c.iota(DType::i64, 1, {1, columns}), c.iota(DType::i64, 0, {rows, 1}));
}

Values eye_like(Call& c) {
    const Value x = c.in(0);
    const DType dtype = c.dtype_attribute("dtype", x.dtype());
    const Value offset = c.reshape(c.integers({c.integer("k", 0)}), {});
    return {c.cast(c.equal(diagonals(c, x), offset), dtype)};
}

Values triangle(Call& c) {
    const Value x = c.in(0);
    const Value offset = c.reshape(c.in_or(1, c.integers({0})), {});
    const Value at = diagonals(c, x);
    const bool is_upper = c.integer("upper", 1) != 0;
    const Value stays = is_upper ? c.less_equal(offset, at) : c.less_equal(at, offset);
    return {c.select(stays, x, c.scalar(x.dtype(), 0))};
}

Values dropout(Call& c) {
    const Value x = c.in(0);
    bool drops = c.opset() < 7 && c.integer("is_test", 0) == 0;
    if (c.opset() >= 12 && c.has(2)) {
        const std::vector<double> training = c.known_numbers(2);
        drops = !training.empty() && training[0] != 0;
    }
    if (c.has(1) && drops) {
        const std::vector<double> ratio = c.known_numbers(1);
        drops = ratio.empty() || ratio[0] != 0;
    } else if (drops) {
        drops = c.real("ratio", 0.5) != 0;
    }
    if (drops) {
        return {c.fail("random numbers of no stated generator")};
    }
    const DType mask = c.opset() < 10 ? x.dtype() : DType::boolean;
    return {x, c.wants(1) ? c.broadcast(c.scalar(mask, 1), Ops::dimensions(x)) : x};
}

constexpr std::array rows = {
    LoweringRow{.op = "Constant", .lower = constant},
    LoweringRow{.op = "ConstantOfShape", .since = 9, .lower = constant_of_shape},
    LoweringRow{.op = "Range", .since = 11, .lower = range},
    LoweringRow{.op = "EyeLike", .since = 9, .lower = eye_like},
    LoweringRow{.op = "Trilu", .since = 14, .lower = triangle},
    LoweringRow{.op = "Dropout", .lower = dropout},
};

}  // namespace

std::span<const LoweringRow> constant_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
