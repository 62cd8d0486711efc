#include "vm/ops/contraction/epilogue.h"

#include "vm/ops/elementwise.h"
#include "vm/ops/type_rules.h"

#include <array>

namespace steelyard::vm {

namespace {

struct Activation {
    OpCode code;
    std::uint64_t gas;
    std::uint64_t probe_gas;
};

/// With the gas of the operators (vm.md, W1 and W2).
constexpr auto activations = std::to_array<Activation>({
    {OpCode::relu, 2, 1},
    {OpCode::tanh, 32, 12},
    {OpCode::sigmoid, 32, 12},
    {OpCode::gelu, 48, 16},
    {OpCode::silu, 32, 12},
});

const Activation* find_activation(std::int64_t attribute) {
    for (const Activation& activation : activations) {
        if (attribute == static_cast<std::int64_t>(activation.code)) {
            return &activation;
        }
    }
    return nullptr;
}

}  // namespace

Result<void> expect_activation(std::int64_t attribute) {
    if (attribute != no_activation && find_activation(attribute) == nullptr) {
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

float activate(std::int64_t activation, FmaMode mode, float x) {
    const Activation* found = find_activation(activation);
    if (found == nullptr) {
        return x;
    }
    const auto find = mode == FmaMode::software ? find_software_fma_row : find_reference_row;
    float out = 0.0F;
    find(found->code, DType::f32, DType::f32)({
        .operands = {reinterpret_cast<const std::byte*>(&x)},
        .output = reinterpret_cast<std::byte*>(&out),
        .count = 1,
    });
    return out;
}

std::uint64_t activation_gas(std::int64_t activation) {
    const Activation* found = find_activation(activation);
    return found == nullptr ? 0 : found->gas;
}

std::uint64_t activation_probe_gas(std::int64_t activation) {
    const Activation* found = find_activation(activation);
    return found == nullptr ? 0 : found->probe_gas;
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
    store_float(call.output.dtype, activate(activation, mode, value), to);
}

}  // namespace steelyard::vm
