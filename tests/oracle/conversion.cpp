// E4 and E5: operators that change the type of elements, or read several.
#include "tests/oracle/operators.h"

#include <functional>

namespace steelyard::oracle {

namespace {

Wide held(Wide value, Kind kind) {
    return std::min(std::max(value, least(kind)), greatest(kind));
}

/// A5: towards zero, held within the kind, 0 of a NaN.
Wide truncated(double value, Kind kind) {
    if (value != value) {
        return 0;
    }
    if (std::fabs(value) >= 0x1p100) {
        return value > 0 ? greatest(kind) : least(kind);
    }
    return held(static_cast<Wide>(value), kind);
}

/// As a value that long double holds exactly.
long double exactly(Wide value) {
    return value < 0 ? -static_cast<long double>(static_cast<std::uint64_t>(-value))
                     : static_cast<long double>(static_cast<std::uint64_t>(value));
}

void cast_element(const Tensor& x, Tensor& out, std::uint64_t at) {
    if (is_float(x.kind)) {
        const double value = x.real64(at);
        if (out.kind == Kind::boolean) {
            out.set_bits(at, value != 0.0 ? 1 : 0);
        } else if (is_float(out.kind)) {
            out.set_real64(at, value);
        } else {
            out.set_integer(at, truncated(value, out.kind));
        }
        return;
    }
    const Wide value = x.integer(at);
    if (out.kind == Kind::boolean) {
        out.set_bits(at, value != 0 ? 1 : 0);
    } else if (is_float(out.kind)) {
        out.set_bits(at, nearest(out.kind, exactly(value)));
    } else {
        out.set_integer(at, value);
    }
}

void quantise_element(
    const std::vector<Tensor>& in, const Dims& place, Tensor& out, std::uint64_t at
) {
    const float q = in[0].real(at) / in[1].real(broadcast_index(in[1], place));
    const Wide zero = in[2].integer(broadcast_index(in[2], place));
    Wide n = 0;
    if (q == q) {
        const float rounded = std::rint(std::fmin(std::fmax(q, -0x1p40F), 0x1p40F));
        n = static_cast<Wide>(rounded);
    }
    out.set_integer(at, held(n + zero, out.kind));
}

void dequantise_element(
    const std::vector<Tensor>& in, const Dims& place, Tensor& out, std::uint64_t at
) {
    const Wide difference = in[0].integer(at) - in[2].integer(broadcast_index(in[2], place));
    const auto rounded = static_cast<float>(static_cast<std::int64_t>(difference));
    out.set_real(at, rounded * in[1].real(broadcast_index(in[1], place)));
}

void requantise_element(
    const std::vector<Tensor>& in, const Dims& place, Tensor& out, std::uint64_t at
) {
    const Wide multiplier = in[1].integer(broadcast_index(in[1], place));
    const Wide asked = in[2].integer(broadcast_index(in[2], place));
    const auto shift = static_cast<int>(std::min<Wide>(std::max<Wide>(asked, 0), 62));
    const Wide half = shift == 0 ? 0 : Wide{1} << (shift - 1);
    const Wide moved = (in[0].integer(at) * multiplier + half) >> shift;
    out.set_integer(at, held(moved + in[3].integer(broadcast_index(in[3], place)), out.kind));
}

template <typename Rule>
Applied each(const Call& call, Kind kind, const Dims& dims, const Rule& rule) {
    Applied out{.output = Tensor::zeros(kind, dims)};
    for (std::uint64_t at = 0; at < out.output.count(); ++at) {
        rule(call.operands, place_of(dims, at), out.output, at);
    }
    return out;
}

void select_element(
    const std::vector<Tensor>& in, const Dims& place, Tensor& out, std::uint64_t at
) {
    const bool first = in[0].bits(broadcast_index(in[0], place)) != 0;
    const Tensor& from = first ? in[1] : in[2];
    out.set_bits(at, from.bits(broadcast_index(from, place)));
}

}  // namespace

std::optional<Applied> apply_conversion(const Call& call) {
    const auto& in = call.operands;
    if (call.op == "select") {
        return each(call, in[1].kind, broadcast_dims(in), select_element);
    }
    if (call.op == "cast" || call.op == "bitcast") {
        Applied out{.output = Tensor::zeros(static_cast<Kind>(call.attributes[0]), in[0].dims)};
        if (call.op == "bitcast") {
            out.output.bytes = in[0].bytes;
            return out;
        }
        for (std::uint64_t at = 0; at < out.output.count(); ++at) {
            cast_element(in[0], out.output, at);
        }
        return out;
    }
    if (call.op == "quantise") {
        return each(call, in[2].kind, in[0].dims, quantise_element);
    }
    if (call.op == "dequantise") {
        return each(call, Kind::f32, in[0].dims, dequantise_element);
    }
    if (call.op == "requantise") {
        return each(call, in[3].kind, in[0].dims, requantise_element);
    }
    return std::nullopt;
}

}  // namespace steelyard::oracle
