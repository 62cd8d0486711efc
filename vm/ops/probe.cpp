#include "vm/ops/probe.h"

#include "vm/ops/cost.h"

#include <algorithm>

namespace steelyard::vm {

ProbeCost whole_probe(const Operator& op, const NodeCall& call, Grid grid) {
    if (call.output.elements() == 0) {
        return {};
    }
    const ProbeCost read = op.probe(call, grid);
    const std::uint64_t chunks = std::min(elements_of(grid), chunk_count(call.output));
    return {
        .chunks = saturating_add(read.chunks, chunks),
        .bytes = saturating_add(read.bytes, saturating_mul(chunks, opening_bytes(call.output))),
        .gas = saturating_add(read.gas, saturating_mul(chunks, opening_gas(call.output))),
    };
}

std::uint64_t gas_of_operations(std::uint64_t count) {
    return count / 4 + (count % 4 != 0 ? 1 : 0);
}

ProbeSum& ProbeSum::reads(std::size_t operand, std::uint64_t times, std::uint64_t count) {
    const TensorType& type = call_.operands[operand];
    if (type.elements() > 0) {
        const std::uint64_t chunks = saturating_mul(times, chunks_of_range(type, count));
        open(std::min(chunks, chunk_count(type)), opening_bytes(type), opening_gas(type));
    }
    return *this;
}

ProbeSum& ProbeSum::opens(std::size_t operand, std::uint64_t chunks) {
    const TensorType& type = call_.operands[operand];
    if (type.elements() > 0) {
        open(std::min(chunks, chunk_count(type)), opening_bytes(type), opening_gas(type));
    }
    return *this;
}

ProbeSum& ProbeSum::reads_all(std::size_t operand) {
    const TensorType& type = call_.operands[operand];
    if (type.elements() > 0) {
        open(chunk_count(type), opening_bytes(type), opening_gas(type));
    }
    return *this;
}

ProbeSum& ProbeSum::reads_any_of(std::size_t first, std::size_t end, std::uint64_t times) {
    std::uint64_t chunks = 0;
    std::uint64_t bytes = 0;
    std::uint64_t gas = 0;
    for (const TensorType& type : call_.operands.subspan(first, end - first)) {
        if (type.elements() > 0) {
            chunks = saturating_add(chunks, chunk_count(type));
            bytes = std::max(bytes, opening_bytes(type));
            gas = std::max(gas, opening_gas(type));
        }
    }
    open(std::min(times, chunks), bytes, gas);
    return *this;
}

ProbeSum& ProbeSum::gas(std::uint64_t amount) {
    cost_.gas = saturating_add(cost_.gas, amount);
    return *this;
}

void ProbeSum::open(std::uint64_t chunks, std::uint64_t bytes, std::uint64_t gas) {
    cost_.chunks = saturating_add(cost_.chunks, chunks);
    cost_.bytes = saturating_add(cost_.bytes, saturating_mul(chunks, bytes));
    cost_.gas = saturating_add(cost_.gas, saturating_mul(chunks, gas));
}

std::uint64_t elements_of(Grid grid) {
    return saturating_mul(grid.rows, grid.columns);
}

}  // namespace steelyard::vm
