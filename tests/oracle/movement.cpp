// The section Movement: elements change places, or none at all.
#include "tests/oracle/operators.h"

#include <functional>

namespace steelyard::oracle {

namespace {

using Signed = std::int64_t;
using SignedPlace = std::vector<Wide>;

Dims dims_of(const std::vector<std::int64_t>& attributes, std::size_t first) {
    Dims out;
    for (std::size_t at = first; at < attributes.size(); ++at) {
        out.push_back(static_cast<std::uint64_t>(attributes[at]));
    }
    return out;
}

/// Each element of the output is the element of x that `rule` names, or `otherwise` bits.
Applied moved(
    const Tensor& x,
    Dims dims,
    const std::function<std::optional<std::uint64_t>(const Dims&)>& rule,
    std::uint64_t otherwise = 0
) {
    Applied out{.output = Tensor::zeros(x.kind, std::move(dims))};
    for (std::uint64_t at = 0; at < out.output.count(); ++at) {
        const auto from = rule(place_of(out.output.dims, at));
        out.output.set_bits(at, from.has_value() ? x.bits(*from) : otherwise);
    }
    return out;
}

/// The element at a place that may be outside; nothing if it is.
std::optional<std::uint64_t> inside(const Dims& dims, const SignedPlace& place) {
    Dims within;
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
        if (place[axis] < 0 || place[axis] >= dims[axis]) {
            return std::nullopt;
        }
        within.push_back(static_cast<std::uint64_t>(place[axis]));
    }
    return index_of(dims, within);
}

Applied transpose(const Call& call) {
    const Tensor& x = call.operands[0];
    Dims dims;
    for (const Signed axis : call.attributes) {
        dims.push_back(x.dims[static_cast<std::size_t>(axis)]);
    }
    return moved(x, dims, [&](const Dims& place) {
        Dims from(place.size());
        for (std::size_t axis = 0; axis < place.size(); ++axis) {
            from[static_cast<std::size_t>(call.attributes[axis])] = place[axis];
        }
        return index_of(x.dims, from);
    });
}

Applied slice(const Call& call) {
    const Tensor& x = call.operands[0];
    Dims dims;
    for (std::size_t axis = 0; axis < x.dims.size(); ++axis) {
        dims.push_back(static_cast<std::uint64_t>(call.attributes[3 * axis + 2]));
    }
    return moved(x, dims, [&](const Dims& place) {
        SignedPlace from;
        for (std::size_t axis = 0; axis < place.size(); ++axis) {
            const Wide step = call.attributes[3 * axis + 1];
            from.push_back(call.attributes[3 * axis] + step * place[axis]);
        }
        return inside(x.dims, from);
    });
}

Applied concat(const Call& call) {
    const auto axis = static_cast<std::size_t>(call.attributes[0]);
    Dims dims = call.operands[0].dims;
    dims[axis] = 0;
    for (const Tensor& operand : call.operands) {
        dims[axis] += operand.dims[axis];
    }
    Applied out{.output = Tensor::zeros(call.operands[0].kind, dims)};
    std::uint64_t before = 0;
    for (const Tensor& operand : call.operands) {
        for (std::uint64_t at = 0; at < operand.count(); ++at) {
            Dims place = place_of(operand.dims, at);
            place[axis] += before;
            out.output.set_bits(index_of(dims, place), operand.bits(at));
        }
        before += operand.dims[axis];
    }
    return out;
}

/// Where a coordinate of the padded axis comes from; -1: from nowhere.
Wide pad_source(Signed mode, Wide p, Wide n, Wide interior) {
    if (mode == 0) {
        return p >= 0 && p % (interior + 1) == 0 && p / (interior + 1) < n ? p / (interior + 1)
                                                                           : -1;
    }
    if (mode == 1) {
        if (p < 0) {
            return -p;
        }
        return p < n ? p : 2 * (n - 1) - p;
    }
    return std::min(std::max<Wide>(p, 0), n - 1);
}

Applied pad(const Call& call) {
    const Tensor& x = call.operands[0];
    const auto attribute = [&](std::size_t axis, std::size_t which) {
        return call.attributes[1 + 3 * axis + which];
    };
    Dims dims;
    for (std::size_t axis = 0; axis < x.dims.size(); ++axis) {
        const auto n = static_cast<Signed>(x.dims[axis]);
        const Signed between = std::max<Signed>(n - 1, 0) * attribute(axis, 2);
        dims.push_back(
            static_cast<std::uint64_t>(attribute(axis, 0) + n + attribute(axis, 1) + between)
        );
    }
    return moved(
        x,
        dims,
        [&](const Dims& place) {
            SignedPlace from;
            for (std::size_t axis = 0; axis < place.size(); ++axis) {
                const Wide p = Wide{place[axis]} - attribute(axis, 0);
                from.push_back(pad_source(call.attributes[0], p, x.dims[axis], attribute(axis, 2)));
            }
            return inside(x.dims, from);
        },
        call.operands[1].bits(0)
    );
}

Applied iota(const Call& call) {
    const auto axis = static_cast<std::size_t>(call.attributes[1]);
    const auto kind = static_cast<Kind>(call.attributes[0]);
    Applied out{.output = Tensor::zeros(kind, dims_of(call.attributes, 2))};
    for (std::uint64_t at = 0; at < out.output.count(); ++at) {
        const std::uint64_t index = place_of(out.output.dims, at)[axis];
        if (is_float(kind)) {
            out.output.set_real(at, static_cast<float>(index));
        } else {
            out.output.set_integer(at, index);
        }
    }
    return out;
}

Applied im2col(const Call& call) {
    const Tensor& x = call.operands[0];
    const std::size_t axes = x.dims.size() - 2;
    const auto attribute = [&](std::size_t axis, std::size_t which) {
        return call.attributes[5 * axis + which];
    };
    Dims dims{x.dims[0]};
    for (std::size_t axis = 0; axis < axes; ++axis) {
        const Signed size = static_cast<Signed>(x.dims[1 + axis]) + attribute(axis, 3) +
                            attribute(axis, 4) - attribute(axis, 2) * (attribute(axis, 0) - 1) - 1;
        dims.push_back(static_cast<std::uint64_t>(size / attribute(axis, 1) + 1));
    }
    for (std::size_t axis = 0; axis < axes; ++axis) {
        dims.push_back(static_cast<std::uint64_t>(attribute(axis, 0)));
    }
    dims.push_back(x.dims.back());
    return moved(x, dims, [&](const Dims& place) {
        SignedPlace from{place[0]};
        for (std::size_t axis = 0; axis < axes; ++axis) {
            from.push_back(
                Wide{place[1 + axis]} * attribute(axis, 1) +
                Wide{place[1 + axes + axis]} * attribute(axis, 2) - attribute(axis, 3)
            );
        }
        from.push_back(place.back());
        return inside(x.dims, from);
    });
}

}  // namespace

std::optional<Applied> apply_movement(const Call& call) {
    if (call.op == "reshape") {
        Applied out{.output = call.operands[0]};
        out.output.dims = dims_of(call.attributes, 0);
        return out;
    }
    if (call.op == "broadcast") {
        const Tensor& x = call.operands[0];
        return moved(x, dims_of(call.attributes, 0), [&](const Dims& place) {
            return broadcast_index(x, place);
        });
    }
    if (call.op == "transpose") {
        return transpose(call);
    }
    if (call.op == "slice") {
        return slice(call);
    }
    if (call.op == "concat") {
        return concat(call);
    }
    if (call.op == "pad") {
        return pad(call);
    }
    if (call.op == "iota") {
        return iota(call);
    }
    if (call.op == "im2col") {
        return im2col(call);
    }
    return std::nullopt;
}

}  // namespace steelyard::oracle
