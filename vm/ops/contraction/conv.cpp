#include "vm/ops/contraction/conv.h"

#include "vm/ops/contraction/matrices.h"
#include "vm/ops/cost.h"
#include "vm/ops/probe.h"
#include "vm/ops/type_rules.h"

#include <algorithm>

namespace steelyard::vm {

namespace {

Result<void> expect_channels(const TensorType& x, const TensorType& w, std::int64_t groups) {
    const std::uint64_t channels = x.shape.columns();
    TRY(attribute_in_range("groups", groups, 1, static_cast<std::int64_t>(dimension_max)));
    const auto count = static_cast<std::uint64_t>(groups);
    if (channels % count != 0 || w.shape[0] % count != 0) {
        return invalid("{} groups of {} and {}", groups, x.text(), w.text());
    }
    if (w.shape.columns() != channels / count) {
        return invalid("{} for {} in {} groups: other channels", w.text(), x.text(), groups);
    }
    return {};
}

}  // namespace

std::vector<std::uint64_t> Conv::output_dimensions(const TensorType& x) const {
    std::vector<std::uint64_t> dimensions = dimensions_of(x);
    for (std::size_t i = 0; i < windows.axes; ++i) {
        dimensions[1 + i] = windows.axis[i].out;
    }
    dimensions.back() = outputs;
    return dimensions;
}

Result<Conv> make_conv(
    const TensorType& x,
    const TensorType& w,
    std::span<const std::int64_t> attributes,
    std::size_t others
) {
    const std::size_t axes = x.shape.rank() < 2 ? 0 : x.shape.rank() - 2;
    const std::size_t of_windows = attributes_per_window_axis * axes;
    TRY(expect_attributes(attributes, of_windows + 1 + others));
    Conv conv;
    TRY_ASSIGN(conv.windows, window_geometry(x, attributes.first(of_windows)));
    if (w.shape.rank() != x.shape.rank()) {
        return invalid("{} and {}: other ranks", w.text(), x.text());
    }
    for (std::size_t i = 0; i < axes; ++i) {
        if (w.shape[1 + i] != conv.windows.axis[i].window) {
            return invalid("a window of {} of {}", conv.windows.axis[i].window, w.text());
        }
    }
    TRY(expect_channels(x, w, attributes[of_windows]));
    conv.groups = static_cast<std::uint64_t>(attributes[of_windows]);
    conv.channels = x.shape.columns();
    conv.group_channels = w.shape.columns();
    conv.outputs = w.shape[0];
    conv.taps = conv.windows.taps();
    return conv;
}

Conv conv_of(const NodeCall& call, std::size_t others) {
    return make_conv(call.operands[0], call.operands[1], call.attributes, others).value();
}

ConvTaps::ConvTaps(const Conv& conv, std::uint64_t row, std::uint64_t o) : conv_(conv) {
    const std::uint64_t of_image = window_count(conv.windows);
    window_ = window_spot(conv.windows, row % of_image);
    image_place_ = row / of_image * place_count(conv.windows);
    x_channel_ = o / conv.group_outputs() * conv.group_channels;
    w_element_ = o * conv.k();
}

ConvRun ConvTaps::run(std::uint64_t k, std::uint64_t count_max) const {
    const std::uint64_t channel = k % conv_.group_channels;
    ConvRun run{
        .k = k,
        .count = std::min(conv_.group_channels - channel, count_max),
        .w_element = w_element_ + k,
    };
    const Spot tap = tap_spot(conv_.windows, k / conv_.group_channels);
    if (const auto place = place_under(conv_.windows, window_, tap)) {
        run.x_element = (image_place_ + *place) * conv_.channels + x_channel_ + channel;
    }
    return run;
}

ProbeCost probe_of_conv(const NodeCall& call, const Conv& conv, Grid grid, std::uint64_t gas) {
    const TensorType& x = call.operands[0];
    const TensorType& w = call.operands[1];
    const std::uint64_t groups = std::min(conv.groups, grid.columns);
    const std::uint64_t of_row =
        saturating_mul(groups, chunks_of_window(x, conv.windows, conv.group_channels));
    const std::uint64_t of_column = chunks_of_rows(w, conv.taps);
    ProbeSum sum(call);
    sum.opens(0, saturating_mul(grid.rows, of_row));
    sum.opens(1, saturating_mul(grid.columns, of_column));
    if (call.operands.size() > 2) {
        sum.reads(2, grid.columns);
    }
    return sum.gas(saturating_mul(elements_of(grid), gas)).cost();
}

}  // namespace steelyard::vm
