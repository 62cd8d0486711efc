// Reductions over any axes, and what works along one axis.
#include "vm/onnx/lowering.h"

#include <array>

namespace steelyard::vm::onnx {

namespace {

/// Opset from which on ReduceSum has its axes as an operand.
constexpr std::int64_t sum_axes_operand_since = 13;

struct Axes {
    std::vector<std::size_t> list{};
    bool nothing = false;  ///< no axes, and none are meant
};

Axes reduction_axes(Call& c, std::size_t rank) {
    std::optional<Integers> given;
    if (c.node().op == "ReduceSum" && c.opset() >= sum_axes_operand_since) {
        given = c.has(1) ? std::optional(c.known_integers(1)) : std::nullopt;
    } else if (c.has_attribute("axes")) {
        given = c.integers_of("axes");
    }
    if (given && !given->empty()) {
        return {.list = c.axes(*given, rank)};
    }
    if (c.integer("noop_with_empty_axes", 0) != 0) {
        return {.nothing = true};
    }
    Axes all;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        all.list.push_back(axis);
    }
    return all;
}

/// The reduced axes go, unless keepdims says that they stay.
Value without_axes(Call& c, const Value& reduced, const std::vector<std::size_t>& axes) {
    if (c.integer("keepdims", 1) != 0) {
        return reduced;
    }
    Integers shape;
    for (std::size_t axis = 0; axis < reduced.rank(); ++axis) {
        if (std::ranges::find(axes, axis) == axes.end()) {
            shape.push_back(Ops::dimension(reduced, axis));
        }
    }
    return c.reshape(reduced, shape);
}

using Step = Value (*)(Call& c, const Value& x);

Value same(Call&, const Value& x) {
    return x;
}

Value absolute(Call& c, const Value& x) {
    return c.op(OpCode::abs, {x});
}

Value squared(Call& c, const Value& x) {
    return c.mul(x, x);
}

Value root(Call& c, const Value& x) {
    return c.op(OpCode::sqrt, {x});
}

Value logarithm(Call& c, const Value& x) {
    return c.narrow(OpCode::log, x);
}

template <OpCode code, Step before, Step after>
Values reduction(Call& c) {
    const Value x = c.in(0);
    const Axes axes = reduction_axes(c, x.rank());
    if (axes.nothing) {
        return {x};
    }
    const Value reduced = after(c, c.reduce(code, before(c, x), axes.list));
    return {without_axes(c, reduced, axes.list)};
}

Values log_sum_exp(Call& c) {
    const Value x = c.in(0);
    const Axes axes = reduction_axes(c, x.rank());
    const Value most = c.reduce(OpCode::reduce_max, x, axes.list);
    const Value sum =
        c.reduce(OpCode::reduce_sum, c.narrow(OpCode::exp, c.sub(x, most)), axes.list);
    return {without_axes(c, c.add(c.narrow(OpCode::log, sum), most), axes.list)};
}

template <OpCode code>
Values arg_reduction(Call& c) {
    const Value x = c.in(0);
    const std::size_t axis = c.axis_attribute("axis", 0, x.rank());
    const std::int64_t last_wins = c.integer("select_last_index", 0) != 0 ? 1 : 0;
    const Value found = c.op(code, {c.to_end(x, {axis})}, {last_wins});
    Integers shape = Ops::dimensions(x);
    if (axis < shape.size()) {
        shape[axis] = 1;
    }
    return {without_axes(c, c.reshape(found, shape), {axis})};
}

Values cumulative_sum(Call& c) {
    const Value x = c.in(0);
    const Integers given = c.known_integers(1);
    const std::size_t axis = c.axis(given.size() == 1 ? given[0] : 0, x.rank());
    const Value sums = c.op(
        OpCode::cumsum,
        {c.to_end(x, {axis})},
        {c.integer("exclusive", 0) != 0 ? 1 : 0, c.integer("reverse", 0) != 0 ? 1 : 0}
    );
    return {c.from_end(sums, {axis})};
}

using RowFunction = Value (*)(Call& c, const Value& x);

/// Before opset 13 all axes from `axis` on are one.
Values along_axis(Call& c, RowFunction function) {
    const Value x = c.in(0);
    if (c.opset() >= 13) {
        const std::size_t axis = c.axis_attribute("axis", -1, x.rank());
        return {c.from_end(function(c, c.to_end(x, {axis})), {axis})};
    }
    const std::size_t axis =
        x.rank() == 1 ? c.axis_attribute("axis", 0, 1) : c.axis_attribute("axis", 1, x.rank());
    std::int64_t rows = 1;
    std::int64_t columns = 1;
    for (std::size_t at = 0; at < x.rank(); ++at) {
        (at < axis ? rows : columns) *= Ops::dimension(x, at);
    }
    return {c.reshape(function(c, c.reshape(x, {rows, columns})), Ops::dimensions(x))};
}

Values softmax(Call& c) {
    return along_axis(c, [](Call& call, const Value& x) {
        return call.narrow(OpCode::softmax, x);
    });
}

Values log_softmax(Call& c) {
    return along_axis(c, [](Call& call, const Value& x) {
        return call.narrow(OpCode::log_softmax, x);
    });
}

/// 1 at the first maximum of each row.
Values hardmax(Call& c) {
    return along_axis(c, [](Call& call, const Value& x) {
        Integers column = Ops::dimensions(x);
        Integers line(column.size(), 1);
        if (column.empty()) {
            return call.fail("a scalar has no axis");
        }
        line.back() = column.back();
        column.back() = 1;
        const Value at = call.reshape(call.op(OpCode::argmax, {x}, {0}), column);
        const Value hit = call.equal(at, call.iota(DType::i64, line.size() - 1, line));
        return call.cast(hit, x.dtype());
    });
}

constexpr OpCode sum = OpCode::reduce_sum;

constexpr std::array rows = {
    LoweringRow{.op = "ReduceSum", .lower = reduction<sum, same, same>},
    LoweringRow{.op = "ReduceMean", .lower = reduction<OpCode::reduce_mean, same, same>},
    LoweringRow{.op = "ReduceMax", .lower = reduction<OpCode::reduce_max, same, same>},
    LoweringRow{.op = "ReduceMin", .lower = reduction<OpCode::reduce_min, same, same>},
    LoweringRow{.op = "ReduceProd", .lower = reduction<OpCode::reduce_prod, same, same>},
    LoweringRow{.op = "ReduceL1", .lower = reduction<sum, absolute, same>},
    LoweringRow{.op = "ReduceL2", .lower = reduction<sum, squared, root>},
    LoweringRow{.op = "ReduceSumSquare", .lower = reduction<sum, squared, same>},
    LoweringRow{.op = "ReduceLogSum", .lower = reduction<sum, same, logarithm>},
    LoweringRow{.op = "ReduceLogSumExp", .lower = log_sum_exp},
    LoweringRow{.op = "ArgMax", .lower = arg_reduction<OpCode::argmax>},
    LoweringRow{.op = "ArgMin", .lower = arg_reduction<OpCode::argmin>},
    LoweringRow{.op = "CumSum", .since = 11, .lower = cumulative_sum},
    LoweringRow{.op = "Softmax", .lower = softmax},
    LoweringRow{.op = "LogSoftmax", .lower = log_softmax},
    LoweringRow{.op = "Hardmax", .lower = hardmax},
};

}  // namespace

std::span<const LoweringRow> reduction_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
