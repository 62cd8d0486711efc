// Resizing: one node where the VM has the rule, else along one axis after another a weighted sum of
// a few gathered elements.
#include "vm/onnx/lowering.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace steelyard::vm::onnx {

namespace {

constexpr std::int64_t axis_size_max = 1 << 24;
constexpr std::size_t taps_max = 4;

enum class Mode : std::uint8_t { nearest, linear, cubic };

/// How an axis is resized. Everything is computed at import in IEEE double arithmetic of + - * /
/// and floor alone.
struct AxisPlan {
    std::int64_t in = 0;
    std::int64_t out = 0;
    double scale = 1;
    double crop_start = 0;
    double crop_end = 1;
    bool is_of_sizes = false;  ///< the scale is out / in

    bool is_same() const { return in == out && scale == 1 && crop_start == 0 && crop_end == 1; }
};

struct Rules {
    Mode mode = Mode::nearest;
    std::string_view coordinates{};
    std::string_view rounding{};
    double cubic = -0.75;
    bool excludes_outside = false;
    double extrapolation = 0;
};

/// Where output element `at` lies in the input.
double coordinate(const Rules& rules, const AxisPlan& axis, std::int64_t at) {
    const auto x = static_cast<double>(at);
    const auto in = static_cast<double>(axis.in);
    const auto out = static_cast<double>(axis.out);
    if (rules.coordinates == "align_corners") {
        // Of the whole length, before it is rounded down to elements: so do the published cases.
        const double length = in * axis.scale;
        return axis.out == 1 || length <= 1 ? 0 : x * (in - 1) / (length - 1);
    }
    if (rules.coordinates == "asymmetric") {
        return x / axis.scale;
    }
    if (rules.coordinates == "tf_half_pixel_for_nn") {
        return (x + 0.5) / axis.scale;
    }
    if (rules.coordinates == "tf_crop_and_resize") {
        if (axis.out == 1) {
            return 0.5 * (axis.crop_start + axis.crop_end) * (in - 1);
        }
        const double width = axis.crop_end - axis.crop_start;
        return axis.crop_start * (in - 1) + x * width * (in - 1) / (out - 1);
    }
    if (rules.coordinates == "pytorch_half_pixel" && axis.out == 1) {
        return 0;
    }
    return (x + 0.5) / axis.scale - 0.5;
}

/// The elements that an output element is made of.
struct Taps {
    std::array<double, taps_max> weights{};
    std::array<std::int64_t, taps_max> places{};
};

double nearest(const Rules& rules, double x) {
    if (rules.rounding == "floor") {
        return std::floor(x);
    }
    if (rules.rounding == "ceil") {
        return std::ceil(x);
    }
    return rules.rounding == "round_prefer_ceil" ? std::floor(x + 0.5) : std::ceil(x - 0.5);
}

std::array<double, taps_max> cubic_weights(double a, double t) {
    const auto outer = [&](double d) { return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a; };
    const auto inner = [&](double d) { return ((a + 2) * d - (a + 3)) * d * d + 1; };
    return {outer(t + 1), inner(t), inner(1 - t), outer(2 - t)};
}

Taps taps_at(const Rules& rules, const AxisPlan& axis, double x) {
    Taps out;
    double first = std::floor(x);
    switch (rules.mode) {
        case Mode::nearest:
            first = nearest(rules, x);
            out.weights = {1, 0, 0, 0};
            break;
        case Mode::linear:
            out.weights = {1 - (x - first), x - first, 0, 0};
            break;
        case Mode::cubic:
            out.weights = cubic_weights(rules.cubic, x - first);
            first -= 1;
            break;
    }
    double sum = 0;
    const auto last = static_cast<double>(axis.in - 1);
    for (std::size_t tap = 0; tap < taps_max; ++tap) {
        const double place = first + static_cast<double>(tap);
        const double inside = std::clamp(place, 0.0, last);
        if (rules.excludes_outside && place != inside) {
            out.weights[tap] = 0;
        }
        sum += out.weights[tap];
        out.places[tap] = static_cast<std::int64_t>(inside);
    }
    if (rules.excludes_outside && sum != 0) {
        for (double& weight : out.weights) {
            weight /= sum;
        }
    }
    return out;
}

/// The axis resized.
Value resized_axis(
    Call& c, const Rules& rules, const Value& x, std::size_t axis, const AxisPlan& plan
) {
    std::array<std::vector<double>, taps_max> weights;
    std::array<Integers, taps_max> places;
    std::vector<double> is_outside;
    for (std::int64_t at = 0; at < plan.out; ++at) {
        const double where = coordinate(rules, plan, at);
        const Taps taps = taps_at(rules, plan, where);
        for (std::size_t tap = 0; tap < taps_max; ++tap) {
            weights[tap].push_back(taps.weights[tap]);
            places[tap].push_back(taps.places[tap]);
        }
        is_outside.push_back(where < 0 || where > static_cast<double>(plan.in - 1) ? 1 : 0);
    }
    const std::size_t behind = x.rank() - axis;
    Integers column(behind, 1);
    column[0] = plan.out;
    const std::size_t count = rules.mode == Mode::nearest ? 1 : rules.mode == Mode::linear ? 2 : 4;
    Value sum;
    for (std::size_t tap = 0; tap < count; ++tap) {
        const Value picked = c.gather(x, c.integers(places[tap]), axis);
        if (rules.mode == Mode::nearest) {
            sum = picked;
            break;
        }
        const Value weight = c.reshape(c.numbers(x.dtype(), weights[tap]), column);
        sum = tap == 0 ? c.mul(picked, weight) : c.op(OpCode::fma, {picked, weight, sum});
    }
    if (rules.coordinates == "tf_crop_and_resize" && std::ranges::count(is_outside, 1) > 0) {
        const Value mask = c.reshape(c.numbers(DType::boolean, is_outside), column);
        sum = c.select(mask, c.scalar(x.dtype(), rules.extrapolation), sum);
    }
    return sum;
}

/// A positive number as a fraction of integers up to 2^31 - 1, if it is one.
std::optional<std::array<std::int64_t, 2>> fraction_of(const AxisPlan& axis) {
    if (axis.is_of_sizes) {
        return std::array{axis.out, axis.in};
    }
    double numerator = axis.scale;
    std::int64_t denominator = 1;
    while (numerator != std::floor(numerator) && denominator < (1 << 30)) {
        numerator *= 2;
        denominator *= 2;
    }
    if (numerator != std::floor(numerator) || numerator > static_cast<double>(dimension_max)) {
        return std::nullopt;
    }
    return std::array{static_cast<std::int64_t>(numerator), denominator};
}

template <std::size_t count>
std::int64_t number_of(const std::array<std::string_view, count>& names, std::string_view name) {
    return std::ranges::find(names, name) - names.begin();
}

/// The attributes of the VM's operator; nothing if it has not got the rule, or not so exactly.
std::optional<Integers> attributes_of(
    const Rules& rules, const std::vector<AxisPlan>& plan, DType dtype
) {
    constexpr std::array<std::string_view, 4> coordinates = {
        "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"
    };
    constexpr std::array<std::string_view, 4> roundings = {
        "round_prefer_floor", "round_prefer_ceil", "floor", "ceil"
    };
    const std::int64_t rule = number_of(coordinates, rules.coordinates);
    const std::int64_t rounding = number_of(roundings, rules.rounding);
    const bool has_type = rules.mode == Mode::nearest || (is_float(dtype) && dtype != DType::f64);
    if (rule == std::ssize(coordinates) || rounding == std::ssize(roundings) || !has_type) {
        return std::nullopt;
    }
    Integers out = {
        static_cast<std::int64_t>(rules.mode),
        rule,
        rounding,
        std::bit_cast<std::uint32_t>(static_cast<float>(rules.cubic)),
        rules.excludes_outside ? 1 : 0,
        0
    };
    for (const AxisPlan& axis : plan) {
        const auto fraction = fraction_of(axis);
        const bool is_whole =
            static_cast<double>(axis.out) == static_cast<double>(axis.in) * axis.scale;
        if (!fraction || axis.out == 0 ||
            (rules.coordinates == "align_corners" && !is_whole && !axis.is_of_sizes)) {
            return std::nullopt;
        }
        out.insert(out.end(), {axis.out, (*fraction)[0], (*fraction)[1], 0, 0});
    }
    return out;
}

Values resized(Call& c, const Rules& rules, const std::vector<AxisPlan>& plan) {
    const Value x = c.in(0);
    if (const auto attributes = attributes_of(rules, plan, x.dtype()); attributes && c.e.ok()) {
        return {c.op(OpCode::resize, {x}, *attributes)};
    }
    const bool through_f32 = rules.mode != Mode::nearest && !is_float(x.dtype());
    Value out = through_f32 ? c.cast(x, DType::f32) : x;
    for (std::size_t axis = 0; axis < plan.size() && c.e.ok(); ++axis) {
        if (!plan[axis].is_same()) {
            out = resized_axis(c, rules, out, axis, plan[axis]);
        }
    }
    return {through_f32 ? c.cast(out, x.dtype()) : out};
}

/// Sizes out of scales, or scales out of sizes. Nothing after an error.
std::vector<AxisPlan> plan_of(Call& c, const std::vector<double>& scales, const Integers& sizes) {
    const Value x = c.in(0);
    std::vector<AxisPlan> out;
    if ((sizes.empty() ? scales.size() : sizes.size()) != x.rank()) {
        c.fail("{} scales and {} sizes for {}", scales.size(), sizes.size(), x.type.text());
        return {};
    }
    for (std::size_t axis = 0; axis < x.rank(); ++axis) {
        AxisPlan plan{.in = Ops::dimension(x, axis), .is_of_sizes = !sizes.empty()};
        const auto in = static_cast<double>(plan.in);
        const double size =
            sizes.empty() ? std::floor(in * scales[axis]) : static_cast<double>(sizes[axis]);
        if (!(size >= 0 && size <= static_cast<double>(axis_size_max)) || plan.in == 0) {
            c.fail("axis {} of {} is to have {} elements", axis, x.type.text(), size);
            return {};
        }
        plan.out = static_cast<std::int64_t>(size);
        plan.scale = sizes.empty() ? scales[axis] : size / in;
        if (!(plan.scale > 0)) {
            c.fail("a scale of {}", plan.scale);
            return {};
        }
        out.push_back(plan);
    }
    return out;
}

std::optional<Mode> mode_of(Call& c) {
    const std::string_view mode = c.text("mode", "nearest");
    if (mode == "nearest") {
        return Mode::nearest;
    }
    if (mode == "linear" || mode == "bilinear" || mode == "trilinear") {
        return Mode::linear;
    }
    if (mode == "cubic") {
        return Mode::cubic;
    }
    c.fail("mode {}", mode);
    return std::nullopt;
}

Values upsample(Call& c) {
    const std::vector<double> scales = c.opset() < 9 ? c.reals_of("scales") : c.known_numbers(1);
    const auto mode = mode_of(c);
    if (!mode || !c.e.ok()) {
        return {};
    }
    const Rules rules{.mode = *mode, .coordinates = "asymmetric", .rounding = "floor"};
    return resized(c, rules, plan_of(c, scales, {}));
}

Values resize(Call& c) {
    const auto mode = mode_of(c);
    const bool has_sizes = c.has(3) && c.in(3).type.elements() > 0;
    const Integers sizes = has_sizes ? c.known_integers(3) : Integers{};
    const std::vector<double> scales = has_sizes ? std::vector<double>{} : c.known_numbers(2);
    if (!mode || !c.e.ok()) {
        return {};
    }
    const Rules rules{
        .mode = *mode,
        .coordinates = c.text("coordinate_transformation_mode", "half_pixel"),
        .rounding = c.text("nearest_mode", "round_prefer_floor"),
        .cubic = c.real("cubic_coeff_a", -0.75),
        .excludes_outside = c.integer("exclude_outside", 0) != 0,
        .extrapolation = c.real("extrapolation_value", 0),
    };
    std::vector<AxisPlan> plan = plan_of(c, scales, sizes);
    if (rules.coordinates == "tf_crop_and_resize") {
        const std::vector<double> region = c.known_numbers(1);
        if (region.size() != 2 * plan.size()) {
            return {c.fail("a region of {} numbers", region.size())};
        }
        for (std::size_t axis = 0; axis < plan.size(); ++axis) {
            plan[axis].crop_start = region[axis];
            plan[axis].crop_end = region[axis + plan.size()];
        }
    }
    return resized(c, rules, plan);
}

constexpr std::array rows = {
    LoweringRow{.op = "Upsample", .until = 9, .lower = upsample},
    LoweringRow{.op = "Resize", .since = 10, .until = 10, .lower = upsample},
    LoweringRow{.op = "Resize", .since = 11, .lower = resize},
};

}  // namespace

std::span<const LoweringRow> resize_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
