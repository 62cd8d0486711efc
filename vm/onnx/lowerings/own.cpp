// Functions that an export writes where ONNX has no operator: by name, whatever their bodies are.
#include "vm/onnx/functions.h"
#include "vm/onnx/lowering.h"

#include <array>

namespace steelyard::vm::onnx {

namespace {

Values own_function(Call& c) {
    const OwnFunction* function = find_own_function(c.node().op);
    if (function == nullptr || c.operands.size() != function->operands) {
        return {c.fail("{} operands", c.operands.size())};
    }
    Values operands;
    for (std::size_t index = 0; index < function->operands; ++index) {
        operands.push_back(c.in(index));
    }
    return {c.e.op(function->op, operands, {})};
}

constexpr std::array rows = {
    LoweringRow{.op = "Fma", .lower = own_function},
    LoweringRow{.op = "Gelu", .lower = own_function},
    LoweringRow{.op = "Silu", .lower = own_function},
    LoweringRow{.op = "Exp2", .lower = own_function},
    LoweringRow{.op = "Log2", .lower = own_function},
    LoweringRow{.op = "Expm1", .lower = own_function},
    LoweringRow{.op = "Log1p", .lower = own_function},
};

}  // namespace

std::span<const LoweringRow> own_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
