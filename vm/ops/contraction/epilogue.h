// Epilogue: what becomes of a float dot product: bias, activation, type (vm-operators.md, K2).
#pragma once

#include "base/result.h"
#include "vm/ops/contraction/dot.h"
#include "vm/ops/operator.h"

namespace steelyard::vm {

/// The activation that is none, as an attribute.
constexpr std::int64_t no_activation = 0;

/// An attribute that is an activation: 0, or the number of one of the operators that may be one.
/// Error: "activation 7".
Result<void> expect_activation(std::int64_t attribute);

/// An attribute that is the number of f32, f16 or bf16. Error: "element type 5, not f32, ...".
Result<DType> float_type_of_attribute(std::int64_t attribute);

/// A type f32[n], f16[n] or bf16[n]. Error: "a bias f32[3] for 4 columns".
Result<void> expect_float_bias(const TensorType& bias, std::uint64_t columns);

/// The activation of an attribute that `expect_activation` takes. A NaN gives a NaN.
float activate(std::int64_t activation, FmaMode mode, float x);

/// Gas of an activation for one element, and its verification gas.
std::uint64_t activation_gas(std::int64_t activation);
std::uint64_t activation_probe_gas(std::int64_t activation);

/// Bias and activation, if any, are roundings of their own; then the output's type.
struct Epilogue {
    std::size_t bias_operand = 0;  ///< 0: none
    std::int64_t activation = no_activation;
    FmaMode mode = FmaMode::processor;

    /// Writes the element of column `column` of a row.
    void store(const NodeCall& call, Reader& reader, std::uint64_t column, float sum, std::byte* to)
        const;
};

}  // namespace steelyard::vm
