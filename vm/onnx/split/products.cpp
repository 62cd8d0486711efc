// Products over a long axis, convolutions over many channels or taps: sums of parts.
#include "vm/onnx/split.h"

#include <algorithm>
#include <array>

namespace steelyard::vm::onnx {

namespace {

TensorType with_last(const TensorType& type, std::int64_t size) {
    std::vector<std::uint64_t> dimensions(
        type.shape.dimensions().begin(), type.shape.dimensions().end()
    );
    dimensions.back() = static_cast<std::uint64_t>(size);
    const Result<TensorType> out = make_tensor_type(type.dtype, dimensions);
    return out ? *out : type;
}

Value part_of(Ops& ops, const Value& x, std::int64_t start, std::int64_t size) {
    return ops.slice(x, x.rank() - 1, start, size);
}

/// The node without bias and activation, its sum in f32 or i32.
struct Plain {
    OpCode code = OpCode::neg;
    Integers attributes{};
    bool is_float = false;
};

Plain plain_of(const PlannedNode& node) {
    Plain out{
        .code = node.code,
        .attributes = Integers(node.attributes.begin(), node.attributes.end()),
        .is_float = node.code == OpCode::gemm_f32 || node.code == OpCode::conv_f32,
    };
    if (out.is_float) {
        out.attributes[out.attributes.size() - 2] = 0;
        out.attributes.back() = static_cast<std::int64_t>(DType::f32);
    }
    return out;
}

/// The sum of the parts, then what the node does behind its sum.
Value finished(Ops& ops, const PlannedNode& node, const Values& parts) {
    Value sum = parts[0];
    for (std::size_t at = 1; at + 1 < parts.size(); ++at) {
        const Unbounded inside(ops.e);
        sum = ops.add(sum, parts[at]);
    }
    sum = ops.add(sum, parts.back());
    if (node.operands.size() > 2) {
        sum = ops.add(sum, ops.cast(node.operands[2], sum.dtype()));
    }
    if (!is_float(sum.dtype())) {
        return sum;
    }
    const auto activation = node.attributes[node.attributes.size() - 2];
    if (activation != 0) {
        sum = ops.op(static_cast<OpCode>(activation), {sum});
    }
    return ops.cast(sum, node.type.dtype);
}

/// Both operands in blocks of their last axis.
std::optional<Value> split_last_axis(Ops& ops, const PlannedNode& node, std::int64_t least) {
    const Plain plain = plain_of(node);
    const Value& a = node.operands[0];
    const Value& b = node.operands[1];
    const auto length = static_cast<std::int64_t>(b.shape().columns());
    const auto block = largest_block(length, [&](std::int64_t size) {
        return is_probeable(
            plain.code, {with_last(a.type, size), with_last(b.type, size)}, plain.attributes
        );
    });
    if (!block || *block < least || length / *block > part_count_max) {
        return std::nullopt;
    }
    Values parts;
    for (std::int64_t start = 0; start < length; start += *block) {
        const Unbounded inside(ops.e);
        const std::int64_t size = std::min(*block, length - start);
        parts.push_back(ops.op(
            plain.code,
            {part_of(ops, a, start, size), part_of(ops, b, start, size)},
            plain.attributes
        ));
    }
    return finished(ops, node, parts);
}

/// Taps [first, end) of the windows along one spatial axis.
struct TapRange {
    std::size_t axis = 0;
    std::int64_t first = 0;
    std::int64_t end = 0;
};

/// x and the window geometry for those taps alone: what was padding before them may be cut off x.
struct Narrowed {
    Value x{};
    Integers attributes{};
};

std::optional<Narrowed> narrowed(
    Ops& ops, const Value& x, const Integers& attributes, const TapRange& taps
) {
    Narrowed out{.x = x, .attributes = attributes};
    std::int64_t* const axis = &out.attributes[5 * taps.axis];
    const std::int64_t dilation = axis[2];
    std::int64_t before = axis[3] - taps.first * dilation;
    std::int64_t after = axis[4] - (axis[0] - taps.end) * dilation;
    const std::int64_t cut_before = std::max<std::int64_t>(0, -before);
    const std::int64_t cut_after = std::max<std::int64_t>(0, -after);
    const std::int64_t left = Ops::dimension(x, taps.axis + 1) - cut_before - cut_after;
    if (left < 1) {
        return std::nullopt;
    }
    axis[0] = taps.end - taps.first;
    axis[3] = before + cut_before;
    axis[4] = after + cut_after;
    out.x = ops.slice(x, taps.axis + 1, cut_before, left);
    return out;
}

/// The two halves of the longest window; nothing if there would be too many parts in the end.
std::optional<std::array<TapRange, 2>> halves(const PlannedNode& node) {
    const std::size_t axes = node.operands[0].rank() - 2;
    std::size_t longest = 0;
    for (std::size_t axis = 1; axis < axes; ++axis) {
        longest = node.attributes[5 * axis] > node.attributes[5 * longest] ? axis : longest;
    }
    const std::int64_t window = node.attributes[5 * longest];
    constexpr std::int64_t taps_of_a_part = 16;
    if (window < 2 || window / taps_of_a_part > part_count_max) {
        return std::nullopt;
    }
    return std::array<TapRange, 2>{
        TapRange{.axis = longest, .first = 0, .end = window / 2},
        TapRange{.axis = longest, .first = window / 2, .end = window},
    };
}

std::optional<Value> split_taps(Ops& ops, const PlannedNode& node) {
    const Plain plain = plain_of(node);
    const auto ranges = halves(node);
    if (!ranges) {
        return std::nullopt;
    }
    Values parts;
    for (const TapRange& taps : *ranges) {
        const Unbounded inside(ops.e);
        const auto part = narrowed(ops, node.operands[0], plain.attributes, taps);
        if (!part) {
            return std::nullopt;
        }
        const Value w =
            ops.slice(node.operands[1], taps.axis + 1, taps.first, taps.end - taps.first);
        parts.push_back(ops.op(plain.code, {part->x, w}, part->attributes));
    }
    return finished(ops, node, parts);
}

/// The means along one axis after the other: each tap counts as often as before.
std::optional<Value> split_mean_by_axes(Ops& ops, const PlannedNode& node) {
    const Value& x = node.operands[0];
    const std::size_t axes = x.rank() - 2;
    std::size_t long_axes = 0;
    for (std::size_t axis = 0; axis < axes; ++axis) {
        long_axes += node.attributes[5 * axis] > 1 ? 1 : 0;
    }
    if (long_axes < 2) {
        return std::nullopt;
    }
    Value out = x;
    for (std::size_t axis = 0; axis < axes; ++axis) {
        Integers one;
        for (std::size_t at = 0; at < axes; ++at) {
            const auto of_axis = node.attributes.subspan(5 * at, 5);
            const Integers whole(of_axis.begin(), of_axis.end());
            const Integers& sizes = at == axis ? whole : Integers{1, 1, 1, 0, 0};
            one.insert(one.end(), sizes.begin(), sizes.end());
        }
        one.push_back(node.attributes.back());
        out = ops.op(OpCode::avg_pool, {out}, one);
    }
    return out;
}

/// Whether every window has the same count of taps.
bool counts_all_taps(const PlannedNode& node) {
    bool is_padded = false;
    for (std::size_t axis = 0; axis < node.operands[0].rank() - 2; ++axis) {
        is_padded = is_padded || node.attributes[5 * axis + 3] + node.attributes[5 * axis + 4] > 0;
    }
    return !is_padded || node.attributes.back() != 0;
}

}  // namespace

std::optional<Value> split_product(Ops& ops, const PlannedNode& node) {
    return split_last_axis(ops, node, 1);
}

/// By channels where there are many of them, otherwise by taps.
std::optional<Value> split_convolution(Ops& ops, const PlannedNode& node) {
    constexpr std::int64_t channels_least = 64;
    const Value& x = node.operands[0];
    if (node.attributes[5 * (x.rank() - 2)] == 1) {
        if (auto out = split_last_axis(ops, node, channels_least)) {
            return out;
        }
    }
    return split_taps(ops, node);
}

std::optional<Value> split_pool(Ops& ops, const PlannedNode& node) {
    const bool is_mean = node.code == OpCode::avg_pool;
    if (is_mean) {
        if (auto out = split_mean_by_axes(ops, node)) {
            return out;
        }
    }
    const auto ranges = halves(node);
    if (!ranges || (is_mean && !counts_all_taps(node))) {
        return std::nullopt;
    }
    const Integers attributes(node.attributes.begin(), node.attributes.end());
    const auto window = static_cast<double>(attributes[5 * (*ranges)[0].axis]);
    Values parts;
    for (const TapRange& taps : *ranges) {
        const auto part = narrowed(ops, node.operands[0], attributes, taps);
        if (!part) {
            return std::nullopt;
        }
        Value pooled = ops.op(node.code, {part->x}, part->attributes);
        if (is_mean) {
            pooled = ops.mul(pooled, static_cast<double>(taps.end - taps.first) / window);
        }
        parts.push_back(pooled);
    }
    return is_mean ? ops.add(parts[0], parts[1]) : ops.max(parts[0], parts[1]);
}

}  // namespace steelyard::vm::onnx
