// Padding along one axis: which element of the input lies under an element of the output.
#pragma once

#include "vm/ops/operator.h"

namespace steelyard::vm {

enum class PadMode : std::uint8_t { constant = 0, reflect = 1, edge = 2 };

/// Along one axis of `in` elements.
struct PadAxis {
    PadMode mode = PadMode::constant;
    std::int64_t in = 0;
    std::int64_t before = 0;
    std::int64_t after = 0;
    std::int64_t interior = 0;

    /// The output's size; negative if more is cut away than there is.
    std::int64_t out() const;

    /// The input's coordinate under `position` of the output; nothing: the padding's value.
    std::optional<std::uint64_t> source_of(std::uint64_t position) const;
};

/// The padding of an axis by the attributes of a pad that its type rule took.
PadAxis pad_axis(const NodeCall& call, std::size_t axis);

}  // namespace steelyard::vm
