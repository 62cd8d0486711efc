// The section Along the last axis.
#include "tests/oracle/elementary.h"
#include "tests/oracle/operators.h"

#include <algorithm>
#include <numeric>

namespace steelyard::oracle {

namespace {

__extension__ using Natural = unsigned __int128;

template <typename T>
std::vector<T> row_of(const Tensor& x, std::uint64_t row) {
    std::vector<T> out;
    for (std::uint64_t column = 0; column < x.columns(); ++column) {
        out.push_back(x.get<T>(row * x.columns() + column));
    }
    return out;
}

Dims without_last(const Dims& dims) {
    return {dims.begin(), dims.end() - 1};
}

/// The sum or product of a row, wrapped to the kind if it is one of integers.
template <typename T>
T whole(const Tensor& x, std::uint64_t row, bool multiply) {
    if constexpr (std::is_same_v<T, Wide>) {
        std::vector<Natural> terms;
        for (const Wide value : row_of<Wide>(x, row)) {
            terms.push_back(static_cast<Natural>(value));
        }
        Tensor one = Tensor::zeros(x.kind, {1});
        one.set_integer(0, static_cast<Wide>(tree(terms, multiply)));
        return one.integer(0);
    } else {
        return tree(row_of<T>(x, row), multiply);
    }
}

template <typename T>
T mean(T sum, std::uint64_t n) {
    if constexpr (std::is_same_v<T, Wide>) {
        return n == 0 ? 0 : sum / static_cast<Wide>(n);
    } else {
        return sum / static_cast<T>(n);
    }
}

template <typename T>
T reduced(const Call& call, std::uint64_t row) {
    const Tensor& x = call.operands[0];
    if (call.op == "reduce_sum" || call.op == "reduce_prod") {
        return whole<T>(x, row, call.op == "reduce_prod");
    }
    if (call.op == "reduce_mean") {
        return mean<T>(whole<T>(x, row, false), x.columns());
    }
    const std::vector<T> values = row_of<T>(x, row);
    T out = values[0];
    for (const T value : values) {
        out = call.op == "reduce_max" ? greater_of<T>(out, value) : lesser_of<T>(out, value);
    }
    return out;
}

/// Whether b comes before a in the search of argmax (argmin).
template <typename T>
std::uint64_t extreme(const std::vector<T>& values, bool greatest_wanted, bool last) {
    std::uint64_t best = 0;
    for (std::uint64_t at = 1; at < values.size(); ++at) {
        const T old = values[best];
        const T now = values[at];
        const bool old_nan = old != old;
        const bool now_nan = now != now;
        const bool better = greatest_wanted ? now > old : now < old;
        const bool same = old_nan ? now_nan : now == old;
        if ((!old_nan && (now_nan || better)) || (same && last)) {
            best = at;
        }
    }
    return best;
}

template <typename T>
void cumsum_row(const Call& call, std::uint64_t row, Tensor& out) {
    const Tensor& x = call.operands[0];
    const std::uint64_t n = x.columns();
    T s{0};
    for (std::uint64_t number = 0; number < n; ++number) {
        const std::uint64_t at = row * n + (call.attributes[1] != 0 ? n - 1 - number : number);
        const T before = s;
        s = s + x.get<T>(at);
        out.set<T>(at, call.attributes[0] != 0 ? before : s);
    }
}

template <typename T>
void argsort_row(const Call& call, std::uint64_t row, Tensor& out) {
    const std::vector<T> values = row_of<T>(call.operands[0], row);
    std::vector<std::uint64_t> order(values.size());
    std::iota(order.begin(), order.end(), std::uint64_t{0});
    const bool descending = call.attributes[0] != 0;
    std::ranges::stable_sort(order, [&](std::uint64_t a, std::uint64_t b) {
        const bool a_nan = values[a] != values[a];
        const bool b_nan = values[b] != values[b];
        if (a_nan || b_nan) {
            return !a_nan && b_nan;
        }
        return descending ? values[a] > values[b] : values[a] < values[b];
    });
    for (std::uint64_t at = 0; at < order.size(); ++at) {
        out.set_integer(row * order.size() + at, order[at]);
    }
}

void softmax_row(const Call& call, std::uint64_t row, Tensor& out) {
    const std::vector<float> x = row_of<float>(call.operands[0], row);
    if (x.empty()) {
        return;
    }
    float m = x[0];
    for (const float value : x) {
        m = greater_of(m, value);
    }
    std::vector<float> e;
    for (const float value : x) {
        e.push_back(exp_of(value - m));
    }
    const float sum = tree(e);
    for (std::uint64_t at = 0; at < x.size(); ++at) {
        const float y = call.op == "softmax" ? e[at] / sum : (x[at] - m) - log_of(sum);
        out.set_real(row * x.size() + at, y);
    }
}

float squares(const std::vector<float>& values) {
    std::vector<float> terms;
    for (const float value : values) {
        terms.push_back(value * value);
    }
    return tree(terms);
}

void norm_row(const Call& call, std::uint64_t row, Tensor& out) {
    const auto& in = call.operands;
    const std::vector<float> x = row_of<float>(in[0], row);
    const auto n = static_cast<float>(x.size());
    const float epsilon = f32_of(static_cast<std::uint64_t>(call.attributes[0]));
    const std::uint64_t first = row * x.size();
    if (call.op == "batch_norm") {
        for (std::uint64_t c = 0; c < x.size(); ++c) {
            const float r = 1.0F / std::sqrt(in[4].real(c) + epsilon);
            out.set_real(
                first + c, std::fma(x[c] - in[3].real(c), r * in[1].real(c), in[2].real(c))
            );
        }
        return;
    }
    if (call.op == "rms_norm") {
        const float r = 1.0F / std::sqrt(squares(x) / n + epsilon);
        for (std::uint64_t c = 0; c < x.size(); ++c) {
            out.set_real(first + c, (x[c] * r) * in[1].real(c));
        }
        return;
    }
    const float m = tree(x) / n;
    std::vector<float> d;
    for (const float value : x) {
        d.push_back(value - m);
    }
    const float r = 1.0F / std::sqrt(squares(d) / n + epsilon);
    for (std::uint64_t c = 0; c < x.size(); ++c) {
        out.set_real(first + c, std::fma(d[c], r * in[1].real(c), in[2].real(c)));
    }
}

std::optional<Applied> reduction(const Call& call) {
    const Tensor& x = call.operands[0];
    const bool is_arg = call.op == "argmax" || call.op == "argmin";
    if (!is_arg && !call.op.starts_with("reduce_")) {
        return std::nullopt;
    }
    Applied out{.output = Tensor::zeros(is_arg ? Kind::i64 : x.kind, without_last(x.dims))};
    by_kind(x.kind, [&]<typename T>(T) {
        for (std::uint64_t row = 0; row < out.output.count(); ++row) {
            if (is_arg) {
                const bool last = call.attributes[0] != 0;
                out.output.set_integer(
                    row, extreme<T>(row_of<T>(x, row), call.op == "argmax", last)
                );
            } else {
                out.output.set<T>(row, reduced<T>(call, row));
            }
        }
    });
    return out;
}

}  // namespace

std::optional<Applied> apply_row(const Call& call) {
    if (call.operands.empty()) {
        return std::nullopt;
    }
    if (std::optional<Applied> out = reduction(call)) {
        return out;
    }
    const Tensor& x = call.operands[0];
    const bool sorted = call.op == "argsort";
    const bool soft = call.op == "softmax" || call.op == "log_softmax";
    const bool norm = call.op.ends_with("_norm");
    if (!sorted && !soft && !norm && call.op != "cumsum") {
        return std::nullopt;
    }
    Applied out{.output = Tensor::zeros(sorted ? Kind::i64 : x.kind, x.dims)};
    for (std::uint64_t row = 0; x.columns() > 0 && row < x.rows(); ++row) {
        if (soft) {
            softmax_row(call, row, out.output);
        } else if (norm) {
            norm_row(call, row, out.output);
        } else {
            by_kind(x.kind, [&]<typename T>(T) {
                if (sorted) {
                    argsort_row<T>(call, row, out.output);
                } else {
                    cumsum_row<T>(call, row, out.output);
                }
            });
        }
    }
    return out;
}

}  // namespace steelyard::oracle
