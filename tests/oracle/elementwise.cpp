// E1 to E3: operators that compute an element from one element of each operand, of one type.
#include "tests/oracle/elementary.h"
#include "tests/oracle/operators.h"

#include <functional>

namespace steelyard::oracle {

namespace {

__extension__ using Natural = unsigned __int128;

template <typename T>
constexpr bool is_real = !std::is_same_v<T, Wide>;

template <typename T>
T zero_like(T sign) {
    if constexpr (is_real<T>) {
        return std::copysign(T{0}, sign);
    } else {
        return sign * 0;
    }
}

template <typename T>
using Unary = std::function<T(T)>;

/// Of floats alone; empty where the name is none of them.
template <typename T>
Unary<T> real_unary(std::string_view name) {
    if (name == "floor") {
        return [](T x) { return std::floor(x); };
    }
    if (name == "ceil") {
        return [](T x) { return std::ceil(x); };
    }
    if (name == "trunc") {
        return [](T x) { return std::trunc(x); };
    }
    if (name == "round") {
        return [](T x) { return std::rint(x); };
    }
    if (name == "sqrt") {
        return [](T x) { return std::sqrt(x); };
    }
    if (name == "reciprocal") {
        return [](T x) { return T{1} / x; };
    }
    if (name == "rsqrt") {
        return [](T x) { return T{1} / std::sqrt(x); };
    }
    if constexpr (std::is_same_v<T, float>) {
        if (const Function function = elementary_function(name)) {
            return function;
        }
    }
    return {};
}

template <typename T>
Unary<T> unary(std::string_view name) {
    if (name == "neg") {
        return [](T x) { return -x; };
    }
    if (name == "abs") {
        if constexpr (is_real<T>) {
            return [](T x) { return std::fabs(x); };
        }
        return [](T x) { return x < 0 ? -x : x; };
    }
    if (name == "sign") {
        return [](T x) {
            if (x == T{0}) {
                return T{0};
            }
            return x > T{0} ? T{1} : (x < T{0} ? T{-1} : x);
        };
    }
    if (name == "relu") {
        return [](T x) { return x <= T{0} ? T{0} : x; };
    }
    if constexpr (is_real<T>) {
        return real_unary<T>(name);
    }
    return {};
}

template <typename T>
using Binary = std::function<T(T, T)>;

template <typename T>
Binary<T> real_binary(std::string_view name) {
    if (name == "add") {
        return [](T a, T b) { return a + b; };
    }
    if (name == "sub") {
        return [](T a, T b) { return a - b; };
    }
    if (name == "mul") {
        return [](T a, T b) { return a * b; };
    }
    if (name == "div") {
        return [](T a, T b) { return a / b; };
    }
    if (name == "fmod") {
        return [](T x, T y) { return std::fmod(x, y); };
    }
    if (name == "mod") {
        return [](T x, T y) {
            const T r = std::fmod(x, y);
            if (r == T{0}) {
                return zero_like(y);
            }
            return r == r && std::signbit(r) != std::signbit(y) ? r + y : r;
        };
    }
    if constexpr (std::is_same_v<T, float>) {
        if (name == "pow") {
            return pow_of;
        }
        if (name == "atan2") {
            return atan2_of;
        }
    }
    return {};
}

Wide power(Wide a, Wide b) {
    if (b < 0) {
        const bool is_even = b % 2 == 0;
        if (a == 1 || (a == -1 && is_even)) {
            return 1;
        }
        return a == -1 ? -1 : 0;
    }
    auto base = static_cast<Natural>(a);
    Natural out = 1;
    for (auto left = static_cast<Natural>(b); left > 0; left >>= 1) {
        if ((left & 1) != 0) {
            out *= base;
        }
        base *= base;
    }
    return static_cast<Wide>(out);
}

Binary<Wide> arithmetic(std::string_view name) {
    if (name == "add") {
        return [](Wide a, Wide b) { return a + b; };
    }
    if (name == "sub") {
        return [](Wide a, Wide b) { return a - b; };
    }
    if (name == "mul") {
        return [](Wide a, Wide b) {
            return static_cast<Wide>(static_cast<Natural>(a) * static_cast<Natural>(b));
        };
    }
    if (name == "div") {
        return [](Wide a, Wide b) { return b == 0 ? 0 : a / b; };
    }
    if (name == "fmod") {
        return [](Wide a, Wide b) { return b == 0 ? 0 : a % b; };
    }
    if (name == "mod") {
        return [](Wide a, Wide b) {
            const Wide r = b == 0 ? 0 : a % b;
            return r != 0 && (r < 0) != (b < 0) ? r + b : r;
        };
    }
    if (name == "pow") {
        return power;
    }
    return {};
}

Binary<Wide> bitwise(std::string_view name, Kind kind) {
    const Wide count = width(kind);
    if (name == "bit_and") {
        return [](Wide a, Wide b) { return a & b; };
    }
    if (name == "bit_or") {
        return [](Wide a, Wide b) { return a | b; };
    }
    if (name == "bit_xor") {
        return [](Wide a, Wide b) { return a ^ b; };
    }
    const auto within = [count](Wide b) { return static_cast<int>(((b % count) + count) % count); };
    if (name == "shift_left") {
        return [within](Wide a, Wide b) {
            return static_cast<Wide>(static_cast<Natural>(a) << within(b));
        };
    }
    if (name == "shift_right") {
        return [within](Wide a, Wide b) { return a >> within(b); };
    }
    return {};
}

template <typename T>
Binary<T> binary(std::string_view name, Kind kind) {
    if (name == "min") {
        return lesser_of<T>;
    }
    if (name == "max") {
        return greater_of<T>;
    }
    if constexpr (is_real<T>) {
        return real_binary<T>(name);
    } else {
        Binary<T> found = arithmetic(name);
        return found ? found : bitwise(name, kind);
    }
}

template <typename T>
std::function<bool(T, T)> comparison(std::string_view name) {
    if (name == "equal") {
        return [](T a, T b) { return a == b; };
    }
    if (name == "less") {
        return [](T a, T b) { return a < b; };
    }
    if (name == "less_equal") {
        return [](T a, T b) { return a <= b; };
    }
    return {};
}

/// Every element of the output from one of each operand, read as T.
template <typename T, typename Rule>
Applied each(const Call& call, Kind kind, const Rule& rule) {
    Applied out{.output = Tensor::zeros(kind, broadcast_dims(call.operands))};
    std::vector<T> values(call.operands.size());
    for (std::uint64_t index = 0; index < out.output.count(); ++index) {
        const Dims place = place_of(out.output.dims, index);
        for (std::size_t at = 0; at < values.size(); ++at) {
            const Tensor& operand = call.operands[at];
            values[at] = operand.get<T>(broadcast_index(operand, place));
        }
        rule(out.output, index, values);
    }
    return out;
}

template <typename T>
std::optional<Applied> of_one(const Call& call) {
    const Kind kind = call.operands[0].kind;
    if constexpr (is_real<T>) {
        if (call.op == "is_nan" || call.op == "is_infinite") {
            const std::int64_t signs = call.op == "is_nan" ? 0 : call.attributes[0];
            return each<T>(call, Kind::boolean, [&](Tensor& out, std::uint64_t at, const auto& x) {
                const bool wanted = (signs & (std::signbit(x[0]) ? 2 : 1)) != 0;
                out.set_bits(at, (signs == 0 ? x[0] != x[0] : std::isinf(x[0]) && wanted) ? 1 : 0);
            });
        }
    } else if (call.op == "logical_not") {
        return each<T>(call, kind, [&](Tensor& out, std::uint64_t at, const auto& x) {
            out.set_integer(at, kind == Kind::boolean ? Wide{1} - x[0] : ~x[0]);
        });
    }
    const Unary<T> rule = unary<T>(call.op);
    if (!rule) {
        return std::nullopt;
    }
    return each<T>(call, kind, [&](Tensor& out, std::uint64_t at, const auto& x) {
        out.set<T>(at, rule(x[0]));
    });
}

template <typename T>
std::optional<Applied> of_two(const Call& call) {
    const Kind kind = call.operands[0].kind;
    if (const auto rule = comparison<T>(call.op)) {
        return each<T>(call, Kind::boolean, [&](Tensor& out, std::uint64_t at, const auto& x) {
            out.set_bits(at, rule(x[0], x[1]) ? 1 : 0);
        });
    }
    if constexpr (std::is_same_v<T, float>) {
        if (call.op == "axpby") {
            const float a = f32_of(static_cast<std::uint64_t>(call.attributes[0]));
            const float b = f32_of(static_cast<std::uint64_t>(call.attributes[1]));
            return each<T>(call, kind, [&](Tensor& out, std::uint64_t at, const auto& x) {
                out.set_real(at, std::fma(a, x[0], b * x[1]));
            });
        }
    }
    const Binary<T> rule = binary<T>(call.op, kind);
    if (!rule) {
        return std::nullopt;
    }
    return each<T>(call, kind, [&](Tensor& out, std::uint64_t at, const auto& x) {
        out.set<T>(at, rule(x[0], x[1]));
    });
}

template <typename T>
std::optional<Applied> of_more(const Call& call) {
    const Kind kind = call.operands[0].kind;
    if (call.op == "clip") {
        return each<T>(call, kind, [](Tensor& out, std::uint64_t at, const auto& x) {
            out.set<T>(at, lesser_of<T>(greater_of<T>(x[0], x[1]), x[2]));
        });
    }
    if constexpr (is_real<T>) {
        if (call.op == "fma") {
            return each<T>(call, kind, [](Tensor& out, std::uint64_t at, const auto& x) {
                out.set<T>(at, std::fma(x[0], x[1], x[2]));
            });
        }
    }
    if constexpr (std::is_same_v<T, float>) {
        if (call.op == "adam_update") {
            const float epsilon = f32_of(static_cast<std::uint64_t>(call.attributes[0]));
            return each<T>(call, kind, [&](Tensor& out, std::uint64_t at, const auto& x) {
                out.set_real(at, x[0] - x[3] * (x[1] / (std::sqrt(x[2]) + epsilon)));
            });
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<Applied> apply_elementwise(const Call& call) {
    std::optional<Applied> out;
    if (call.operands.empty()) {
        return out;
    }
    by_kind(call.operands[0].kind, [&]<typename T>(T) {
        switch (call.operands.size()) {
            case 1:
                out = of_one<T>(call);
                break;
            case 2:
                out = of_two<T>(call);
                break;
            default:
                out = of_more<T>(call);
        }
    });
    return out;
}

}  // namespace steelyard::oracle
