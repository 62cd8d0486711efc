// The section Resize.
#include "tests/oracle/operators.h"

namespace steelyard::oracle {

namespace {

struct Axis {
    Wide n = 0;  ///< elements in
    Wide m = 0;  ///< elements out
    Wide numerator = 1;
    Wide denominator = 1;
    Wide start = 0;
    Wide end = 0;
};

enum class Rule { half_pixel, pytorch_half_pixel, align_corners, asymmetric, crop };

struct Resizing {
    std::int64_t mode = 0;
    Rule rule = Rule::half_pixel;
    std::int64_t rounding = 0;
    double cubic = 0.0;
    bool exclude = false;
    float extrapolation = 0.0F;
    std::vector<Axis> axes{};
};

struct Coordinate {
    Wide p = 0;
    Wide q = 1;
};

struct Tap {
    std::uint64_t place = 0;
    float weight = 1.0F;
};

Wide floor_of(Wide p, Wide q) {
    return p >= 0 ? p / q : -((-p + q - 1) / q);
}

Wide ceil_of(Wide p, Wide q) {
    return -floor_of(-p, q);
}

Coordinate coordinate(Rule rule, const Axis& axis, Wide o) {
    const bool many = axis.m > 1;
    const Wide fraction = Wide{1} << 20;
    switch (rule) {
        case Rule::asymmetric:
            return {o * axis.denominator, axis.numerator};
        case Rule::align_corners:
            return many ? Coordinate{o * (axis.n - 1), axis.m - 1} : Coordinate{};
        case Rule::crop:
            if (many) {
                return {
                    (axis.n - 1) * (axis.start * (axis.m - 1) + (axis.end - axis.start) * o),
                    fraction * (axis.m - 1)
                };
            }
            return {(axis.n - 1) * (axis.start + axis.end), 2 * fraction};
        case Rule::pytorch_half_pixel:
            if (!many) {
                return {};
            }
            [[fallthrough]];
        default:
            return {(2 * o + 1) * axis.denominator - axis.numerator, 2 * axis.numerator};
    }
}

bool is_kept(const Resizing& resizing, const Axis& axis) {
    return axis.n == axis.m && axis.numerator == axis.denominator && resizing.rule != Rule::crop;
}

Wide held(Wide at, const Axis& axis) {
    return std::min(std::max<Wide>(at, 0), axis.n - 1);
}

Wide nearest_place(std::int64_t rounding, Coordinate at) {
    switch (rounding) {
        case 0:
            return ceil_of(2 * at.p - at.q, 2 * at.q);
        case 1:
            return floor_of(2 * at.p + at.q, 2 * at.q);
        case 2:
            return floor_of(at.p, at.q);
        default:
            return ceil_of(at.p, at.q);
    }
}

double far_weight(double a, double u) {
    return ((a * u - 5.0 * a) * u + 8.0 * a) * u - 4.0 * a;
}

double near_weight(double a, double t) {
    return ((a + 2.0) * t - (a + 3.0)) * t * t + 1.0;
}

std::vector<Tap> taps_of(const Resizing& resizing, const Axis& axis, Wide o) {
    if (is_kept(resizing, axis)) {
        return {{static_cast<std::uint64_t>(o), 1.0F}};
    }
    const Coordinate at = coordinate(resizing.rule, axis, o);
    if (resizing.mode == 0) {
        const Wide place = held(nearest_place(resizing.rounding, at), axis);
        return {{static_cast<std::uint64_t>(place), 1.0F}};
    }
    const Wide i = floor_of(at.p, at.q);
    const double t = static_cast<double>(at.p - i * at.q) / static_cast<double>(at.q);
    const double a = resizing.cubic;
    const bool linear = resizing.mode == 1;
    const Wide first = linear ? i : i - 1;
    std::vector<double> weights{1.0 - t, t};
    if (!linear) {
        weights = {
            far_weight(a, t + 1.0),
            near_weight(a, t),
            near_weight(a, 1.0 - t),
            far_weight(a, 2.0 - t)
        };
    }
    double sum = 0.0;
    for (std::size_t tap = 0; tap < weights.size(); ++tap) {
        const Wide place = first + static_cast<Wide>(tap);
        sum += place == held(place, axis) ? weights[tap] : 0.0;
    }
    std::vector<Tap> out;
    for (std::size_t tap = 0; tap < weights.size(); ++tap) {
        const Wide place = first + static_cast<Wide>(tap);
        if (resizing.exclude && place != held(place, axis)) {
            continue;
        }
        const auto weight =
            static_cast<float>(resizing.exclude ? weights[tap] / sum : weights[tap]);
        if (weight != 0.0F) {
            out.push_back({static_cast<std::uint64_t>(held(place, axis)), weight});
        }
    }
    return out;
}

/// The value along axis `axis` and those behind it, `before` the place along those before it.
float value_of(
    const Tensor& x,
    const std::vector<std::vector<Tap>>& taps,
    std::size_t axis,
    std::uint64_t before
) {
    if (axis == taps.size()) {
        return x.real(before);
    }
    float sum = 0.0F;
    bool first = true;
    for (const Tap& tap : taps[axis]) {
        const float value = value_of(x, taps, axis + 1, before * x.dims[axis] + tap.place);
        sum = first ? tap.weight * value : std::fma(tap.weight, value, sum);
        first = false;
    }
    return sum;
}

Resizing read(const Call& call) {
    const auto& in = call.attributes;
    Resizing out{
        .mode = in[0],
        .rule = static_cast<Rule>(in[1]),
        .rounding = in[2],
        .cubic = static_cast<double>(f32_of(static_cast<std::uint64_t>(in[3]))),
        .exclude = in[4] != 0,
        .extrapolation = f32_of(static_cast<std::uint64_t>(in[5])),
    };
    for (std::size_t axis = 0; axis < call.operands[0].dims.size(); ++axis) {
        const std::size_t at = 6 + 5 * axis;
        out.axes.push_back(
            {call.operands[0].dims[axis], in[at], in[at + 1], in[at + 2], in[at + 3], in[at + 4]}
        );
    }
    return out;
}

bool is_cropped(const Resizing& resizing, const Dims& place) {
    for (std::size_t axis = 0; axis < place.size(); ++axis) {
        const Axis& along = resizing.axes[axis];
        const Coordinate at = coordinate(resizing.rule, along, place[axis]);
        if (resizing.rule == Rule::crop && (at.p < 0 || at.p > (along.n - 1) * at.q)) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::optional<Applied> apply_resize(const Call& call) {
    if (call.op != "resize") {
        return std::nullopt;
    }
    const Tensor& x = call.operands[0];
    const Resizing resizing = read(call);
    Dims dims;
    for (const Axis& axis : resizing.axes) {
        dims.push_back(static_cast<std::uint64_t>(axis.m));
    }
    Applied out{.output = Tensor::zeros(x.kind, dims)};
    for (std::uint64_t index = 0; index < out.output.count(); ++index) {
        const Dims place = place_of(dims, index);
        if (is_cropped(resizing, place)) {
            out.output.set_real(index, resizing.extrapolation);
            continue;
        }
        std::vector<std::vector<Tap>> taps;
        for (std::size_t axis = 0; axis < place.size(); ++axis) {
            taps.push_back(taps_of(resizing, resizing.axes[axis], place[axis]));
        }
        if (resizing.mode != 0) {
            out.output.set_real(index, value_of(x, taps, 0, 0));
            continue;
        }
        Dims from;
        for (const auto& along : taps) {
            from.push_back(along[0].place);
        }
        if (resizing.rule == Rule::crop) {
            out.output.set_real(index, x.real(index_of(x.dims, from)));
            continue;
        }
        out.output.set_bits(index, x.bits(index_of(x.dims, from)));
    }
    return out;
}

}  // namespace steelyard::oracle
