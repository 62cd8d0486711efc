// Convolutions: shapes, taps and openings (doc/spec/vm-operators.md, K6).
#pragma once

#include "vm/ops/operator.h"
#include "vm/ops/window/places.h"

#include <vector>

namespace steelyard::vm {

/// A convolution of x [N, spatial..., C] with w [O, window..., C / groups].
struct Conv {
    WindowGeometry windows{};
    std::uint64_t groups = 1;
    std::uint64_t channels = 0;        ///< C
    std::uint64_t group_channels = 0;  ///< C / groups
    std::uint64_t outputs = 0;         ///< O
    std::uint64_t taps = 1;            ///< of a window

    /// Products of an output element: taps * C / groups, below 2^34.
    std::uint64_t k() const { return taps * group_channels; }

    /// Output channels of a group.
    std::uint64_t group_outputs() const { return outputs / groups; }

    /// [N, out spatial..., O]
    std::vector<std::uint64_t> output_dimensions(const TensorType& x) const;
};

/// `attributes`: the window geometry, then groups, then `others` more. Errors: ranks, a window
/// other than w's, channels that are not those of x, or that the groups do not divide.
Result<Conv> make_conv(
    const TensorType& x,
    const TensorType& w,
    std::span<const std::int64_t> attributes,
    std::size_t others
);

/// The convolution of a call whose output the type rule gave.
Conv conv_of(const NodeCall& call, std::size_t others);

/// A stretch of products: of one tap, of neighbouring channels.
struct ConvRun {
    std::uint64_t k = 0;                       ///< the first product's number
    std::uint64_t count = 0;                   ///< products
    std::optional<std::uint64_t> x_element{};  ///< nothing: the tap is in the padding
    std::uint64_t w_element = 0;
};

/// Walks through the products of one output element, ascending.
class ConvTaps {
public:
    /// Row `row` of the output, output channel `o`.
    ConvTaps(const Conv& conv, std::uint64_t row, std::uint64_t o);

    /// The run that product `k` begins, of at most `count_max` products.
    ConvRun run(std::uint64_t k, std::uint64_t count_max) const;

private:
    const Conv& conv_;
    Spot window_{};
    std::uint64_t image_place_ = 0;  ///< the number of the image's first place among all
    std::uint64_t x_channel_ = 0;
    std::uint64_t w_element_ = 0;
};

/// What a probe opens, with `gas` for one element.
ProbeCost probe_of_conv(const NodeCall& call, const Conv& conv, Grid grid, std::uint64_t gas);

}  // namespace steelyard::vm
