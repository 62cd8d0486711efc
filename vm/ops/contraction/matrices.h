// Products of matrices: the types and the openings that all of them share.
#pragma once

#include "base/result.h"
#include "vm/ops/operator.h"

#include <vector>

namespace steelyard::vm {

/// Error: "takes 2 to 3 operands, not 4".
Result<void> expect_operands_between(
    std::span<const TensorType> operands, std::size_t least, std::size_t most
);

/// The dimensions [batch..., M, N] of a product of a [batch..., M, K] and b [batch..., N, K] or
/// [N, K]. Errors: a rank below 2, other batches, other lengths of the rows.
Result<std::vector<std::uint64_t>> product_dimensions(const TensorType& a, const TensorType& b);

/// Where the factors of an output row lie.
struct ProductRows {
    std::uint64_t k = 0;          ///< elements of a row of a and b
    std::uint64_t a_element = 0;  ///< the first of a's row
    std::uint64_t b_element = 0;  ///< the first of b's row for column 0

    ProductRows(const NodeCall& call, std::uint64_t row);
};

/// M * N * batches * per_element, saturating.
std::uint64_t gas_of_elements(const NodeCall& call, std::uint64_t per_element);

/// What beginning a product costs, of each of a batch.
std::uint64_t gas_of_products(const NodeCall& call);

/// What a probe of a product opens: rows of a, rows of b, elements of the bias if there is one.
/// `gas` is of one element.
ProbeCost probe_of_product(const NodeCall& call, Grid grid, std::uint64_t gas);

}  // namespace steelyard::vm
