// The section Indices.
#include "tests/oracle/operators.h"

#include <cstddef>

namespace steelyard::oracle {

namespace {

/// The place of an index into n elements; nothing if it is out of bounds.
std::optional<std::uint64_t> resolved(Wide index, std::uint64_t n) {
    if (index < 0) {
        index += n;
    }
    return index >= 0 && index < n ? std::optional(static_cast<std::uint64_t>(index))
                                   : std::nullopt;
}

Dims part(const Dims& dims, std::size_t first, std::size_t end) {
    return {
        dims.begin() + static_cast<std::ptrdiff_t>(first),
        dims.begin() + static_cast<std::ptrdiff_t>(end)
    };
}

Dims joined(Dims a, const Dims& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// Elements of x by places that a rule finds: nothing for a bad one.
template <typename Rule>
Applied gathered(const Tensor& x, const Dims& dims, const Rule& rule) {
    Applied out{.output = Tensor::zeros(x.kind, dims)};
    for (std::uint64_t at = 0; at < out.output.count(); ++at) {
        const std::optional<Dims> from = rule(place_of(dims, at));
        if (!from.has_value()) {
            out.bad_index = at;
            return out;
        }
        out.output.set_bits(at, x.bits(index_of(x.dims, *from)));
    }
    return out;
}

Applied gather(const Call& call) {
    const Tensor& x = call.operands[0];
    const Tensor& indices = call.operands[1];
    const auto axis = static_cast<std::size_t>(call.attributes[0]);
    const std::size_t end = axis + indices.dims.size();
    const Dims dims =
        joined(joined(part(x.dims, 0, axis), indices.dims), part(x.dims, axis + 1, x.dims.size()));
    return gathered(x, dims, [&](const Dims& place) -> std::optional<Dims> {
        const Wide index = indices.integer(index_of(indices.dims, part(place, axis, end)));
        const auto at = resolved(index, x.dims[axis]);
        if (!at) {
            return std::nullopt;
        }
        return joined(joined(part(place, 0, axis), {*at}), part(place, end, place.size()));
    });
}

Applied gather_elements(const Call& call) {
    const Tensor& x = call.operands[0];
    const Tensor& indices = call.operands[1];
    const auto axis = static_cast<std::size_t>(call.attributes[0]);
    return gathered(x, indices.dims, [&](Dims place) -> std::optional<Dims> {
        const auto at = resolved(indices.integer(index_of(indices.dims, place)), x.dims[axis]);
        if (!at) {
            return std::nullopt;
        }
        place[axis] = *at;
        return place;
    });
}

/// The places that the k indices from `first` name along the axes of x from `axis` on.
std::optional<Dims> tuple(
    const Tensor& x, const Tensor& indices, std::uint64_t first, std::size_t axis
) {
    Dims out;
    for (std::uint64_t at = 0; at < indices.dims.back(); ++at) {
        const auto place = resolved(indices.integer(first + at), x.dims[axis + at]);
        if (!place) {
            return std::nullopt;
        }
        out.push_back(*place);
    }
    return out;
}

Applied gather_nd(const Call& call) {
    const Tensor& x = call.operands[0];
    const Tensor& indices = call.operands[1];
    const auto batch = static_cast<std::size_t>(call.attributes[0]);
    const std::size_t outer = indices.dims.size() - 1;
    const Dims dims = joined(
        part(indices.dims, 0, outer), part(x.dims, batch + indices.dims.back(), x.dims.size())
    );
    return gathered(x, dims, [&](const Dims& place) -> std::optional<Dims> {
        const std::uint64_t first = index_of(indices.dims, joined(part(place, 0, outer), {0}));
        const auto middle = tuple(x, indices, first, batch);
        if (!middle) {
            return std::nullopt;
        }
        return joined(joined(part(place, 0, batch), *middle), part(place, outer, place.size()));
    });
}

template <typename T>
T combined(std::int64_t mode, T a, T b) {
    switch (mode) {
        case 1:
            return a + b;
        case 2:
            if constexpr (std::is_same_v<T, Wide>) {
                __extension__ using Natural = unsigned __int128;
                return static_cast<Wide>(static_cast<Natural>(a) * static_cast<Natural>(b));
            } else {
                return a * b;
            }
        case 3:
            return lesser_of<T>(a, b);
        default:
            return greater_of<T>(a, b);
    }
}

/// The element `at` of the output: x's with the updates of these numbers, in order.
void scatter_element(
    const Call& call,
    std::int64_t mode,
    std::uint64_t at,
    const std::vector<std::uint64_t>& chosen,
    Tensor& out
) {
    const Tensor& x = call.operands[0];
    const Tensor& updates = call.operands[2];
    out.set_bits(at, x.bits(at));
    if (mode == 0 && !chosen.empty()) {
        out.set_bits(at, updates.bits(chosen.back()));
    }
    if (mode == 0 || chosen.empty()) {
        return;
    }
    by_kind(x.kind, [&]<typename T>(T) {
        Tensor one =
            Tensor::zeros(x.kind == Kind::f64 || !is_float(x.kind) ? x.kind : Kind::f32, {1});
        one.set<T>(0, x.get<T>(at));
        for (const std::uint64_t update : chosen) {
            one.set<T>(0, combined<T>(mode, one.get<T>(0), updates.get<T>(update)));
        }
        out.set<T>(at, one.get<T>(0));
    });
}

Applied scatter_elements(const Call& call) {
    const Tensor& x = call.operands[0];
    const Tensor& indices = call.operands[1];
    const auto axis = static_cast<std::size_t>(call.attributes[0]);
    Applied out{.output = Tensor::zeros(x.kind, x.dims)};
    for (std::uint64_t at = 0; at < x.count(); ++at) {
        const Dims place = place_of(x.dims, at);
        bool covered = true;
        for (std::size_t other = 0; other < place.size(); ++other) {
            covered = covered && (other == axis || place[other] < indices.dims[other]);
        }
        std::vector<std::uint64_t> chosen;
        for (std::uint64_t along = 0; covered && along < indices.dims[axis]; ++along) {
            Dims from = place;
            from[axis] = along;
            const std::uint64_t update = index_of(indices.dims, from);
            const auto target = resolved(indices.integer(update), x.dims[axis]);
            if (!target) {
                out.bad_index = at;
                return out;
            }
            if (*target == place[axis]) {
                chosen.push_back(update);
            }
        }
        scatter_element(call, call.attributes[1], at, chosen, out.output);
    }
    return out;
}

Applied scatter_nd(const Call& call) {
    const Tensor& x = call.operands[0];
    const Tensor& indices = call.operands[1];
    const std::size_t k = indices.dims.back();
    const std::uint64_t slice = product(part(x.dims, k, x.dims.size()));
    Applied out{.output = Tensor::zeros(x.kind, x.dims)};
    for (std::uint64_t at = 0; at < x.count(); ++at) {
        const Dims wanted = part(place_of(x.dims, at), 0, k);
        std::vector<std::uint64_t> chosen;
        for (std::uint64_t number = 0; number < indices.rows(); ++number) {
            const auto target = tuple(x, indices, number * k, 0);
            if (!target) {
                out.bad_index = at;
                return out;
            }
            if (*target == wanted) {
                chosen.push_back(number * slice + at % slice);
            }
        }
        scatter_element(call, call.attributes[0], at, chosen, out.output);
    }
    return out;
}

/// u * 2^bits to the nearest integer, held within i64.
Wide fixed(float u, int bits) {
    if (u != u) {
        return 0;
    }
    const double scaled = std::rint(std::ldexp(static_cast<double>(u), bits));
    if (std::fabs(scaled) >= 0x1p63) {
        return scaled > 0 ? greatest(Kind::i64) : least(Kind::i64);
    }
    return static_cast<Wide>(scaled);
}

Applied scatter_add(const Call& call) {
    const Tensor& x = call.operands[0];
    const Tensor& indices = call.operands[1];
    const Tensor& updates = call.operands[2];
    const int bits = static_cast<int>(call.attributes[0]);
    Applied out{.output = Tensor::zeros(x.kind, x.dims)};
    for (std::uint64_t at = 0; at < x.count(); ++at) {
        const std::uint64_t row = at / x.dims[1];
        std::uint64_t sum = 0;
        bool any = false;
        for (std::uint64_t j = 0; j < indices.count(); ++j) {
            const auto target = resolved(indices.integer(j), x.dims[0]);
            if (!target) {
                out.bad_index = at;
                return out;
            }
            if (*target == row) {
                any = true;
                sum += static_cast<std::uint64_t>(
                    fixed(updates.real(j * x.dims[1] + at % x.dims[1]), bits)
                );
            }
        }
        out.output.set_bits(at, x.bits(at));
        if (any) {
            const auto whole = static_cast<float>(static_cast<std::int64_t>(sum));
            out.output.set_real(at, x.real(at) + std::ldexp(whole, -bits));
        }
    }
    return out;
}

Applied dynamic(const Call& call) {
    const Tensor& x = call.operands[0];
    const bool update = call.op == "dynamic_update";
    const Tensor& starts = call.operands.back();
    Dims size;
    Dims first;
    bool bad = false;
    for (std::size_t axis = 0; axis < x.dims.size(); ++axis) {
        size.push_back(
            update ? call.operands[1].dims[axis] : static_cast<std::uint64_t>(call.attributes[axis])
        );
        const Wide start = starts.integer(axis);
        bad = bad || start < 0 || start > Wide{x.dims[axis]} - Wide{size[axis]};
        first.push_back(static_cast<std::uint64_t>(start));
    }
    Applied out{.output = update ? x : Tensor::zeros(x.kind, size)};
    if (bad) {
        out.bad_index = out.output.count() > 0 ? std::optional<std::uint64_t>(0) : std::nullopt;
        return out;
    }
    for (std::uint64_t at = 0; at < product(size); ++at) {
        Dims place = place_of(size, at);
        for (std::size_t axis = 0; axis < place.size(); ++axis) {
            place[axis] += first[axis];
        }
        const std::uint64_t there = index_of(x.dims, place);
        if (update) {
            out.output.set_bits(there, call.operands[1].bits(at));
        } else {
            out.output.set_bits(at, x.bits(there));
        }
    }
    return out;
}

}  // namespace

std::optional<Applied> apply_index(const Call& call) {
    if (call.op == "gather") {
        return gather(call);
    }
    if (call.op == "gather_elements") {
        return gather_elements(call);
    }
    if (call.op == "gather_nd") {
        return gather_nd(call);
    }
    if (call.op == "scatter_elements") {
        return scatter_elements(call);
    }
    if (call.op == "scatter_nd") {
        return scatter_nd(call);
    }
    if (call.op == "scatter_add") {
        return scatter_add(call);
    }
    if (call.op == "dynamic_slice" || call.op == "dynamic_update") {
        return dynamic(call);
    }
    return std::nullopt;
}

}  // namespace steelyard::oracle
