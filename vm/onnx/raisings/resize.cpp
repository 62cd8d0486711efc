// Resizing, by sizes where the scales follow from them, else by scales that an f32 can hold.
#include "vm/onnx/raising.h"

#include <array>
#include <cmath>
#include <numeric>

namespace steelyard::vm::onnx {

namespace {

// Attributes of the operator, and of each axis behind them.
constexpr std::size_t mode_at = 0;
constexpr std::size_t rule_at = 1;
constexpr std::size_t rounding_at = 2;
constexpr std::size_t cubic_at = 3;
constexpr std::size_t exclude_at = 4;
constexpr std::size_t extrapolation_at = 5;
constexpr std::size_t first_axis_at = 6;
constexpr std::size_t attributes_per_axis = 5;

constexpr std::int64_t nearest_mode = 0;
constexpr std::int64_t cubic_mode = 2;
constexpr std::int64_t align_corners_rule = 2;
constexpr std::int64_t crop_rule = 4;

constexpr std::int64_t axis_size_max = 1 << 24;  ///< that an import takes
constexpr double crop_unit = 1 << 20;

struct Axis {
    std::int64_t in = 0;
    std::int64_t out = 0;
    std::int64_t numerator = 1;
    std::int64_t denominator = 1;
    double start = 0;
    double end = 0;
};

std::vector<Axis> axes_of(const Raise& r) {
    std::vector<Axis> out;
    for (std::size_t axis = 0; axis < r.rank(0); ++axis) {
        const std::size_t at = first_axis_at + attributes_per_axis * axis;
        out.push_back(
            {.in = r.dimension(0, axis),
             .out = r.attribute(at),
             .numerator = r.attribute(at + 1),
             .denominator = r.attribute(at + 2),
             .start = static_cast<double>(r.attribute(at + 3)) / crop_unit,
             .end = static_cast<double>(r.attribute(at + 4)) / crop_unit}
        );
    }
    return out;
}

/// The scale, if an f32 is exactly that, and makes as many elements as there are.
std::optional<double> exact_scale(const Axis& axis) {
    const std::int64_t common = std::gcd(axis.numerator, axis.denominator);
    const std::int64_t denominator = axis.denominator / common;
    const double scale =
        static_cast<double>(axis.numerator / common) / static_cast<double>(denominator);
    const bool is_exact = (denominator & (denominator - 1)) == 0 &&
                          static_cast<double>(static_cast<float>(scale)) == scale;
    const double size = std::floor(static_cast<double>(axis.in) * scale);
    return is_exact && size == static_cast<double>(axis.out) ? std::optional(scale) : std::nullopt;
}

bool follows_from_sizes(const Axis& axis) {
    return axis.numerator * axis.in == axis.denominator * axis.out;
}

/// roi, scales and sizes; one of the latter two is not given.
std::optional<Names> sizes_of(Raise& r, const std::vector<Axis>& axes) {
    const std::int64_t rule = r.attribute(rule_at);
    bool by_sizes = true;
    bool by_scales = true;
    std::vector<std::int64_t> sizes;
    std::vector<double> scales;
    std::vector<double> region;
    bool is_narrow = true;
    for (const Axis& axis : axes) {
        const std::optional<double> scale = exact_scale(axis);
        const bool is_free = rule == align_corners_rule || rule == crop_rule;
        by_sizes = by_sizes && (is_free || follows_from_sizes(axis));
        by_scales = by_scales && scale.has_value();
        sizes.push_back(axis.out);
        scales.push_back(scale.value_or(1));
        region.push_back(axis.start);
    }
    for (const Axis& axis : axes) {
        region.push_back(axis.end);
    }
    for (const double end : region) {
        is_narrow = is_narrow && static_cast<double>(static_cast<float>(end)) == end;
    }
    const Name roi =
        rule == crop_rule ? r.reals(is_narrow ? DType::f32 : DType::f64, region) : Name();
    if (by_sizes) {
        return Names{r.in(0), roi, "", r.integers(sizes)};
    }
    if (by_scales) {
        return Names{r.in(0), roi, r.reals(DType::f32, scales)};
    }
    return std::nullopt;
}

Name resize(Raise& r) {
    constexpr std::array<std::string_view, 3> modes = {"nearest", "linear", "cubic"};
    constexpr std::array<std::string_view, 5> rules = {
        "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize"
    };
    constexpr std::array<std::string_view, 4> roundings = {
        "round_prefer_floor", "round_prefer_ceil", "floor", "ceil"
    };
    const std::vector<Axis> axes = axes_of(r);
    if (axes.empty()) {
        return r.refuse("ONNX resizes no scalars");
    }
    for (const Axis& axis : axes) {
        if (axis.in == 0 || axis.out > axis_size_max) {
            return r.refuse("an axis of {} elements becomes one of {}", axis.in, axis.out);
        }
    }
    auto operands = sizes_of(r, axes);
    if (!operands) {
        return r.refuse("ONNX has scales as floats, which these fractions are not");
    }
    const std::int64_t mode = r.attribute(mode_at);
    const std::int64_t rule = r.attribute(rule_at);
    const auto name = [](const auto& names, std::int64_t number) {
        return names[static_cast<std::size_t>(number)];
    };
    NodeAttributes attributes = {
        {"mode", name(modes, mode)}, {"coordinate_transformation_mode", name(rules, rule)}
    };
    if (mode == nearest_mode) {
        attributes.push_back({"nearest_mode", name(roundings, r.attribute(rounding_at))});
    } else {
        attributes.push_back({"exclude_outside", r.attribute(exclude_at)});
    }
    if (mode == cubic_mode) {
        attributes.push_back({"cubic_coeff_a", r.real_attribute(cubic_at)});
    }
    if (rule == crop_rule) {
        attributes.push_back({"extrapolation_value", r.real_attribute(extrapolation_at)});
    }
    return r.op("Resize", *std::move(operands), std::move(attributes));
}

constexpr std::array rows = {RaisingRow{OpCode::resize, resize}};

}  // namespace

std::span<const RaisingRow> resize_raisings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
