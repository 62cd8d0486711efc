#include "vm/ops/cost.h"
#include "vm/ops/row/operators.h"
#include "vm/ops/row/row.h"
#include "vm/ops/type_rules.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <vector>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t gas_per_compared = 4;
constexpr std::uint64_t gas_per_sorted = 128;  // for each doubling of the row's length

// argmax, argmin

Result<TensorType> infer_best(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 1));
    TRY(expect_attributes(attributes, 1));
    const TensorType& x = operands[0];
    TRY(expect_numbers(x));
    TRY(expect_last_axis(x));
    TRY(attribute_in_range("last wins", attributes[0], 0, 1));
    if (x.shape.columns() == 0) {
        return invalid("{} has no elements along its last axis", x.text());
    }
    return make_tensor_type(DType::i64, x.shape.dimensions().first(x.shape.rank() - 1));
}

template <typename T>
bool is_nan(T x) {
    return x != x;
}

/// Whether a candidate that comes later takes the place of the best so far.
template <typename T>
bool replaces(T candidate, T best, bool greatest, bool last_wins) {
    if (is_nan(candidate) || is_nan(best)) {
        return is_nan(candidate) && (last_wins || !is_nan(best));
    }
    return candidate == best ? last_wins : (candidate > best) == greatest;
}

template <typename Number>
std::uint64_t best_of(const std::byte* row, std::uint64_t count, bool greatest, bool last_wins) {
    std::uint64_t best = 0;
    for (std::uint64_t i = 1; i < count; ++i) {
        const auto candidate = value_at<Number>(row, i);
        if (replaces(candidate, value_at<Number>(row, best), greatest, last_wins)) {
            best = i;
        }
    }
    return best;
}

template <bool greatest>
std::optional<std::uint64_t> evaluate_best(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const TensorType& x = call.operands[0];
    const std::uint64_t first = row * call.output.shape.columns() + columns.first;
    for (std::uint64_t element = first; element < first + columns.count; ++element) {
        const std::byte* from = read_row(call, reader, element);
        const std::uint64_t best = with_number(x.dtype, [&](auto number) {
            return best_of<decltype(number)>(
                from, x.shape.columns(), greatest, call.attributes[0] != 0
            );
        });
        store(out, static_cast<std::int64_t>(best));
        reader.release();
        out += sizeof(std::int64_t);
    }
    return std::nullopt;
}

std::uint64_t gas_best(const NodeCall& call) {
    return gas_per_compared * call.operands[0].elements();
}

ProbeCost probe_best(const NodeCall& call, Grid grid) {
    return probe_of_rows(call, grid, 2).cost();
}

// argsort

Result<TensorType> infer_argsort(TypeView operands, AttributeView attributes) {
    TRY(expect_operands(operands, 1));
    TRY(expect_attributes(attributes, 1));
    TRY(expect_numbers(operands[0]));
    TRY(expect_last_axis(operands[0]));
    TRY(attribute_in_range("descending", attributes[0], 0, 1));
    return make_tensor_type(DType::i64, operands[0].shape.dimensions());
}

template <typename Number>
std::vector<std::uint32_t> sorted(const std::byte* row, std::uint64_t count, bool descending) {
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), std::uint32_t{0});
    std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
        const auto x = value_at<Number>(row, a);
        const auto y = value_at<Number>(row, b);
        if (is_nan(x) != is_nan(y)) {
            return is_nan(y);
        }
        const bool ordered = !is_nan(x) && x != y;
        return ordered ? (x < y) != descending : a < b;
    });
    return order;
}

std::optional<std::uint64_t> evaluate_argsort(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const std::byte* from = read_row(call, reader, row);
    const auto order = with_number(call.operands[0].dtype, [&](auto number) {
        return sorted<decltype(number)>(
            from, call.operands[0].shape.columns(), call.attributes[0] != 0
        );
    });
    for (std::uint64_t column = columns.first; column < columns.first + columns.count; ++column) {
        store(out, static_cast<std::int64_t>(order[column]));
        out += sizeof(std::int64_t);
    }
    reader.release();
    return std::nullopt;
}

/// How often a row's length doubles from 1, rounded up; at least 1.
std::uint64_t doublings(const NodeCall& call) {
    const std::uint64_t count = call.operands[0].shape.columns();
    return count < 3 ? 1 : static_cast<std::uint64_t>(std::bit_width(count - 1));
}

std::uint64_t gas_argsort(const NodeCall& call) {
    return saturating_mul(call.output.elements(), gas_per_sorted * doublings(call));
}

ProbeCost probe_argsort(const NodeCall& call, Grid grid) {
    return probe_of_rows(call, grid, 8 * doublings(call)).cost();
}

template <bool greatest>
constexpr Operator best_operator(OpCode code) {
    return {
        .code = code,
        .infer = infer_best,
        .evaluate = evaluate_best<greatest>,
        .gas = gas_best,
        .probe = probe_best,
    };
}

}  // namespace

constinit const Operator argmax_operator = best_operator<true>(OpCode::argmax);
constinit const Operator argmin_operator = best_operator<false>(OpCode::argmin);

constinit const Operator argsort_operator{
    .code = OpCode::argsort,
    .infer = infer_argsort,
    .evaluate = evaluate_argsort,
    .gas = gas_argsort,
    .probe = probe_argsort,
};

}  // namespace steelyard::vm
