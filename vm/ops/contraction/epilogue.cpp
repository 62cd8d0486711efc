#include "vm/ops/contraction/epilogue.h"

#include "vm/ops/type_rules.h"

namespace steelyard::vm {

namespace {

constexpr std::uint64_t element_gas = 2;

bool is_operator(std::int64_t attribute, OpCode code) {
    return attribute == static_cast<std::int64_t>(code);
}

/// Written so that a NaN stays one.
float relu(float x) {
    return x <= 0.0F ? 0.0F : x;
}

}  // namespace

Result<void> expect_activation(std::int64_t attribute) {
    if (attribute != no_activation && !is_operator(attribute, OpCode::relu)) {
        return invalid("activation {}", attribute);
    }
    return {};
}

Result<DType> float_type_of_attribute(std::int64_t attribute) {
    TRY_ASSIGN(const DType type, dtype_of_attribute(attribute));
    if (!widens_to_f32(type)) {
        return invalid("an output of {}, not f32, f16 or bf16", to_string(type));
    }
    return type;
}

Result<void> expect_float_bias(const TensorType& bias, std::uint64_t columns) {
    if (!widens_to_f32(bias.dtype) || bias.shape.rank() != 1 || bias.shape[0] != columns) {
        return invalid("a bias {} for {} columns", bias.text(), columns);
    }
    return {};
}

float activate(std::int64_t activation, float x) {
    return is_operator(activation, OpCode::relu) ? relu(x) : x;
}

std::uint64_t activation_gas(std::int64_t activation) {
    return activation == no_activation ? 0 : element_gas;
}

std::uint64_t activation_probe_gas(std::int64_t activation) {
    return activation == no_activation ? 0 : 1;
}

void Epilogue::store(
    const NodeCall& call, Reader& reader, std::uint64_t column, float sum, std::byte* to
) const {
    float value = sum;
    if (bias_operand != 0) {
        float buffer = 0.0F;
        const DType type = call.operands[bias_operand].dtype;
        value = value + *widened(type, reader.read(bias_operand, column, 1), 1, &buffer);
    }
    store_float(call.output.dtype, activate(activation, value), to);
}

}  // namespace steelyard::vm
