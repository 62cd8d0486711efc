#include "vm/ops/movement/resize_axis.h"

#include "base/checked.h"
#include "vm/ops/rule.h"

#include <algorithm>

namespace steelyard::vm {

namespace {

/// A coordinate of the input: top / bottom, bottom above 0 and below 2^52.
struct Coordinate {
    Int128 top = 0;
    std::int64_t bottom = 1;
};

Coordinate half_pixel(const ResizeAxis& axis, std::int64_t position) {
    return {
        .top = Int128{2 * position + 1} * axis.denominator - axis.numerator,
        .bottom = 2 * axis.numerator,
    };
}

Coordinate cropped(const ResizeAxis& axis, std::int64_t position) {
    const Int128 last = axis.in - 1;
    const std::int64_t unit = std::int64_t{1} << crop_fraction_bits;
    if (axis.out == 1) {
        return {.top = last * (axis.start + axis.end), .bottom = 2 * unit};
    }
    const std::int64_t steps = axis.out - 1;
    const Int128 way = Int128{axis.start} * steps + Int128{axis.end - axis.start} * position;
    return {.top = last * way, .bottom = unit * steps};
}

Coordinate coordinate_of(const ResizeRules& rules, const ResizeAxis& axis, std::int64_t position) {
    switch (rules.coordinates) {
        case CoordinateRule::half_pixel:
            return half_pixel(axis, position);
        case CoordinateRule::pytorch_half_pixel:
            return axis.out > 1 ? half_pixel(axis, position) : Coordinate{};
        case CoordinateRule::align_corners:
            return axis.out > 1 ? Coordinate{Int128{position} * (axis.in - 1), axis.out - 1}
                                : Coordinate{};
        case CoordinateRule::asymmetric:
            return {.top = Int128{position} * axis.denominator, .bottom = axis.numerator};
        case CoordinateRule::crop:
            return cropped(axis, position);
    }
    return {};
}

/// Whether a number fits into 64 bits, whose divisions are many times faster.
bool is_short(Int128 number) {
    return number == static_cast<std::int64_t>(number);
}

/// `bottom` is positive.
Int128 floor_div(Int128 top, Int128 bottom) {
    if (is_short(top) && is_short(bottom)) {
        const auto whole = static_cast<std::int64_t>(top) / static_cast<std::int64_t>(bottom);
        return whole - (whole * bottom > top ? 1 : 0);
    }
    return top >= 0 ? top / bottom : -((bottom - 1 - top) / bottom);
}

Int128 ceil_div(Int128 top, Int128 bottom) {
    return -floor_div(-top, bottom);
}

Int128 nearest(NearestRounding rounding, const Coordinate& at) {
    const Int128 twice = Int128{2} * at.bottom;
    switch (rounding) {
        case NearestRounding::prefer_floor:
            return ceil_div(2 * at.top - at.bottom, twice);
        case NearestRounding::prefer_ceil:
            return floor_div(2 * at.top + at.bottom, twice);
        case NearestRounding::floor:
            return floor_div(at.top, at.bottom);
        case NearestRounding::ceil:
            return ceil_div(at.top, at.bottom);
    }
    return 0;
}

std::uint64_t held_within(Int128 index, std::int64_t in) {
    return static_cast<std::uint64_t>(std::clamp<Int128>(index, 0, in - 1));
}

/// Of the taps from the floor of a coordinate (cubic: from one before it) on, t above that floor.
std::array<double, 4> linear_weights(double t) {
    return {1.0 - t, t};
}

std::array<double, 4> cubic_weights(double t, double a) {
    const double before = t + 1.0;
    const double after = 1.0 - t;
    const double last = 2.0 - t;
    return {
        ((a * before - 5.0 * a) * before + 8.0 * a) * before - 4.0 * a,
        ((a + 2.0) * t - (a + 3.0)) * t * t + 1.0,
        ((a + 2.0) * after - (a + 3.0)) * after * after + 1.0,
        ((a * last - 5.0 * a) * last + 8.0 * a) * last - 4.0 * a,
    };
}

}  // namespace

bool ResizeAxis::is_kept(const ResizeRules& rules) const {
    return in == out && numerator == denominator && rules.coordinates != CoordinateRule::crop;
}

std::uint64_t ResizeAxis::taps_max(const ResizeRules& rules) const {
    if (is_kept(rules) || rules.mode == ResizeMode::nearest) {
        return 1;
    }
    return rules.mode == ResizeMode::linear ? 2 : 4;
}

ResizeTaps resize_taps(const ResizeRules& rules, const ResizeAxis& axis, std::uint64_t position) {
    ResizeTaps taps;
    if (axis.is_kept(rules)) {
        taps.add(position, 1.0F);
        return taps;
    }
    const Coordinate at = coordinate_of(rules, axis, static_cast<std::int64_t>(position));
    taps.outside = rules.coordinates == CoordinateRule::crop &&
                   (at.top < 0 || at.top > Int128{axis.in - 1} * at.bottom);
    if (taps.outside) {
        return taps;
    }
    if (rules.mode == ResizeMode::nearest) {
        taps.add(held_within(nearest(rules.rounding, at), axis.in), 1.0F);
        return taps;
    }
    const bool is_cubic = rules.mode == ResizeMode::cubic;
    const Int128 floor = floor_div(at.top, at.bottom);
    const auto rest = static_cast<std::int64_t>(at.top - floor * at.bottom);
    const double t = static_cast<double>(rest) / static_cast<double>(at.bottom);
    std::array<double, 4> weights =
        is_cubic ? cubic_weights(t, static_cast<double>(rules.cubic)) : linear_weights(t);
    const std::size_t count = is_cubic ? 4 : 2;
    const Int128 first = is_cubic ? floor - 1 : floor;
    const auto is_inside = [&](std::size_t i) {
        const Int128 index = first + static_cast<Int128>(i);
        return index >= 0 && index < axis.in;
    };
    double sum = 0.0;
    for (std::size_t i = 0; rules.exclude_outside && i < count; ++i) {
        sum += is_inside(i) ? weights[i] : 0.0;
    }
    for (std::size_t i = 0; i < count; ++i) {
        const double weight = rules.exclude_outside ? weights[i] / sum : weights[i];
        const auto rounded = static_cast<float>(weight);
        if ((rounded != 0.0F) && (is_inside(i) || !rules.exclude_outside)) {
            taps.add(held_within(first + static_cast<Int128>(i), axis.in), rounded);
        }
    }
    return taps;
}

ResizeRules resize_rules(const NodeCall& call) {
    const auto attributes = call.attributes;
    return {
        .mode = static_cast<ResizeMode>(attributes[0]),
        .coordinates = static_cast<CoordinateRule>(attributes[1]),
        .rounding = static_cast<NearestRounding>(attributes[2]),
        .cubic = f32_of(static_cast<std::uint32_t>(attributes[3])),
        .exclude_outside = attributes[4] != 0,
        .extrapolation = f32_of(static_cast<std::uint32_t>(attributes[5])),
    };
}

ResizeAxis resize_axis(const NodeCall& call, std::size_t axis) {
    const auto own = call.attributes.subspan(6 + 5 * axis, 5);
    return {
        .in = static_cast<std::int64_t>(call.operands[0].shape[axis]),
        .out = own[0],
        .numerator = own[1],
        .denominator = own[2],
        .start = own[3],
        .end = own[4],
    };
}

}  // namespace steelyard::vm
