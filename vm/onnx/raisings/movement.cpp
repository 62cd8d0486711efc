// Elements that only move.
#include "vm/onnx/raising.h"

#include <algorithm>
#include <array>

namespace steelyard::vm::onnx {

namespace {

using Integers = Raise::Integers;

/// An import makes a range of at most so many elements.
constexpr std::int64_t range_count_max = 1 << 24;

Name reshape(Raise& r) {
    return r.reshape(r.in(0), Raise::dimensions_of(r.call.output.shape));
}

Name transpose(Raise& r) {
    return r.transpose(r.in(0), {r.call.attributes.begin(), r.call.attributes.end()});
}

/// start, step and size as ONNX's start, end and step; an end before the first element counts
/// from behind.
struct Range {
    std::int64_t start = 0;
    std::int64_t end = 0;
    std::int64_t step = 1;
};

Range range_of(std::int64_t start, std::int64_t step, std::int64_t size, std::int64_t dimension) {
    if (size == 0) {
        return {};
    }
    if (size == 1) {
        return {.start = start, .end = start + 1};
    }
    const std::int64_t last = start + (size - 1) * step;
    const std::int64_t end = step > 0 ? last + 1 : last - 1;
    return {.start = start, .end = end < 0 ? -dimension - 1 : end, .step = step};
}

Name slice(Raise& r) {
    Integers starts;
    Integers ends;
    Integers axes;
    Integers steps;
    for (std::size_t axis = 0; axis < r.rank(0); ++axis) {
        const std::int64_t all = r.dimension(0, axis);
        const std::int64_t start = r.attribute(3 * axis);
        const std::int64_t step = r.attribute(3 * axis + 1);
        const std::int64_t size = r.attribute(3 * axis + 2);
        if (size == all && (size < 2 || (start == 0 && step == 1))) {
            continue;
        }
        const Range range = range_of(start, step, size, all);
        starts.push_back(range.start);
        ends.push_back(range.end);
        axes.push_back(static_cast<std::int64_t>(axis));
        steps.push_back(range.step);
    }
    if (axes.empty()) {
        return r.in(0);
    }
    return r.op(
        "Slice",
        {r.in(0), r.integers(starts), r.integers(ends), r.integers(axes), r.integers(steps)}
    );
}

Name concat(Raise& r) {
    Names parts;
    for (std::size_t index = 0; index < r.operand_count(); ++index) {
        parts.push_back(r.in(index));
    }
    return r.op("Concat", std::move(parts), {{"axis", r.attribute(0)}});
}

/// `interior` copies of `value` between the elements along an axis of [before, size, after]: padded
/// behind each element, and the last padding cut off.
Name spread(Raise& r, const Name& x, std::array<std::int64_t, 3> shape, std::int64_t interior) {
    const auto [before, size, after] = shape;
    const std::array<std::uint64_t, 4> wide = {
        static_cast<std::uint64_t>(before),
        static_cast<std::uint64_t>(size),
        static_cast<std::uint64_t>(interior) + 1,
        static_cast<std::uint64_t>(after)
    };
    const std::array<std::uint64_t, 3> flat = {wide[0], wide[1] * wide[2], wide[3]};
    for (const auto& type :
         {make_tensor_type(r.dtype(0), wide), make_tensor_type(r.dtype(0), flat)}) {
        if (!type) {
            return r.refuse("it goes through a larger tensor: {}", type.error().message());
        }
    }
    const Name apart = r.reshape(x, {before, size, 1, after});
    const Name padded = r.op(
        "Pad",
        {apart, r.integers({0, 0, 0, 0, 0, 0, interior, 0}), r.in(1)},
        {{"mode", std::string_view("constant")}}
    );
    const std::int64_t all = size * (interior + 1);
    const Name joined = r.reshape(padded, {before, all, after});
    return r.op("Slice", {joined, r.integers({0}), r.integers({all - interior}), r.integers({1})});
}

Name pad(Raise& r) {
    constexpr std::array<std::string_view, 3> modes = {"constant", "reflect", "edge"};
    const std::string_view mode = modes[static_cast<std::size_t>(r.attribute(0))];
    const std::size_t rank = r.rank(0);
    Name x = r.in(0);
    Integers shape = r.dimensions(0);
    Integers pads(2 * rank, 0);
    for (std::size_t axis = 0; axis < rank; ++axis) {
        pads[axis] = r.attribute(1 + 3 * axis);
        pads[axis + rank] = r.attribute(2 + 3 * axis);
        const std::int64_t interior = r.attribute(3 + 3 * axis);
        if (interior == 0 || shape[axis] < 2) {
            continue;
        }
        std::int64_t before = 1;
        std::int64_t after = 1;
        for (std::size_t at = 0; at < rank; ++at) {
            (at < axis ? before : after) *= at == axis ? 1 : shape[at];
        }
        x = spread(r, x, {before, shape[axis], after}, interior);
        shape[axis] += (shape[axis] - 1) * interior;
        x = r.reshape(x, shape);
    }
    if (std::ranges::all_of(pads, [](std::int64_t size) { return size == 0; })) {
        return x;
    }
    Names operands = {x, r.integers(pads)};
    if (r.attribute(0) == 0) {
        operands.push_back(r.in(1));
    }
    return r.op("Pad", std::move(operands), {{"mode", mode}});
}

Name broadcast(Raise& r) {
    return r.expand(r.in(0), Raise::dimensions_of(r.call.output.shape));
}

/// A range along its axis, repeated. In f32 it is one of integers, each rounded once.
Name iota(Raise& r) {
    const TensorType& type = r.call.output;
    const auto axis = static_cast<std::size_t>(r.attribute(1));
    const Integers shape = Raise::dimensions_of(type.shape);
    if (shape[axis] > range_count_max) {
        return r.refuse("a range of {} elements, at most {}", shape[axis], range_count_max);
    }
    const DType counted = type.dtype == DType::f32 ? DType::i64 : type.dtype;
    Integers line(shape.size(), 1);
    line[axis] = shape[axis];
    Name out = r.op(
        "Range", {r.integer(counted, 0), r.integer(counted, shape[axis]), r.integer(counted, 1)}
    );
    out = r.cast(out, {.dtype = counted, .shape = Shape{type.shape[axis]}}, type.dtype);
    out = shape.size() == 1 ? out : r.reshape(out, line);
    return line == shape ? out : r.expand(out, shape);
}

constexpr std::array rows = {
    RaisingRow{OpCode::reshape, reshape},
    RaisingRow{OpCode::transpose, transpose},
    RaisingRow{OpCode::slice, slice},
    RaisingRow{OpCode::concat, concat},
    RaisingRow{OpCode::pad, pad},
    RaisingRow{OpCode::broadcast, broadcast},
    RaisingRow{OpCode::iota, iota},
};

}  // namespace

std::span<const RaisingRow> movement_raisings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
