#include "vm/ops/contraction/contractions.h"
#include "vm/ops/contraction/dot.h"
#include "vm/ops/contraction/fixed_point.h"
#include "vm/ops/contraction/matrices.h"
#include "vm/ops/cost.h"
#include "vm/ops/narrow_floats.h"
#include "vm/ops/type_rules.h"

#include <algorithm>

namespace steelyard::vm {

namespace {

constexpr std::int64_t few_bits = 20;
constexpr std::int64_t many_bits = 22;

// Thousandths of gas for a product of each width.
constexpr std::uint64_t few_bits_gas = 1500;
constexpr std::uint64_t many_bits_gas = 2300;
constexpr std::uint64_t thousandths = 1000;
constexpr std::uint64_t rounding_gas = 32;
constexpr std::uint64_t digit_gas = 8;  // an element of an operand becomes an integer

/// A product of 16 of its digits costs a verifier about as much as 4 of another operator's fmas;
/// each element is turned into its digit besides.
constexpr std::uint64_t products_per_probe_gas = 4;

/// Sums of so many products fit into 63 bits.
std::uint64_t k_max(std::int64_t bits) {
    return std::uint64_t{1} << (63 - 2 * bits);
}

Result<TensorType> infer(TypeView operands, AttributeView attributes) {
    TRY(expect_attributes(attributes, 1));
    TRY(expect_operands(operands, 2));
    for (const TensorType& operand : operands) {
        if (operand.dtype != DType::f32) {
            return invalid("{}: takes f32", operand.text());
        }
    }
    if (attributes[0] != few_bits && attributes[0] != many_bits) {
        return invalid("{} bits, not 20 or 22", attributes[0]);
    }
    TRY_ASSIGN(const auto dimensions, product_dimensions(operands[0], operands[1]));
    if (operands[0].shape.columns() > k_max(attributes[0])) {
        return invalid("rows of {}: longer than {}", operands[0].text(), k_max(attributes[0]));
    }
    return make_tensor_type(DType::f32, dimensions);
}

const float* read_row(Reader& reader, std::size_t operand, std::uint64_t at, std::uint64_t count) {
    return reinterpret_cast<const float*>(reader.read(operand, at, count));
}

RowScale scale_of_row(const float* row, std::uint64_t count) {
    std::uint32_t most = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        most = greater_magnitude(most, row[i]);
    }
    return scale_of(most);
}

float element(const float* a, const float* b, std::uint64_t k, int bits) {
    const RowScale of_a = scale_of_row(a, k);
    const RowScale of_b = scale_of_row(b, k);
    if (!of_a.finite || !of_b.finite) {
        return f32_of(f32_nan_bits);
    }
    const double a_scale = f64_power_of_two(bits - of_a.exponent);
    const double b_scale = f64_power_of_two(bits - of_b.exponent);
    const double most = f64_power_of_two(bits) - 1.0;
    std::int64_t sum = 0;
    for (std::uint64_t i = 0; i < k; ++i) {
        sum += static_cast<std::int64_t>(digit_of(a[i], a_scale, most)) *
               static_cast<std::int64_t>(digit_of(b[i], b_scale, most));
    }
    return round_to_f32(sum, of_a.exponent + of_b.exponent - 2 * bits);
}

std::optional<std::uint64_t> evaluate(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
) {
    const ProductRows rows(call, row);
    for (std::uint64_t i = 0; i < columns.count; ++i) {
        float value = 0.0F;
        if (rows.k > 0) {
            const std::uint64_t b_row = rows.b_element + (columns.first + i) * rows.k;
            const float* a = read_row(reader, 0, rows.a_element, rows.k);
            const float* b = read_row(reader, 1, b_row, rows.k);
            value = element(a, b, rows.k, static_cast<int>(call.attributes[0]));
        }
        store_float(DType::f32, value, out + i * sizeof value);
        reader.release();
    }
    return std::nullopt;
}

std::uint64_t gas(const NodeCall& call) {
    const std::uint64_t k = call.operands[0].shape.columns();
    const std::uint64_t of_product = call.attributes[0] == few_bits ? few_bits_gas : many_bits_gas;
    const std::uint64_t of_sums =
        gas_of_elements(call, k * of_product / thousandths + rounding_gas);
    const std::uint64_t digits =
        saturating_add(call.operands[0].elements(), call.operands[1].elements());
    return saturating_add(
        saturating_add(of_sums, gas_of_products(call)), saturating_mul(digits, digit_gas)
    );
}

ProbeCost probe(const NodeCall& call, Grid grid) {
    return probe_of_product(
        call, grid, call.operands[0].shape.columns() / products_per_probe_gas + 1
    );
}

}  // namespace

Operator gemm_fx_operator() {
    return {
        .code = OpCode::gemm_fx,
        .infer = infer,
        .evaluate = evaluate,
        .gas = gas,
        .probe = probe,
    };
}

}  // namespace steelyard::vm
