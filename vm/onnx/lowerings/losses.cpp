// Losses over classes.
#include "vm/onnx/lowering.h"

#include <array>

namespace steelyard::vm::onnx {

namespace {

/// Classes with 0 in place of what is to be ignored, and where that is.
struct Targets {
    Value classes{};
    std::optional<Value> ignored{};
};

Targets targets_of(Call& c, const Value& classes) {
    const Value wide = c.cast(classes, DType::i64);
    if (!c.has_attribute("ignore_index")) {
        return {.classes = wide};
    }
    const Value index = c.reshape(c.integers({c.integer("ignore_index", 0)}), {});
    const Value ignored = c.equal(wide, index);
    const Value zero = c.reshape(c.integers({0}), {});
    return {.classes = c.select(ignored, zero, wide), .ignored = ignored};
}

std::vector<std::size_t> all_axes(const Value& x) {
    std::vector<std::size_t> axes;
    for (std::size_t axis = 0; axis < x.rank(); ++axis) {
        axes.push_back(axis);
    }
    return axes;
}

Value total(Call& c, const Value& x) {
    return c.reshape(c.reduce(OpCode::reduce_sum, x, all_axes(x)), {});
}

/// log_prob [N, C, d...], classes [N, d...]: minus the weighted logarithm at each target.
Value likelihood_loss(Call& c, const Value& log_prob, const Value& classes) {
    const Targets targets = targets_of(c, classes);
    Integers column = Ops::dimensions(targets.classes);
    if (column.size() + 1 != log_prob.rank() || column.empty()) {
        return c.fail("targets {} of {}", classes.type.text(), log_prob.type.text());
    }
    column.insert(column.begin() + 1, 1);
    const Value picked =
        c.op(OpCode::gather_elements, {log_prob, c.reshape(targets.classes, column)}, {1});
    Value loss = c.op(OpCode::neg, {c.reshape(picked, Ops::dimensions(targets.classes))});
    const Value one = c.broadcast(c.scalar(loss.dtype(), 1), Ops::dimensions(loss));
    Value weight = c.has(2) ? c.gather(c.in(2), targets.classes, 0) : one;
    if (targets.ignored) {
        weight = c.select(*targets.ignored, c.scalar(loss.dtype(), 0), weight);
    }
    const bool is_weighted = c.has(2) || targets.ignored.has_value();
    loss = is_weighted ? c.mul(loss, weight) : loss;
    const std::string_view reduction = c.text("reduction", "mean");
    if (reduction == "none") {
        return loss;
    }
    if (reduction != "sum" && reduction != "mean") {
        return c.fail("reduction {}", reduction);
    }
    const Value sum = total(c, loss);
    if (reduction == "sum") {
        return sum;
    }
    return is_weighted ? c.div(sum, total(c, weight)) : c.div(sum, Ops::elements(loss));
}

Values negative_log_likelihood(Call& c) {
    return {likelihood_loss(c, c.in(0), c.in(1))};
}

Values cross_entropy(Call& c) {
    const Value scores = c.in(0);
    if (scores.rank() < 2) {
        return {c.fail("scores {}", scores.type.text())};
    }
    const Value log_prob = c.from_end(c.narrow(OpCode::log_softmax, c.to_end(scores, {1})), {1});
    return {likelihood_loss(c, log_prob, c.in(1)), log_prob};
}

constexpr std::array rows = {
    LoweringRow{.op = "NegativeLogLikelihoodLoss", .since = 12, .lower = negative_log_likelihood},
    LoweringRow{.op = "SoftmaxCrossEntropyLoss", .since = 12, .lower = cross_entropy},
};

}  // namespace

std::span<const LoweringRow> loss_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
