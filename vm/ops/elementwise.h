// Elementwise operators: one way to evaluate them all, in the reference and in kernels.
#pragma once

#include "vm/ops/elementwise/row_function.h"
#include "vm/ops/operator.h"

namespace steelyard::vm {

/// Whether the operator works element by element and has row functions.
bool is_elementwise(OpCode op);

using FindRow = RowFunction (*)(OpCode op, DType in, DType out);

/// The reference's row functions, with the processor's fma and with software's.
RowFunction find_reference_row(OpCode op, DType in, DType out);
RowFunction find_software_fma_row(OpCode op, DType in, DType out);

/// The row function of a call with what widens and narrows f16 and bf16 around it (A3), for parts
/// of rows: operands may be one element that is repeated.
class ElementwiseRow {
public:
    /// CHECKed: a call of an elementwise operator that its type rule takes.
    ElementwiseRow(const NodeCall& call, FindRow find);

    struct Operand {
        const std::byte* data = nullptr;
        bool repeated = false;
    };

    /// Elements [0, count) of the operands, dense or repeated, to the output.
    void apply(const Operand* operands, std::byte* output, std::uint64_t count) const;

private:
    void apply_in_blocks(const Operand* operands, std::byte* output, std::uint64_t count) const;

    RowFunction row_ = nullptr;
    RowFunction widen_ = nullptr;   ///< of f16 and bf16 operands
    RowFunction narrow_ = nullptr;  ///< of f16 and bf16 outputs
    std::size_t operands_ = 0;
    std::size_t sizes_[row_operands_max] = {};
    std::size_t output_size_ = 0;
    const std::int64_t* attributes_ = nullptr;
};

// Members of Operator for all elementwise operators.

std::optional<std::uint64_t> evaluate_elementwise(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
);
std::optional<std::uint64_t> evaluate_elementwise_software_fma(
    const NodeCall& call, Reader& reader, std::uint64_t row, Columns columns, std::byte* out
);
std::uint64_t elementwise_gas(const NodeCall& call);
ProbeCost elementwise_probe(const NodeCall& call, Grid grid);

/// An elementwise operator of version 1.
constexpr Operator elementwise_operator(OpCode code, decltype(Operator::infer) infer) {
    return {
        .code = code,
        .version = 1,
        .infer = infer,
        .evaluate = evaluate_elementwise,
        .evaluate_software_fma = evaluate_elementwise_software_fma,
        .gas = elementwise_gas,
        .probe = elementwise_probe,
    };
}

}  // namespace steelyard::vm
