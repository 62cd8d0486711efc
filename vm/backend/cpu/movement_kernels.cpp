#include "vm/backend/cpu/index_kernels.h"
#include "vm/backend/cpu/kernels.h"
#include "vm/backend/cpu/offset_kernels.h"
#include "vm/backend/cpu/resize_kernels.h"
#include "vm/backend/cpu/strided_copy.h"
#include "vm/ops/indexing.h"
#include "vm/ops/movement/pad.h"
#include "vm/ops/movement/walk.h"
#include "vm/ops/window_geometry.h"

#include <algorithm>
#include <cstring>

namespace steelyard::vm::cpu {

namespace {

constexpr std::uint64_t windows_per_piece = 512;

std::int64_t as_signed(std::uint64_t number) {
    return static_cast<std::int64_t>(number);
}

std::optional<std::uint64_t> run_walk(const NodeWork& work, const Parallel& parallel) {
    const Shape& shape = work.call.output.shape;
    if (shape.elements() == 0) {
        return std::nullopt;
    }
    const Walk walk = walk_of(work.call);
    const auto strides = strides_of(shape);
    StridedCopy copy(size_of(work.call.output.dtype));
    copy.begin_at(0, walk.first);
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
        copy.add_axis(shape[axis], as_signed(strides[axis]), walk.steps[axis]);
    }
    copy.run(work.output, work.operands[0], parallel);
    return std::nullopt;
}

std::optional<std::uint64_t> run_concat(const NodeWork& work, const Parallel& parallel) {
    const Shape& shape = work.call.output.shape;
    const auto axis = static_cast<std::size_t>(work.call.attributes[0]);
    const auto strides = strides_of(shape);
    std::uint64_t before = 0;
    for (std::size_t operand = 0; operand < work.operands.size(); ++operand) {
        const Shape& part = work.call.operands[operand].shape;
        const auto part_strides = strides_of(part);
        StridedCopy copy(size_of(work.call.output.dtype));
        copy.begin_at(as_signed(before * strides[axis]), 0);
        for (std::size_t at = 0; at < shape.rank(); ++at) {
            copy.add_axis(part[at], as_signed(strides[at]), as_signed(part_strides[at]));
        }
        copy.run(work.output, work.operands[operand], parallel);
        before += part[axis];
    }
    return std::nullopt;
}

/// What of the input is left along an axis: elements [first, end), the first of them at `place`.
struct PaddedRange {
    std::int64_t first = 0;
    std::int64_t end = 0;
    std::int64_t place = 0;
};

PaddedRange padded_range(const PadAxis& axis) {
    const std::int64_t step = axis.interior + 1;
    const std::int64_t out = axis.out();
    PaddedRange range{.end = axis.in};
    if (axis.before < 0) {
        range.first = (-axis.before + step - 1) / step;
    }
    range.end = axis.before >= out ? 0 : std::min(axis.in, (out - axis.before - 1) / step + 1);
    range.end = std::max(range.end, range.first);
    range.place = axis.before + range.first * step;
    return range;
}

std::optional<std::uint64_t> run_constant_pad(const NodeWork& work, const Parallel& parallel) {
    const NodeCall& call = work.call;
    const Shape& shape = call.output.shape;
    const std::size_t size = size_of(call.output.dtype);
    fill_elements(work.output, shape.elements(), work.operands[1], size, parallel);
    const auto to = strides_of(shape);
    const auto from = strides_of(call.operands[0].shape);
    StridedCopy copy(size);
    std::int64_t to_first = 0;
    std::int64_t from_first = 0;
    for (std::size_t axis = 0; axis < shape.rank(); ++axis) {
        const PadAxis padding = pad_axis(call, axis);
        const PaddedRange range = padded_range(padding);
        to_first += range.place * as_signed(to[axis]);
        from_first += range.first * as_signed(from[axis]);
        copy.add_axis(
            static_cast<std::uint64_t>(range.end - range.first),
            (padding.interior + 1) * as_signed(to[axis]),
            as_signed(from[axis])
        );
    }
    copy.begin_at(to_first, from_first);
    copy.run(work.output, work.operands[0], parallel);
    return std::nullopt;
}

/// All taps of one window; `first` is the input's image.
void lay_out_window(
    const NodeWork& work,
    const WindowGeometry& geometry,
    const Coordinates& position,
    const std::byte* image,
    std::byte* out
) {
    const std::uint64_t row_bytes = work.call.output.row_bytes();
    for (std::uint64_t z = 0; z < geometry.axis[0].window; ++z) {
        const auto at_z = geometry.axis[0].input_of(position[0], z);
        for (std::uint64_t y = 0; y < geometry.axis[1].window; ++y) {
            const auto at_y = geometry.axis[1].input_of(position[1], y);
            for (std::uint64_t x = 0; x < geometry.axis[2].window; ++x) {
                const auto at_x = geometry.axis[2].input_of(position[2], x);
                if (at_z && at_y && at_x) {
                    const std::uint64_t pixel =
                        (*at_z * geometry.axis[1].in + *at_y) * geometry.axis[2].in + *at_x;
                    std::memcpy(out, image + pixel * row_bytes, row_bytes);
                } else {
                    std::memset(out, 0, row_bytes);
                }
                out += row_bytes;
            }
        }
    }
}

std::optional<std::uint64_t> run_im2col(const NodeWork& work, const Parallel& parallel) {
    const TensorType& x = work.call.operands[0];
    if (work.call.output.elements() == 0) {
        return std::nullopt;
    }
    auto geometry = *window_geometry(x, work.call.attributes);
    std::uint64_t positions = 1;
    std::uint64_t pixels = 1;
    for (std::size_t axis = 0; axis < spatial_axes_max; ++axis) {
        if (axis >= geometry.axes) {
            geometry.axis[axis] = {.in = 1, .out = 1};
        }
        positions *= geometry.axis[axis].out;
        pixels *= geometry.axis[axis].in;
    }
    const std::uint64_t windows = x.shape[0] * positions;
    const std::uint64_t window_bytes = geometry.taps() * work.call.output.row_bytes();
    const Shape grid{geometry.axis[0].out, geometry.axis[1].out, geometry.axis[2].out};
    const std::uint64_t pieces = (windows + windows_per_piece - 1) / windows_per_piece;
    for_each(parallel, pieces, [&](std::size_t index) {
        const std::uint64_t end = std::min(windows, (index + 1) * windows_per_piece);
        for (std::uint64_t window = index * windows_per_piece; window < end; ++window) {
            const std::byte* image =
                work.operands[0] + window / positions * pixels * work.call.output.row_bytes();
            lay_out_window(
                work,
                geometry,
                coordinates_of(grid, window % positions),
                image,
                work.output + window * window_bytes
            );
        }
    });
    return std::nullopt;
}

Kernel find_resize(Isa isa, const NodeCall& call) {
    const Kernel kernel = find_resize_kernel(isa, call);
    return kernel != nullptr ? kernel : find_offset_kernel(call);
}

}  // namespace

Kernel find_movement_kernel(Isa isa, const NodeCall& call) {
    switch (call.op) {
        case OpCode::reshape:
        case OpCode::transpose:
        case OpCode::slice:
        case OpCode::broadcast:
            return run_walk;
        case OpCode::concat:
            return run_concat;
        case OpCode::pad:
            return call.attributes[0] == 0 ? run_constant_pad : find_offset_kernel(call);
        case OpCode::resize:
            return find_resize(isa, call);
        case OpCode::im2col:
            return run_im2col;
        default:
            return find_index_kernel(call);
    }
}

}  // namespace steelyard::vm::cpu
