#include "vm/backend/cpu/offset_kernels.h"

#include "vm/ops/elements.h"
#include "vm/ops/indexing.h"
#include "vm/ops/movement/pad.h"
#include "vm/ops/movement/resize_axis.h"

#include <algorithm>
#include <array>
#include <vector>

namespace steelyard::vm::cpu {

namespace {

constexpr std::uint64_t elements_per_piece = 16'384;

/// For each axis, how far the element at each coordinate lies from the first: the element at
/// coordinates c of the output is the input's at the sum of offsets[axis][c[axis]].
using Offsets = std::array<std::vector<std::uint64_t>, rank_max>;

template <typename Word>
void gather_row(std::byte* to, const std::byte* from, const std::vector<std::uint64_t>& offsets) {
    auto* out = reinterpret_cast<Word*>(to);
    const auto* in = reinterpret_cast<const Word*>(from);
    for (std::size_t column = 0; column < offsets.size(); ++column) {
        out[column] = in[offsets[column]];
    }
}

void gather_row(
    std::size_t size,
    std::byte* to,
    const std::byte* from,
    const std::vector<std::uint64_t>& offsets
) {
    switch (size) {
        case 1:
            return gather_row<std::uint8_t>(to, from, offsets);
        case 2:
            return gather_row<std::uint16_t>(to, from, offsets);
        case 4:
            return gather_row<std::uint32_t>(to, from, offsets);
        default:
            return gather_row<std::uint64_t>(to, from, offsets);
    }
}

void gather_by_offsets(const NodeWork& work, const Offsets& offsets, const Parallel& parallel) {
    const Shape& shape = work.call.output.shape;
    const std::size_t last = shape.rank() - 1;
    const std::size_t size = size_of(work.call.output.dtype);
    const std::uint64_t rows = shape.rows();
    const std::uint64_t piece = std::max<std::uint64_t>(1, elements_per_piece / shape.columns());
    for_each(parallel, (rows + piece - 1) / piece, [&](std::size_t index) {
        for (std::uint64_t row = index * piece; row < std::min(rows, (index + 1) * piece); ++row) {
            const Coordinates at = coordinates_of_row(shape, row);
            std::uint64_t first = 0;
            for (std::size_t axis = 0; axis < last; ++axis) {
                first += offsets[axis][at[axis]];
            }
            gather_row(
                size,
                work.output + row * work.call.output.row_bytes(),
                work.operands[0] + first * size,
                offsets[last]
            );
        }
    });
}

/// Offsets where `source(axis, position)` is the input's coordinate.
template <typename Source>
std::optional<std::uint64_t> run_offsets(
    const NodeWork& work, const Parallel& parallel, Source source
) {
    const Shape& shape = work.call.output.shape;
    if (shape.elements() == 0) {
        return std::nullopt;
    }
    const auto strides = strides_of(work.call.operands[0].shape);
    Offsets offsets;
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
        for (std::uint64_t position = 0; position < shape[axis]; ++position) {
            offsets[axis].push_back(source(axis, position) * strides[axis]);
        }
    }
    gather_by_offsets(work, offsets, parallel);
    return std::nullopt;
}

std::optional<std::uint64_t> run_pad(const NodeWork& work, const Parallel& parallel) {
    return run_offsets(work, parallel, [&](std::size_t axis, std::uint64_t position) {
        return *pad_axis(work.call, axis).source_of(position);
    });
}

std::optional<std::uint64_t> run_nearest(const NodeWork& work, const Parallel& parallel) {
    const ResizeRules rules = resize_rules(work.call);
    return run_offsets(work, parallel, [&](std::size_t axis, std::uint64_t position) {
        return resize_taps(rules, resize_axis(work.call, axis), position).tap[0].index;
    });
}

}  // namespace

Kernel find_offset_kernel(const NodeCall& call) {
    if (call.output.shape.rank() == 0) {
        return nullptr;
    }
    if (call.op == OpCode::pad) {
        return call.attributes[0] != 0 ? run_pad : nullptr;
    }
    const bool is_nearest = call.op == OpCode::resize && call.attributes[0] == 0 &&
                            static_cast<CoordinateRule>(call.attributes[1]) != CoordinateRule::crop;
    return is_nearest ? run_nearest : nullptr;
}

}  // namespace steelyard::vm::cpu
