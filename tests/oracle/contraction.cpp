// The section Contractions.
#include "tests/oracle/elementary.h"
#include "tests/oracle/operators.h"

namespace steelyard::oracle {

namespace {

/// K1.
float dot(const std::vector<float>& a, const std::vector<float>& b) {
    float result = 0.0F;
    for (std::size_t chunk = 0; chunk < a.size(); chunk += 512) {
        float s = 0.0F;
        for (std::size_t k = chunk; k < std::min(chunk + 512, a.size()); ++k) {
            s = std::fma(a[k], b[k], s);
        }
        result = chunk == 0 ? s : result + s;
    }
    return result;
}

std::vector<float> reals(const Tensor& x, std::uint64_t first, std::uint64_t count) {
    std::vector<float> out;
    for (std::uint64_t at = first; at < first + count; ++at) {
        out.push_back(x.real(at));
    }
    return out;
}

/// K2.
float epilogue(const Call& call, std::int64_t activation, std::uint64_t column, float value) {
    if (call.operands.size() > 2) {
        value = value + call.operands[2].real(column);
    }
    return activation == 0
               ? value
               : function_of(operator_name(static_cast<std::uint64_t>(activation)), value);
}

Wide integer_dot(
    const Tensor& a,
    std::uint64_t a_first,
    const Tensor& b,
    std::uint64_t b_first,
    std::uint64_t length,
    const std::vector<std::int64_t>& zeros
) {
    Wide sum = 0;
    for (std::uint64_t k = 0; k < length; ++k) {
        sum += (a.integer(a_first + k) - zeros[0]) * (b.integer(b_first + k) - zeros[1]);
    }
    return sum;
}

struct Fixed {
    bool finite = true;
    int exponent = 0;
    std::vector<Wide> values{};
};

/// K5: a row in fixed point.
Fixed fixed_row(const Tensor& x, std::uint64_t first, std::uint64_t count, int bits) {
    Fixed out;
    float greatest_magnitude = 0.0F;
    for (const float value : reals(x, first, count)) {
        out.finite = out.finite && std::isfinite(value);
        greatest_magnitude = std::fmax(greatest_magnitude, std::fabs(value));
    }
    if (!out.finite) {
        return out;
    }
    if (greatest_magnitude > 0.0F) {
        static_cast<void>(std::frexp(greatest_magnitude, &out.exponent));
    }
    const Wide most = (Wide{1} << bits) - 1;
    for (const float value : reals(x, first, count)) {
        const double scaled = std::ldexp(static_cast<double>(value), bits - out.exponent);
        const auto q = static_cast<Wide>(std::rint(scaled));
        out.values.push_back(std::min(std::max(q, -most), most));
    }
    return out;
}

float fixed_dot(const Fixed& a, const Fixed& b, int bits) {
    if (!a.finite || !b.finite) {
        return std::numeric_limits<float>::quiet_NaN();
    }
    Wide sum = 0;
    for (std::size_t k = 0; k < a.values.size(); ++k) {
        sum += a.values[k] * b.values[k];
    }
    const auto exact = static_cast<long double>(static_cast<std::int64_t>(sum));
    return static_cast<float>(std::ldexp(exact, a.exponent + b.exponent - 2 * bits));
}

Applied gemm(const Call& call) {
    const Tensor& a = call.operands[0];
    const Tensor& b = call.operands[1];
    const std::uint64_t length = a.dims.back();
    const std::uint64_t m_count = a.dims[a.dims.size() - 2];
    const std::uint64_t n_count = b.dims[b.dims.size() - 2];
    Dims dims = a.dims;
    dims.back() = n_count;
    const bool is_i8 = call.op == "gemm_i8";
    const bool is_f32 = call.op == "gemm_f32";
    const Kind kind =
        is_i8 ? Kind::i32 : (is_f32 ? static_cast<Kind>(call.attributes[1]) : Kind::f32);
    Applied out{.output = Tensor::zeros(kind, dims)};
    for (std::uint64_t at = 0; at < out.output.count(); ++at) {
        const std::uint64_t n = at % n_count;
        const std::uint64_t row = at / n_count;
        const std::uint64_t a_first = row * length;
        const std::uint64_t batch = b.dims.size() == 2 ? 0 : row / m_count;
        const std::uint64_t b_first = (batch * n_count + n) * length;
        if (is_i8) {
            Wide sum = integer_dot(a, a_first, b, b_first, length, call.attributes);
            sum += call.operands.size() > 2 ? call.operands[2].integer(n) : 0;
            out.output.set_integer(at, sum);
        } else if (is_f32) {
            const float sum = dot(reals(a, a_first, length), reals(b, b_first, length));
            out.output.set_real(at, epilogue(call, call.attributes[0], n, sum));
        } else {
            const int bits = static_cast<int>(call.attributes[0]);
            out.output.set_real(
                at,
                fixed_dot(
                    fixed_row(a, a_first, length, bits), fixed_row(b, b_first, length, bits), bits
                )
            );
        }
    }
    return out;
}

/// What a convolution's output element is made of: elements of x (-1: padding) by elements of w.
struct Products {
    std::vector<Wide> x{};
    std::vector<std::uint64_t> w{};
};

Products products_of(const Call& call, std::int64_t groups, const Dims& place) {
    const Tensor& x = call.operands[0];
    const Tensor& w = call.operands[1];
    const std::size_t axes = x.dims.size() - 2;
    const std::uint64_t channels = w.dims.back();
    const std::uint64_t per_group = w.dims[0] / static_cast<std::uint64_t>(groups);
    const std::uint64_t group = place.back() / per_group;
    const Dims window(w.dims.begin() + 1, w.dims.end() - 1);
    Products out;
    for (std::uint64_t tap = 0; tap < product(window); ++tap) {
        const Dims t = place_of(window, tap);
        bool inside = true;
        Dims from{place[0]};
        for (std::size_t axis = 0; axis < axes; ++axis) {
            const std::int64_t* geometry = &call.attributes[5 * axis];
            const Wide at =
                Wide{place[1 + axis]} * geometry[1] + Wide{t[axis]} * geometry[2] - geometry[3];
            inside = inside && at >= 0 && at < x.dims[1 + axis];
            from.push_back(static_cast<std::uint64_t>(at));
        }
        for (std::uint64_t c = 0; c < channels; ++c) {
            Dims element = from;
            element.push_back(group * channels + c);
            out.x.push_back(inside ? Wide{index_of(x.dims, element)} : Wide{-1});
            out.w.push_back((place.back() * product(window) + tap) * channels + c);
        }
    }
    return out;
}

Applied conv(const Call& call) {
    const Tensor& x = call.operands[0];
    const Tensor& w = call.operands[1];
    const std::size_t axes = x.dims.size() - 2;
    const bool is_i8 = call.op == "conv_i8";
    Dims dims{x.dims[0]};
    for (std::size_t axis = 0; axis < axes; ++axis) {
        const std::int64_t* geometry = &call.attributes[5 * axis];
        const std::int64_t room = static_cast<std::int64_t>(x.dims[1 + axis]) + geometry[3] +
                                  geometry[4] - geometry[2] * (geometry[0] - 1) - 1;
        dims.push_back(static_cast<std::uint64_t>(room / geometry[1] + 1));
    }
    dims.push_back(w.dims[0]);
    const std::int64_t* rest = &call.attributes[5 * axes];
    Applied out{.output = Tensor::zeros(is_i8 ? Kind::i32 : static_cast<Kind>(rest[2]), dims)};
    for (std::uint64_t at = 0; at < out.output.count(); ++at) {
        const Dims place = place_of(dims, at);
        const Products products = products_of(call, rest[0], place);
        if (is_i8) {
            Wide sum = call.operands.size() > 2 ? call.operands[2].integer(place.back()) : 0;
            for (std::size_t k = 0; k < products.x.size(); ++k) {
                if (products.x[k] >= 0) {
                    sum += (x.integer(static_cast<std::uint64_t>(products.x[k])) - rest[1]) *
                           (w.integer(products.w[k]) - rest[2]);
                }
            }
            out.output.set_integer(at, sum);
            continue;
        }
        std::vector<float> a;
        std::vector<float> b;
        for (std::size_t k = 0; k < products.x.size(); ++k) {
            const Wide from = products.x[k];
            a.push_back(from < 0 ? 0.0F : x.real(static_cast<std::uint64_t>(from)));
            b.push_back(w.real(products.w[k]));
        }
        out.output.set_real(at, epilogue(call, rest[1], place.back(), dot(a, b)));
    }
    return out;
}

/// The number of a mask's element for query row `row` (of all batches) and key t.
float mask_of(const Tensor& mask, std::uint64_t row, std::uint64_t rows, std::uint64_t t) {
    const std::uint64_t line = mask.dims.size() == 2 ? row % rows : row;
    return mask.real(line * mask.dims.back() + t);
}

/// K8: one row of the state.
std::vector<float> attention_row(const Call& call, std::uint64_t row) {
    const Tensor& q = call.operands[0];
    const Tensor& k = call.operands[1];
    const Tensor& v = call.operands[2];
    const std::uint64_t s_count = q.dims[1];
    const std::uint64_t keys = k.dims[1];
    const std::uint64_t depth = q.dims[2];
    const std::uint64_t e_count = v.dims[2];
    const std::uint64_t batch = row / s_count;
    const bool has_state = call.attributes[1] != 0;
    const bool has_mask = call.operands.size() > (has_state ? 4U : 3U);
    std::vector<float> state(e_count + 2, 0.0F);
    state[0] = -std::numeric_limits<float>::infinity();
    if (has_state) {
        state = reals(call.operands[3], row * (e_count + 2), e_count + 2);
    }
    const float scale = f32_of(static_cast<std::uint64_t>(call.attributes[0]));
    std::vector<float> scores;
    float m = state[0];
    for (std::uint64_t t = 0; t < keys; ++t) {
        float score =
            dot(reals(q, row * depth, depth), reals(k, (batch * keys + t) * depth, depth));
        score = score * scale;
        if (has_mask) {
            score = score + mask_of(call.operands.back(), row, s_count, t);
        }
        scores.push_back(score);
        m = greater_of(m, score);
    }
    std::vector<float> weights(keys, 0.0F);
    float r = 1.0F;
    if (m != -std::numeric_limits<float>::infinity()) {
        for (std::uint64_t t = 0; t < keys; ++t) {
            weights[t] = exp_of(scores[t] - m);
        }
        r = exp_of(state[0] - m);
    }
    std::vector<float> out{m, std::fma(state[1], r, tree(weights))};
    for (std::uint64_t e = 0; e < e_count; ++e) {
        float chain = state[2 + e] * r;
        for (std::uint64_t t = 0; t < keys; ++t) {
            chain = std::fma(weights[t], v.real((batch * keys + t) * e_count + e), chain);
        }
        out.push_back(chain);
    }
    return out;
}

Applied attention(const Call& call) {
    const Tensor& first = call.operands[0];
    Dims dims = first.dims;
    const bool finish = call.op == "attention_finish";
    dims.back() = finish ? dims.back() - 2 : call.operands[2].dims[2] + 2;
    Applied out{.output = Tensor::zeros(Kind::f32, dims)};
    for (std::uint64_t row = 0; row < first.rows(); ++row) {
        if (!finish) {
            const std::vector<float> values = attention_row(call, row);
            for (std::uint64_t at = 0; at < values.size(); ++at) {
                out.output.set_real(row * values.size() + at, values[at]);
            }
            continue;
        }
        const std::uint64_t start = row * first.columns();
        const float l = first.real(start + 1);
        for (std::uint64_t e = 0; e < dims.back(); ++e) {
            out.output.set_real(
                row * dims.back() + e, l == 0.0F ? 0.0F : first.real(start + 2 + e) / l
            );
        }
    }
    return out;
}

}  // namespace

std::optional<Applied> apply_contraction(const Call& call) {
    if (call.op.starts_with("gemm_")) {
        return gemm(call);
    }
    if (call.op.starts_with("conv_")) {
        return conv(call);
    }
    if (call.op.starts_with("attention_")) {
        return attention(call);
    }
    return std::nullopt;
}

}  // namespace steelyard::oracle
