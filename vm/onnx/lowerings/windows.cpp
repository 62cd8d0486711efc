#include "vm/onnx/lowerings/windows.h"

#include <algorithm>

namespace steelyard::vm::onnx {

namespace {

constexpr auto size_max = static_cast<std::int64_t>(dimension_max);

bool are_of(const Integers& list, std::size_t count, std::int64_t least) {
    return list.size() == count && std::ranges::all_of(list, [&](std::int64_t value) {
               return value >= least && value <= size_max;
           });
}

/// Pads so that there is an output for each `stride` elements.
void pad_same(WindowOfAxis& axis, bool more_before) {
    const std::int64_t out = (axis.in + axis.stride - 1) / axis.stride;
    const std::int64_t all =
        std::max<std::int64_t>(0, (out - 1) * axis.stride + axis.reach() - axis.in);
    const std::int64_t half = all / 2;
    axis.before = more_before ? all - half : half;
    axis.after = all - axis.before;
}

}  // namespace

std::optional<Windows> read_windows(Call& c, const Value& x, const Integers& kernel) {
    const std::size_t count = x.rank() < 2 ? 0 : x.rank() - 2;
    const Integers ones(count, 1);
    const Integers window = c.integers_of("kernel_shape", kernel);
    const Integers stride = c.integers_of("strides", ones);
    const Integers dilation = c.integers_of("dilations", ones);
    const Integers pads = c.integers_of("pads", Integers(2 * count, 0));
    if (!are_of(window, count, 1) || !are_of(stride, count, 1) || !are_of(dilation, count, 1) ||
        !are_of(pads, 2 * count, 0) || count == 0) {
        c.fail("kernel, strides, dilations or pads that do not fit {}", x.type.text());
        return std::nullopt;
    }
    const std::string_view automatic = c.text("auto_pad", "NOTSET");
    Windows out;
    for (std::size_t at = 0; at < count; ++at) {
        WindowOfAxis axis{
            .in = Ops::dimension(x, at + 2),
            .window = window[at],
            .stride = stride[at],
            .dilation = dilation[at],
            .before = pads[at],
            .after = pads[at + count],
        };
        if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
            pad_same(axis, automatic == "SAME_LOWER");
        } else if (automatic == "VALID") {
            axis.before = 0;
            axis.after = 0;
        }
        out.push_back(axis);
    }
    return out;
}

void round_up(Windows& windows) {
    for (WindowOfAxis& axis : windows) {
        const std::int64_t rest = axis.in + axis.before + axis.after - axis.reach();
        if (rest >= 0 && rest % axis.stride != 0) {
            axis.after += axis.stride - rest % axis.stride;
        }
    }
}

Integers geometry(const Windows& windows) {
    Integers out;
    for (const WindowOfAxis& axis : windows) {
        out.insert(out.end(), {axis.window, axis.stride, axis.dilation, axis.before, axis.after});
    }
    return out;
}

}  // namespace steelyard::vm::onnx
