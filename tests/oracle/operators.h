// The operators as doc/spec/vm-operators.md says them, element by element and without any haste.
#pragma once

#include "tests/oracle/tensor.h"

#include <optional>
#include <string_view>

namespace steelyard::oracle {

/// An application of an operator that is right: what the text refuses must not come.
struct Call {
    std::string_view op{};
    std::vector<Tensor> operands{};
    std::vector<std::int64_t> attributes{};
};

struct Applied {
    Tensor output{};
    std::optional<std::uint64_t> bad_index{};  ///< the first bad element; the output is nobody's
};

/// Nothing for an operator that the oracle does not have.
std::optional<Applied> apply(const Call& call);

/// The name of the operator with a number of the text's table; empty where it has none.
std::string_view operator_name(std::uint64_t number);

/// The families: nothing if the operator is of another.
std::optional<Applied> apply_elementwise(const Call& call);
std::optional<Applied> apply_conversion(const Call& call);
std::optional<Applied> apply_movement(const Call& call);
std::optional<Applied> apply_resize(const Call& call);
std::optional<Applied> apply_index(const Call& call);
std::optional<Applied> apply_row(const Call& call);
std::optional<Applied> apply_contraction(const Call& call);
std::optional<Applied> apply_window(const Call& call);
std::optional<Applied> apply_random(const Call& call);

/// relu, gelu, silu, tanh, sigmoid, ... of one f32, by name.
float function_of(std::string_view op, float x);

/// The shape of operands that are broadcast together.
Dims broadcast_dims(const std::vector<Tensor>& operands);

/// The element of a tensor that stands at a place of a shape that it is broadcast to.
std::uint64_t broadcast_index(const Tensor& tensor, const Dims& place);

/// The sum of A7 (`multiply`: the product).
template <typename T>
T tree(const std::vector<T>& terms, bool multiply = false) {
    const auto join = [multiply](T a, T b) { return multiply ? a * b : a + b; };
    const T start = multiply ? T{1} : T{0};
    T whole = start;
    for (std::size_t block = 0; block < terms.size(); block += 4096) {
        std::vector<T> lanes(64, start);
        for (std::size_t at = block; at < std::min(block + 4096, terms.size()); ++at) {
            lanes[(at - block) % 64] = join(lanes[(at - block) % 64], terms[at]);
        }
        for (std::size_t half = 32; half > 0; half /= 2) {
            for (std::size_t lane = 0; lane < half; ++lane) {
                lanes[lane] = join(lanes[lane], lanes[lane + half]);
            }
        }
        whole = join(whole, lanes[0]);
    }
    return whole;
}

}  // namespace steelyard::oracle
