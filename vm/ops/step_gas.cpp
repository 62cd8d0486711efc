#include "vm/ops/step_gas.h"

#include "vm/ops/cost.h"

#include <algorithm>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t gas_per_step = 10'000;
constexpr std::uint64_t gas_per_hashed_byte = 23;
constexpr std::uint64_t gas_per_read_byte = 2;

}  // namespace

std::uint64_t memory_gas(const Operator& op, const NodeCall& call) {
    std::uint64_t bytes = 0;
    for (std::size_t operand = 0; operand < call.operands.size(); ++operand) {
        const std::uint64_t all = call.operands[operand].bytes();
        const bool is_part = op.reads_part && operand == 0;
        bytes = saturating_add(bytes, is_part ? std::min(all, call.output.bytes()) : all);
    }
    return saturating_mul(bytes, gas_per_read_byte);
}

std::uint64_t commitment_gas(const TensorType& output) {
    return saturating_mul(chunk_count(output), chunk_bytes * gas_per_hashed_byte);
}

std::uint64_t step_gas(const Operator& op, const NodeCall& call) {
    const std::uint64_t computed = saturating_add(op.gas(call), memory_gas(op, call));
    const std::uint64_t committed = saturating_add(commitment_gas(call.output), gas_per_step);
    return saturating_add(computed, committed);
}

}  // namespace steelyard::vm
