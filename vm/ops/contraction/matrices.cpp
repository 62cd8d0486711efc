#include "vm/ops/contraction/matrices.h"

#include "vm/ops/cost.h"
#include "vm/ops/probe.h"
#include "vm/ops/type_rules.h"

#include <algorithm>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t gas_per_product = 2000;

}  // namespace

Result<void> expect_operands_between(TypeView operands, std::size_t least, std::size_t most) {
    if (operands.size() < least || operands.size() > most) {
        return invalid("takes {} to {} operands, not {}", least, most, operands.size());
    }
    return {};
}

Result<std::vector<std::uint64_t>> product_dimensions(const TensorType& a, const TensorType& b) {
    const std::size_t rank = a.shape.rank();
    const std::size_t b_rank = b.shape.rank();
    if (rank < 2) {
        return invalid("{} is no matrix", a.text());
    }
    if (b_rank != 2 && b_rank != rank) {
        return invalid("{} beside {}: neither one matrix nor one for each", b.text(), a.text());
    }
    if (a.shape[rank - 1] != b.shape[b_rank - 1]) {
        return invalid("rows of {} and {} differ in length", a.text(), b.text());
    }
    std::vector<std::uint64_t> dimensions = dimensions_of(a);
    for (std::size_t axis = 0; b_rank > 2 && axis + 2 < rank; ++axis) {
        if (a.shape[axis] != b.shape[axis]) {
            return invalid("batches of {} and {} differ", a.text(), b.text());
        }
    }
    dimensions[rank - 1] = b.shape[b_rank - 2];
    return dimensions;
}

ProductRows::ProductRows(const NodeCall& call, std::uint64_t row) {
    const Shape& a = call.operands[0].shape;
    const Shape& b = call.operands[1].shape;
    k = a.columns();
    a_element = row * k;
    if (b.rank() > 2) {
        const std::uint64_t batch = row / a[a.rank() - 2];
        b_element = batch * b[b.rank() - 2] * k;
    }
}

std::uint64_t gas_of_elements(const NodeCall& call, std::uint64_t per_element) {
    return saturating_mul(call.output.elements(), per_element);
}

std::uint64_t gas_of_products(const NodeCall& call) {
    const Shape& a = call.operands[0].shape;
    std::uint64_t products = 1;
    for (std::size_t axis = 0; call.operands[1].shape.rank() > 2 && axis + 2 < a.rank(); ++axis) {
        products = saturating_mul(products, a[axis]);
    }
    return saturating_mul(products, gas_per_product);
}

ProbeCost probe_of_product(const NodeCall& call, Grid grid, std::uint64_t gas) {
    const std::uint64_t k = call.operands[0].shape.columns();
    const bool one_matrix = call.operands[1].shape.rank() == 2;
    const std::uint64_t b_rows = one_matrix ? grid.columns : elements_of(grid);
    ProbeSum sum(call);
    sum.reads(0, grid.rows, k).reads(1, b_rows, k);
    if (call.operands.size() > 2) {
        sum.reads(2, grid.columns);
    }
    return sum.gas(saturating_mul(elements_of(grid), gas)).cost();
}

}  // namespace steelyard::vm
