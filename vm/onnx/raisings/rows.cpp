// What works along the last axis.
#include "vm/onnx/raising.h"

#include <array>

namespace steelyard::vm::onnx {

namespace {

constexpr std::int64_t last_axis = -1;

Name sum(Raise& r) {
    return r.op("ReduceSum", {r.in(0), r.integers({last_axis})}, {{"keepdims", std::int64_t{0}}});
}

Name reduced(Raise& r, std::string_view op, const Name& x) {
    const std::vector<std::int64_t> axes = {last_axis};
    return r.op(op, {x}, {{"axes", axes}, {"keepdims", std::int64_t{0}}});
}

Name mean(Raise& r) {
    return reduced(r, "ReduceMean", r.in(0));
}

Name product(Raise& r) {
    return reduced(r, "ReduceProd", r.in(0));
}

/// 16-bit integers by way of i32.
Name extreme(Raise& r) {
    const std::string_view op = r.call.op == OpCode::reduce_max ? "ReduceMax" : "ReduceMin";
    const DType dtype = r.dtype(0);
    if (dtype != DType::i16 && dtype != DType::u16) {
        return reduced(r, op, r.in(0));
    }
    const TensorType wide{.dtype = DType::i32, .shape = r.call.output.shape};
    return r.cast(reduced(r, op, r.cast_in(0, DType::i32)), wide, dtype);
}

Name place(Raise& r) {
    return r.op(
        r.call.op == OpCode::argmax ? "ArgMax" : "ArgMin",
        {r.in(0)},
        {{"axis", last_axis}, {"keepdims", std::int64_t{0}}, {"select_last_index", r.attribute(0)}}
    );
}

Name cumulative_sum(Raise& r) {
    const auto axis = static_cast<std::int64_t>(r.rank(0)) - 1;
    return r.op(
        "CumSum",
        {r.in(0), r.integer(DType::i64, axis)},
        {{"exclusive", r.attribute(0)}, {"reverse", r.attribute(1)}}
    );
}

/// The indices of all of a row's elements in order.
Name order(Raise& r) {
    const Name x = r.dtype(0) == DType::bf16 ? r.cast_in(0, DType::f32) : r.in(0);
    const auto count = r.dimension(0, r.rank(0) - 1);
    return r.second_output(
        "TopK",
        {x, r.integers({count})},
        {{"axis", last_axis}, {"largest", r.attribute(0)}, {"sorted", std::int64_t{1}}}
    );
}

Name softmax(Raise& r) {
    return r.op(
        r.call.op == OpCode::softmax ? "Softmax" : "LogSoftmax", {r.in(0)}, {{"axis", last_axis}}
    );
}

Name layer_norm(Raise& r) {
    return r.op(
        "LayerNormalization",
        {r.in(0), r.in(1), r.in(2)},
        {{"axis", last_axis}, {"epsilon", r.real_attribute(0)}}
    );
}

/// x * (1 / sqrt(mean of squares + epsilon)) * gamma
Name rms_norm(Raise& r) {
    const Name squares = r.op("Mul", {r.in(0), r.in(0)});
    const std::vector<std::int64_t> axes = {last_axis};
    const Name means =
        r.op("ReduceMean", {squares}, {{"axes", axes}, {"keepdims", std::int64_t{1}}});
    const Name above_zero = r.op("Add", {means, r.real(r.real_attribute(0))});
    const Name scale = r.op("Reciprocal", {r.op("Sqrt", {above_zero})});
    return r.op("Mul", {r.op("Mul", {r.in(0), scale}), r.in(1)});
}

/// ONNX has the channels at axis 1.
Name batch_norm(Raise& r) {
    const std::size_t rank = r.rank(0);
    const Name x =
        rank == 1 ? r.reshape(r.in(0), {1, r.dimension(0, 0)}) : r.channels_first(r.in(0), rank);
    const Name out = r.op(
        "BatchNormalization",
        {x, r.in(1), r.in(2), r.in(3), r.in(4)},
        {{"epsilon", r.real_attribute(0)}}
    );
    return rank == 1 ? r.reshape(out, {r.dimension(0, 0)}) : r.channels_last(out, rank);
}

constexpr std::array rows = {
    RaisingRow{OpCode::reduce_sum, sum},
    RaisingRow{OpCode::reduce_mean, mean},
    RaisingRow{OpCode::reduce_max, extreme},
    RaisingRow{OpCode::reduce_min, extreme},
    RaisingRow{OpCode::reduce_prod, product},
    RaisingRow{OpCode::argmax, place},
    RaisingRow{OpCode::argmin, place},
    RaisingRow{OpCode::cumsum, cumulative_sum},
    RaisingRow{OpCode::argsort, order},
    RaisingRow{OpCode::softmax, softmax},
    RaisingRow{OpCode::log_softmax, softmax},
    RaisingRow{OpCode::layer_norm, layer_norm},
    RaisingRow{OpCode::rms_norm, rms_norm},
    RaisingRow{OpCode::batch_norm, batch_norm},
};

}  // namespace

std::span<const RaisingRow> row_raisings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
