// Shapes: reshaping, slicing, joining, and what is known of a shape.
#include "vm/onnx/lowering.h"

#include <algorithm>
#include <array>

namespace steelyard::vm::onnx {

namespace {

Value reshaped(Call& c, const Value& x, Integers wanted, bool zero_copies) {
    std::int64_t others = 1;
    std::optional<std::size_t> open;
    for (std::size_t axis = 0; axis < wanted.size(); ++axis) {
        if (wanted[axis] == 0 && zero_copies) {
            if (axis >= x.rank()) {
                return c.fail("dimension {} is to be copied from {}", axis, x.type.text());
            }
            wanted[axis] = Ops::dimension(x, axis);
        }
        if (wanted[axis] == -1) {
            if (open.has_value()) {
                return c.fail("two dimensions are left open");
            }
            open = axis;
        } else if (__builtin_mul_overflow(others, wanted[axis], &others)) {
            return c.fail("dimensions that are too large");
        }
    }
    if (open.has_value()) {
        const auto elements = static_cast<std::int64_t>(x.type.elements());
        wanted[*open] = others == 0 ? 0 : elements / others;
    }
    return c.reshape(x, wanted);
}

Values reshape_by_attribute(Call& c) {
    return {reshaped(c, c.in(0), c.integers_of("shape"), true)};
}

Values reshape(Call& c) {
    return {reshaped(c, c.in(0), c.known_integers(1), c.integer("allowzero", 0) == 0)};
}

Values flatten(Call& c) {
    const Value x = c.in(0);
    const std::int64_t wanted = c.integer("axis", 1);
    const auto rank = static_cast<std::int64_t>(x.rank());
    if (wanted < -rank || wanted > rank) {
        return {c.fail("axis {} of {}", wanted, x.type.text())};
    }
    std::int64_t rows = 1;
    std::int64_t columns = 1;
    for (std::int64_t axis = 0; axis < rank; ++axis) {
        std::int64_t& size = axis < (wanted < 0 ? wanted + rank : wanted) ? rows : columns;
        size *= Ops::dimension(x, static_cast<std::size_t>(axis));
    }
    return {c.reshape(x, {rows, columns})};
}

/// The axes that an attribute has before opset 13, an operand from then on; nothing if absent.
std::optional<Integers> given_axes(Call& c, std::int64_t operand_since) {
    if (c.opset() < operand_since) {
        return c.has_attribute("axes") ? std::optional(c.integers_of("axes")) : std::nullopt;
    }
    return c.has(1) ? std::optional(c.known_integers(1)) : std::nullopt;
}

Values squeeze(Call& c) {
    const Value x = c.in(0);
    const std::optional<Integers> given = given_axes(c, 13);
    const std::vector<std::size_t> axes = c.axes(given.value_or(Integers{}), x.rank());
    Integers shape;
    for (std::size_t axis = 0; axis < x.rank(); ++axis) {
        const std::int64_t size = Ops::dimension(x, axis);
        const bool goes = given ? std::ranges::find(axes, axis) != axes.end() : size == 1;
        if (goes && size != 1) {
            return {c.fail("axis {} of {} is not 1", axis, x.type.text())};
        }
        if (!goes) {
            shape.push_back(size);
        }
    }
    return {c.reshape(x, shape)};
}

Values unsqueeze(Call& c) {
    const Value x = c.in(0);
    const Integers given = given_axes(c, 13).value_or(Integers{});
    if (given.size() + x.rank() > rank_max) {
        return {c.fail("a rank of more than {}", rank_max)};
    }
    const std::size_t rank = x.rank() + given.size();
    const std::vector<std::size_t> axes = c.axes(given, rank);
    Integers shape;
    std::size_t from = 0;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        const bool is_new = std::ranges::find(axes, axis) != axes.end();
        shape.push_back(is_new ? 1 : Ops::dimension(x, from++));
    }
    return {c.reshape(x, shape)};
}

Values transpose(Call& c) {
    const Value x = c.in(0);
    Integers reversed;
    for (std::size_t axis = x.rank(); axis > 0; --axis) {
        reversed.push_back(static_cast<std::int64_t>(axis - 1));
    }
    return {c.transpose(x, c.integers_of("perm", reversed))};
}

Values concat(Call& c) {
    Values parts;
    for (std::size_t index = 0; index < c.operands.size(); ++index) {
        parts.push_back(c.in(index));
    }
    if (parts.empty()) {
        return {c.fail("nothing to join")};
    }
    return {c.concat(parts, c.axis_attribute("axis", 1, parts[0].rank()))};
}

Values split(Call& c) {
    const Value x = c.in(0);
    const std::size_t axis = c.axis_attribute("axis", 0, x.rank());
    Integers sizes = c.integers_of("split");
    if (c.has(1)) {
        sizes = c.known_integers(1);
    }
    const auto count = static_cast<std::int64_t>(c.node().outputs.size());
    if (sizes.empty() && count > 0) {
        const std::int64_t each = (Ops::dimension(x, axis) + count - 1) / count;
        std::int64_t left = Ops::dimension(x, axis);
        for (std::int64_t part = 0; part < count; ++part) {
            sizes.push_back(std::min(each, left));
            left -= sizes.back();
        }
    }
    if (static_cast<std::int64_t>(sizes.size()) != count) {
        return {c.fail("{} sizes for {} outputs", sizes.size(), count)};
    }
    Values out;
    std::int64_t start = 0;
    for (const std::int64_t size : sizes) {
        out.push_back(c.slice(x, axis, start, size));
        if (!c.e.ok() || size < 0) {
            return {c.fail("a part of {} elements", size)};
        }
        start += size;
    }
    return out;
}

struct Range {
    std::int64_t start = 0;
    std::int64_t end = 0;
    std::int64_t step = 1;
};

/// start, step and size of a slice of an axis, as numpy clamps them.
void append_slice(Integers& attributes, Range range, std::int64_t size) {
    const auto clamped = [&](std::int64_t at, std::int64_t low, std::int64_t high) {
        const std::int64_t from_start = at < 0 ? at + size : at;
        return std::clamp(from_start, low, high);
    };
    if (size == 0) {
        attributes.insert(attributes.end(), {0, 1, 0});
        return;
    }
    const bool forwards = range.step > 0;
    const std::int64_t start = clamped(range.start, 0, forwards ? size : size - 1);
    const std::int64_t end = clamped(range.end, forwards ? 0 : -1, forwards ? size : size - 1);
    const std::int64_t span = forwards ? end - start : start - end;
    const std::int64_t step = std::abs(range.step);
    const std::int64_t count = span <= 0 ? 0 : (span - 1) / step + 1;
    attributes.insert(
        attributes.end(), {count == 0 ? 0 : start, count < 2 ? 1 : range.step, count}
    );
}

Value sliced(
    Call& c,
    const Integers& starts,
    const Integers& ends,
    const Integers& axes,
    const Integers& steps
) {
    const Value x = c.in(0);
    if (starts.size() != ends.size() || axes.size() != starts.size() ||
        steps.size() != starts.size()) {
        return c.fail("starts, ends, axes and steps of different lengths");
    }
    const std::vector<std::size_t> along = c.axes(axes, x.rank());
    constexpr std::int64_t far = std::numeric_limits<std::int64_t>::min();
    Integers attributes;
    for (std::size_t axis = 0; axis < x.rank(); ++axis) {
        const auto found = std::ranges::find(along, axis);
        const std::int64_t size = Ops::dimension(x, axis);
        Range range{.start = 0, .end = size, .step = 1};
        if (found != along.end()) {
            const auto at = static_cast<std::size_t>(found - along.begin());
            range = {starts[at], ends[at], steps[at]};
        }
        if (range.step == 0 || range.step == far) {
            return c.fail("a step of {}", range.step);
        }
        append_slice(attributes, range, size);
    }
    return c.op(OpCode::slice, {x}, attributes);
}

Integers counted(std::size_t size) {
    Integers out;
    for (std::size_t at = 0; at < size; ++at) {
        out.push_back(static_cast<std::int64_t>(at));
    }
    return out;
}

Values slice_by_attributes(Call& c) {
    const Integers starts = c.integers_of("starts");
    const Integers axes = c.integers_of("axes", counted(starts.size()));
    return {sliced(c, starts, c.integers_of("ends"), axes, Integers(starts.size(), 1))};
}

Values slice(Call& c) {
    const Integers starts = c.known_integers(1);
    const Integers ends = c.known_integers(2);
    const Integers axes = c.has(3) ? c.known_integers(3) : counted(starts.size());
    const Integers steps = c.has(4) ? c.known_integers(4) : Integers(starts.size(), 1);
    return {sliced(c, starts, ends, axes, steps)};
}

Value padded(Call& c, const Integers& pads, const Value& value) {
    const Value x = c.in(0);
    if (pads.size() != 2 * x.rank()) {
        return c.fail("{} pads for {}", pads.size(), x.type.text());
    }
    const std::string_view mode = c.text("mode", "constant");
    if (mode != "constant" && mode != "reflect" && mode != "edge") {
        return c.fail("mode {}", mode);
    }
    Integers attributes = {mode == "constant" ? 0 : mode == "reflect" ? 1 : 2};
    for (std::size_t axis = 0; axis < x.rank(); ++axis) {
        attributes.insert(attributes.end(), {pads[axis], pads[axis + x.rank()], 0});
    }
    return c.op(OpCode::pad, {x, value}, attributes);
}

Values pad_by_attributes(Call& c) {
    const Integers pads = c.integers_of(c.opset() == 1 ? "paddings" : "pads");
    return {padded(c, pads, c.scalar(c.in(0).dtype(), c.real("value", 0)))};
}

Values pad(Call& c) {
    const Value value = c.in_or(2, c.scalar(c.in(0).dtype(), 0));
    return {padded(c, c.known_integers(1), value.rank() == 0 ? value : c.reshape(value, {}))};
}

Values expand(Call& c) {
    const Value x = c.in(0);
    const Integers wanted = c.known_integers(1);
    const std::size_t rank = std::max(wanted.size(), x.rank());
    Integers shape(rank, 1);
    for (std::size_t at = 1; at <= rank; ++at) {
        const std::int64_t own = at <= x.rank() ? Ops::dimension(x, x.rank() - at) : 1;
        const std::int64_t other = at <= wanted.size() ? wanted[wanted.size() - at] : 1;
        shape[rank - at] = own == 1 ? other : own;
    }
    return {c.broadcast(x, shape)};
}

/// [a, b] repeated: [1, a, 1, b] broadcast to [r, a, s, b].
Value tiled(Call& c, const Integers& repeats) {
    const Value x = c.in(0);
    if (repeats.size() != x.rank()) {
        return c.fail("{} repeats for {}", repeats.size(), x.type.text());
    }
    Value out = x;
    for (std::size_t axis = 0; axis < repeats.size(); ++axis) {
        if (repeats[axis] == 1) {
            continue;
        }
        const Integers shape = Ops::dimensions(out);
        if (!c.e.ok() || shape.size() != repeats.size()) {
            return {};
        }
        std::int64_t before = 1;
        std::int64_t after = 1;
        for (std::size_t at = 0; at < shape.size(); ++at) {
            (at < axis ? before : after) *= shape[at];
        }
        Integers result = shape;
        if (repeats[axis] < 0 ||
            __builtin_mul_overflow(shape[axis], repeats[axis], &result[axis])) {
            return c.fail("{} repeats", repeats[axis]);
        }
        const Value wide =
            c.broadcast(c.reshape(out, {before, 1, after}), {before, repeats[axis], after});
        out = c.reshape(wide, result);
    }
    return out;
}

Values tile(Call& c) {
    return {tiled(c, c.known_integers(1))};
}

Values tile_one_axis(Call& c) {
    const Integers count = c.known_integers(1);
    const Integers axis = c.known_integers(2);
    const std::size_t rank = c.in(0).rank();
    if (count.size() != 1 || axis.size() != 1) {
        return {c.fail("{} counts of tiles and {} axes", count.size(), axis.size())};
    }
    Integers repeats(rank, 1);
    const std::size_t along = c.axis(axis[0], rank);
    if (along < rank) {
        repeats[along] = count[0];
    }
    return {tiled(c, repeats)};
}

Values shape(Call& c) {
    const Integers all = Ops::dimensions(c.in(0));
    const auto rank = static_cast<std::int64_t>(all.size());
    const auto end_of = [&](std::int64_t at) {
        return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
    };
    const std::int64_t start = end_of(c.integer("start", 0));
    const std::int64_t end = std::max(start, end_of(c.integer("end", rank)));
    return {c.integers({all.begin() + start, all.begin() + end})};
}

Values size(Call& c) {
    return {c.reshape(c.integers({static_cast<std::int64_t>(c.in(0).type.elements())}), {})};
}

/// [.., H, W, ..] and [.., C, ..] exchanged in blocks.
Values depth_to_space(Call& c) {
    const Value x = c.in(0);
    const std::int64_t block = c.integer("blocksize", 0);
    if (x.rank() != 4 || block < 1 || block > 1 << 16) {
        return {c.fail("{} in blocks of {}", x.type.text(), block)};
    }
    const Integers s = Ops::dimensions(x);
    const std::int64_t depth = s[1] / (block * block);
    const bool is_column_first = c.text("mode", "DCR") == "DCR";
    const Integers parts = is_column_first ? Integers{s[0], block, block, depth, s[2], s[3]}
                                           : Integers{s[0], depth, block, block, s[2], s[3]};
    const Integers order =
        is_column_first ? Integers{0, 3, 4, 1, 5, 2} : Integers{0, 1, 4, 2, 5, 3};
    const Value moved = c.transpose(c.reshape(x, parts), order);
    return {c.reshape(moved, {s[0], depth, s[2] * block, s[3] * block})};
}

Values space_to_depth(Call& c) {
    const Value x = c.in(0);
    const std::int64_t block = c.integer("blocksize", 0);
    if (x.rank() != 4 || block < 1 || block > 1 << 16) {
        return {c.fail("{} in blocks of {}", x.type.text(), block)};
    }
    const Integers s = Ops::dimensions(x);
    const Value parts = c.reshape(x, {s[0], s[1], s[2] / block, block, s[3] / block, block});
    const Value moved = c.transpose(parts, {0, 3, 5, 1, 2, 4});
    return {c.reshape(moved, {s[0], s[1] * block * block, s[2] / block, s[3] / block})};
}

constexpr std::array rows = {
    LoweringRow{.op = "Reshape", .until = 4, .lower = reshape_by_attribute},
    LoweringRow{.op = "Reshape", .since = 5, .lower = reshape},
    LoweringRow{.op = "Flatten", .lower = flatten},
    LoweringRow{.op = "Squeeze", .lower = squeeze},
    LoweringRow{.op = "Unsqueeze", .lower = unsqueeze},
    LoweringRow{.op = "Transpose", .lower = transpose},
    LoweringRow{.op = "Concat", .lower = concat},
    LoweringRow{.op = "Split", .lower = split},
    LoweringRow{.op = "Slice", .until = 9, .lower = slice_by_attributes},
    LoweringRow{.op = "Slice", .since = 10, .lower = slice},
    LoweringRow{.op = "Pad", .until = 10, .lower = pad_by_attributes},
    LoweringRow{.op = "Pad", .since = 11, .lower = pad},
    LoweringRow{.op = "Expand", .since = 8, .lower = expand},
    LoweringRow{.op = "Tile", .until = 5, .lower = tile_one_axis},
    LoweringRow{.op = "Tile", .since = 6, .lower = tile},
    LoweringRow{.op = "Shape", .lower = shape},
    LoweringRow{.op = "Size", .lower = size},
    LoweringRow{.op = "DepthToSpace", .lower = depth_to_space},
    LoweringRow{.op = "SpaceToDepth", .lower = space_to_depth},
};

}  // namespace

std::span<const LoweringRow> shape_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
