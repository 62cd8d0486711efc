// Resizing along one axis: which elements of the input an element of the output is made of.
#pragma once

#include "vm/ops/operator.h"

#include <array>

namespace steelyard::vm {

enum class ResizeMode : std::uint8_t { nearest = 0, linear = 1, cubic = 2 };

enum class CoordinateRule : std::uint8_t {
    half_pixel = 0,
    pytorch_half_pixel = 1,
    align_corners = 2,
    asymmetric = 3,
    crop = 4,
};

enum class NearestRounding : std::uint8_t {
    prefer_floor = 0,
    prefer_ceil = 1,
    floor = 2,
    ceil = 3
};

/// What is the same along all axes.
struct ResizeRules {
    ResizeMode mode = ResizeMode::nearest;
    CoordinateRule coordinates = CoordinateRule::half_pixel;
    NearestRounding rounding = NearestRounding::prefer_floor;
    float cubic = -0.75F;
    bool exclude_outside = false;
    float extrapolation = 0.0F;  ///< of what lies outside of the input by the crop rule
};

/// Units of the crop rule's start and end: 2^-20 of the way to the last element.
constexpr int crop_fraction_bits = 20;

struct ResizeAxis {
    std::int64_t in = 1;  ///< at least 1 where `out` is
    std::int64_t out = 1;
    std::int64_t numerator = 1;  ///< of the scale, output by input
    std::int64_t denominator = 1;
    std::int64_t start = 0;
    std::int64_t end = 0;

    /// Whether the rule gives every position its own number: nothing is interpolated.
    bool is_kept(const ResizeRules& rules) const;

    /// The most taps that a position has.
    std::uint64_t taps_max(const ResizeRules& rules) const;
};

/// An element of the input with its weight.
struct ResizeTap {
    std::uint64_t index = 0;
    float weight = 0.0F;
};

struct ResizeTaps {
    std::size_t count = 0;
    std::array<ResizeTap, 4> tap{};
    bool outside = false;  ///< the extrapolation value stands here

    void add(std::uint64_t index, float weight) { tap[count++] = {index, weight}; }
};

/// The taps of position `position` of the output, ascending.
ResizeTaps resize_taps(const ResizeRules& rules, const ResizeAxis& axis, std::uint64_t position);

// Of a call of resize that its type rule took.
ResizeRules resize_rules(const NodeCall& call);
ResizeAxis resize_axis(const NodeCall& call, std::size_t axis);

}  // namespace steelyard::vm
