// Convolutions: the VM's have channels last.
#include "vm/onnx/lowerings/windows.h"

#include <array>

namespace steelyard::vm::onnx {

namespace {

Integers kernel_of(const Value& weights) {
    Integers out = Ops::dimensions(weights);
    out.erase(out.begin(), out.begin() + std::min<std::ptrdiff_t>(2, std::ssize(out)));
    return out;
}

/// x [N, spatial..., C], w [O, window..., C / groups] to [N, O, spatial...].
Value convolved(
    Call& c, const Value& x, const Value& w, const Windows& windows, std::int64_t groups
) {
    Integers attributes = geometry(windows);
    const auto dtype = static_cast<std::int64_t>(x.dtype());
    attributes.insert(attributes.end(), {groups, 0, dtype});
    const bool has_bias = c.has(2);
    const Value out = has_bias ? c.op(OpCode::conv_f32, {x, w, c.in(2)}, attributes)
                               : c.op(OpCode::conv_f32, {x, w}, attributes);
    return c.channels_first(out);
}

Values convolution(Call& c) {
    const Value x = c.in(0);
    const Value w = c.in(1);
    const auto windows = read_windows(c, x, kernel_of(w));
    if (!windows) {
        return {};
    }
    const std::int64_t groups = c.integer("group", 1);
    return {convolved(c, c.channels_last(x), c.channels_last(w), *windows, groups)};
}

/// How much an axis of the output is longer than strides say, and what is cut off it at its ends.
struct Cut {
    std::int64_t longer = 0;
    std::int64_t before = 0;
    std::int64_t after = 0;
};

std::vector<Cut> cuts_of(Call& c, const Windows& windows) {
    const Integers longer = c.integers_of("output_padding", Integers(windows.size(), 0));
    Integers wanted = c.integers_of("output_shape");
    const std::string_view automatic = c.text("auto_pad", "NOTSET");
    const bool is_same = automatic == "SAME_UPPER" || automatic == "SAME_LOWER";
    if (wanted.empty() && is_same) {
        for (const WindowOfAxis& axis : windows) {
            wanted.push_back(axis.in * axis.stride);
        }
    }
    if (longer.size() != windows.size() || (!wanted.empty() && wanted.size() != windows.size())) {
        c.fail("output_padding or output_shape of another rank");
        return {};
    }
    std::vector<Cut> out;
    for (std::size_t at = 0; at < windows.size(); ++at) {
        const WindowOfAxis& axis = windows[at];
        Cut cut{.longer = longer[at], .before = axis.before, .after = axis.after};
        if (!wanted.empty()) {
            const std::int64_t all =
                axis.stride * (axis.in - 1) + cut.longer + axis.reach() - wanted[at];
            const std::int64_t half = all >> 1;  // down, also of what is missing
            cut.before = automatic == "SAME_UPPER" ? half : all - half;
            cut.after = all - cut.before;
        }
        out.push_back(cut);
    }
    return out;
}

/// [C, O / groups, window...] to [O, window..., C / groups], the window turned round.
Value turned(Call& c, const Value& w, std::int64_t groups) {
    Integers shape = Ops::dimensions(w);
    if (shape.size() < 3 || groups < 1 || shape[0] % groups != 0) {
        return c.fail("weights {} in {} groups", w.type.text(), groups);
    }
    Value out = w;
    for (std::size_t axis = 2; axis < shape.size(); ++axis) {
        out = c.slice(out, axis, shape[axis] - 1, shape[axis], -1);
    }
    const std::int64_t inputs = shape[0] / groups;
    const std::int64_t outputs = shape[1];
    Integers split = {groups, inputs, outputs};
    split.insert(split.end(), shape.begin() + 2, shape.end());
    Integers order = {0, 2};
    Integers joined = {groups * outputs};
    for (std::size_t axis = 2; axis < shape.size(); ++axis) {
        order.push_back(static_cast<std::int64_t>(axis + 1));
        joined.push_back(shape[axis]);
    }
    order.push_back(1);
    joined.push_back(inputs);
    return c.reshape(c.transpose(c.reshape(out, split), order), joined);
}

/// A convolution of the input with stride - 1 zeros between its elements.
Values transposed_convolution(Call& c) {
    const Value x = c.in(0);
    const Value w = c.in(1);
    auto windows = read_windows(c, x, kernel_of(w));
    if (!windows) {
        return {};
    }
    const std::vector<Cut> cuts = cuts_of(c, *windows);
    if (!c.e.ok()) {
        return {};
    }
    Integers pads = {0, 0, 0, 0};
    for (std::size_t at = 0; at < windows->size(); ++at) {
        WindowOfAxis& axis = (*windows)[at];
        const Cut& cut = cuts[at];
        pads.insert(
            pads.end(),
            {axis.reach() - 1 - cut.before,
             axis.reach() - 1 - cut.after + cut.longer,
             axis.stride - 1}
        );
        axis.stride = 1;
        axis.before = 0;
        axis.after = 0;
    }
    pads.insert(pads.end(), {0, 0, 0});
    const std::int64_t groups = c.integer("group", 1);
    const Value wide = c.op(OpCode::pad, {c.channels_last(x), c.scalar(x.dtype(), 0)}, pads);
    return {convolved(c, wide, turned(c, w, groups), *windows, groups)};
}

constexpr std::array rows = {
    LoweringRow{.op = "Conv", .lower = convolution},
    LoweringRow{.op = "ConvTranspose", .lower = transposed_convolution},
};

}  // namespace

std::span<const LoweringRow> convolution_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
