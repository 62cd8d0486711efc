// What operators along the last axis share: whole rows of operand 0, read at once.
#pragma once

#include "vm/ops/cost.h"
#include "vm/ops/numbers.h"
#include "vm/ops/operator.h"
#include "vm/ops/probe.h"

namespace steelyard::vm {

/// Row `row` of operand 0, dense; nullptr if rows have no elements.
inline const std::byte* read_row(const NodeCall& call, Reader& reader, std::uint64_t row) {
    const std::uint64_t count = call.operands[0].shape.columns();
    return count == 0 ? nullptr : reader.read(0, row * count, count);
}

/// The element of a row as the value that it is computed with.
template <typename Number>
typename Number::Value value_at(const std::byte* row, std::uint64_t index) {
    return Number::load(row + index * Number::size);
}

/// A grid's probe of an operator each of whose elements reads a row of operand 0, with
/// `operations` element operations for each element of that row.
inline ProbeSum probe_of_rows(const NodeCall& call, Grid grid, std::uint64_t operations) {
    const std::uint64_t elements = elements_of(grid);
    const std::uint64_t count = call.operands[0].shape.columns();
    ProbeSum sum(call);
    sum.reads(0, elements, count);
    sum.gas(saturating_mul(elements, gas_of_operations(saturating_mul(count, operations) + 1)));
    return sum;
}

}  // namespace steelyard::vm
