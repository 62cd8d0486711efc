// The section Windows.
#include "tests/oracle/operators.h"

namespace steelyard::oracle {

namespace {

struct Geometry {
    std::size_t axes = 0;
    std::vector<std::int64_t> numbers{};  ///< window, stride, dilation, pad before, pad after
    Dims spatial{};                       ///< of the forward step's input
    Dims windows{};                       ///< how many along each axis
    Dims taps{};                          ///< how many along each axis
};

Geometry geometry_of(const Call& call, const Dims& spatial) {
    Geometry out{.axes = spatial.size(), .numbers = call.attributes, .spatial = spatial};
    for (std::size_t axis = 0; axis < out.axes; ++axis) {
        const std::int64_t* g = &call.attributes[5 * axis];
        const std::int64_t room =
            static_cast<std::int64_t>(spatial[axis]) + g[3] + g[4] - g[2] * (g[0] - 1) - 1;
        out.windows.push_back(static_cast<std::uint64_t>(room / g[1] + 1));
        out.taps.push_back(static_cast<std::uint64_t>(g[0]));
    }
    return out;
}

/// The number of a tap's place in its plane; -1 in the padding (P1).
std::int64_t tap_place(const Geometry& geometry, const Dims& window, const Dims& tap) {
    Dims place;
    for (std::size_t axis = 0; axis < geometry.axes; ++axis) {
        const std::int64_t* g = &geometry.numbers[5 * axis];
        const std::int64_t at = static_cast<std::int64_t>(window[axis]) * g[1] +
                                static_cast<std::int64_t>(tap[axis]) * g[2] - g[3];
        if (at < 0 || at >= static_cast<std::int64_t>(geometry.spatial[axis])) {
            return -1;
        }
        place.push_back(static_cast<std::uint64_t>(at));
    }
    return static_cast<std::int64_t>(index_of(geometry.spatial, place));
}

/// The places of a window's taps that are inside, in their order.
std::vector<std::int64_t> places_of(const Geometry& geometry, const Dims& window) {
    std::vector<std::int64_t> out;
    for (std::uint64_t tap = 0; tap < product(geometry.taps); ++tap) {
        const std::int64_t place = tap_place(geometry, window, place_of(geometry.taps, tap));
        if (place >= 0) {
            out.push_back(place);
        }
    }
    return out;
}

float divisor(const Geometry& geometry, std::size_t inside, bool count_padding) {
    const std::uint64_t n = count_padding ? product(geometry.taps) : inside;
    return static_cast<float>(std::max<std::uint64_t>(n, 1));
}

template <typename T>
void max_element(
    const Call& call,
    const std::vector<std::int64_t>& places,
    const std::vector<std::uint64_t>& elements,
    Tensor& out,
    std::uint64_t at
) {
    const Tensor& x = call.operands[0];
    T best{};
    if constexpr (std::is_same_v<T, Wide>) {
        best = least(x.kind);
    } else {
        best = -std::numeric_limits<T>::infinity();
    }
    std::int64_t index = -1;
    for (std::size_t tap = 0; tap < places.size(); ++tap) {
        const T value = x.get<T>(elements[tap]);
        if (index < 0) {
            best = value;
            index = places[tap];
            continue;
        }
        if (best == best && (value != value || value > best)) {
            index = places[tap];
        }
        best = greater_of<T>(best, value);
    }
    if (call.op == "max_pool") {
        out.set<T>(at, best);
    } else {
        out.set_integer(at, index);
    }
}

Applied pool(const Call& call) {
    const Tensor& x = call.operands[0];
    const std::size_t axes = x.dims.size() - 2;
    const Geometry geometry = geometry_of(call, {x.dims.begin() + 1, x.dims.end() - 1});
    const std::uint64_t channels = x.dims.back();
    Dims dims{x.dims[0]};
    dims.insert(dims.end(), geometry.windows.begin(), geometry.windows.end());
    dims.push_back(channels);
    const Kind kind = call.op == "max_pool_index" ? Kind::i64 : x.kind;
    Applied out{.output = Tensor::zeros(kind, dims)};
    for (std::uint64_t at = 0; at < out.output.count(); ++at) {
        const Dims place = place_of(dims, at);
        const auto places = places_of(geometry, {place.begin() + 1, place.end() - 1});
        std::vector<std::uint64_t> elements;
        for (const std::int64_t spot : places) {
            elements.push_back(
                (place[0] * product(geometry.spatial) + static_cast<std::uint64_t>(spot)) *
                    channels +
                place.back()
            );
        }
        if (call.op == "avg_pool") {
            float sum = 0.0F;
            for (const std::uint64_t element : elements) {
                sum = sum + x.real(element);
            }
            const bool padding = call.attributes[5 * axes] != 0;
            out.output.set_real(at, sum / divisor(geometry, places.size(), padding));
            continue;
        }
        by_kind(x.kind, [&]<typename T>(T) {
            max_element<T>(call, places, elements, out.output, at);
        });
    }
    return out;
}

Applied pool_grad(const Call& call) {
    const Tensor& dy = call.operands[0];
    const std::size_t axes = dy.dims.size() - 2;
    const bool is_max = call.op == "max_pool_grad";
    Dims spatial;
    for (std::size_t at = 5 * axes + (is_max ? 0 : 1); at < call.attributes.size(); ++at) {
        spatial.push_back(static_cast<std::uint64_t>(call.attributes[at]));
    }
    const Geometry geometry = geometry_of(call, spatial);
    const std::uint64_t channels = dy.dims.back();
    Dims dims{dy.dims[0]};
    dims.insert(dims.end(), spatial.begin(), spatial.end());
    dims.push_back(channels);
    // Windows in their order give to the places that they have a tap on; a sum for each place.
    std::vector<float> sums(product(dims), 0.0F);
    for (std::uint64_t at = 0; at < dy.count(); ++at) {
        const Dims place = place_of(dy.dims, at);
        const auto places = places_of(geometry, {place.begin() + 1, place.end() - 1});
        for (const std::int64_t spot : places) {
            if (is_max && call.operands[1].integer(at) != spot) {
                continue;
            }
            const bool padding = !is_max && call.attributes[5 * axes] != 0;
            const float given =
                is_max ? dy.real(at) : dy.real(at) / divisor(geometry, places.size(), padding);
            float& sum = sums
                [(place[0] * product(spatial) + static_cast<std::uint64_t>(spot)) * channels +
                 place.back()];
            sum = sum + given;
        }
    }
    Applied out{.output = Tensor::zeros(dy.kind, dims)};
    for (std::uint64_t at = 0; at < sums.size(); ++at) {
        out.output.set_real(at, sums[at]);
    }
    return out;
}

}  // namespace

std::optional<Applied> apply_window(const Call& call) {
    if (call.op == "max_pool" || call.op == "avg_pool" || call.op == "max_pool_index") {
        return pool(call);
    }
    if (call.op == "max_pool_grad" || call.op == "avg_pool_grad") {
        return pool_grad(call);
    }
    return std::nullopt;
}

}  // namespace steelyard::oracle
