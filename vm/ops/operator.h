// Operator: what version 1 of an operator is: types, rule, cost, reach of a probe.
#pragma once

#include "vm/ops/reader.h"
#include "vm/program/program.h"

#include <optional>
#include <span>

namespace steelyard::vm {

/// One node with the types of its operands and of its output: all that its rule depends on
/// besides the elements. Views: whoever has one keeps what they point to.
struct NodeCall {
    OpCode op = OpCode::neg;
    std::uint16_t version = 1;
    std::span<const TensorType> operands{};
    TensorType output{};
    std::span<const std::int64_t> attributes{};
};

/// Columns [first, first + count) of a row.
struct Columns {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
};

/// The part of an output that a probe asks for: at most so many elements, in different rows and
/// columns.
struct Grid {
    std::uint64_t rows = 1;
    std::uint64_t columns = 1;
};

/// What a probe of a grid costs at worst, whatever the elements are.
struct ProbeCost {
    std::uint64_t chunks = 0;  ///< of operands that are opened, all operands together
    std::uint64_t bytes = 0;   ///< of these chunks and their paths
    std::uint64_t gas = 0;     ///< of verification: 0.1 us of the reference core each
};

/// An operator of one version. All members are pure functions.
struct Operator {
    OpCode code = OpCode::neg;
    std::uint16_t version = 1;

    /// The output's type. Errors: operands or attributes that the operator does not take: which,
    /// and why. Total: any types and attributes may come.
    Result<TensorType> (*infer)(
        std::span<const TensorType> operands, std::span<const std::int64_t> attributes
    ) = nullptr;

    /// The reference: computes `columns` of row `row` of the output, dense, into `out`, from what
    /// `reader` opens. Only with a call whose output `infer` gave. Returns the first of the columns
    /// whose operands hold an index out of bounds, if any; what then is in `out` does not matter.
    /// Every NaN that it writes is the canonical one.
    std::optional<std::uint64_t> (*evaluate)(
        const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
    ) = nullptr;

    /// `evaluate` with every fma in software, which must give the same bits: machines without the
    /// instruction compute so. nullptr: the rule has no fma.
    std::optional<std::uint64_t> (*evaluate_software_fma)(
        const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
    ) = nullptr;

    /// Gas of computing the whole node, without memory and commitment (vm/ops/step_gas.h);
    /// saturates at 2^64 - 1.
    std::uint64_t (*gas)(const NodeCall& call) = nullptr;

    /// The worst probe of the grid: what `evaluate` may read, column by column, and its gas.
    ProbeCost (*probe)(const NodeCall& call, Grid grid) = nullptr;

    /// It reads of its first operand no more than its output has.
    bool reads_part = false;
};

/// The operator, or nothing where this build does not know the version.
const Operator* find_operator(OpCode code, std::uint16_t version);

}  // namespace steelyard::vm
