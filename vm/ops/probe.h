// ProbeSum: adds up what the probe of a node opens at worst.
#pragma once

#include "vm/ops/operator.h"

namespace steelyard::vm {

// What a node's probe of one element may open and cost at worst (doc/spec/vm.md, W3).
constexpr std::uint64_t probe_bytes_max = 128 * 1024;
constexpr std::uint64_t probe_gas_max = 50'000;

/// The whole probe of a node: what its rule reads, and the output's chunks that hold the probed
/// elements. Of an output without elements nothing.
ProbeCost whole_probe(const Operator& op, const NodeCall& call, Grid grid);

constexpr bool is_within_probe_limits(const ProbeCost& cost) {
    return cost.bytes <= probe_bytes_max && cost.gas <= probe_gas_max;
}

/// Verification gas of `count` element operations (doc/spec/vm.md, W2): 1 for 4, rounded up.
std::uint64_t gas_of_operations(std::uint64_t count);

/// Sums saturate at 2^64 - 1.
class ProbeSum {
public:
    explicit ProbeSum(const NodeCall& call) : call_(call) {}

    /// `times` reads, anywhere, of up to `count` neighbouring elements of one row of an operand;
    /// never more than all its chunks. At most one call for each operand.
    ProbeSum& reads(std::size_t operand, std::uint64_t times, std::uint64_t count = 1);

    /// So many chunks of an operand; never more than all.
    ProbeSum& opens(std::size_t operand, std::uint64_t chunks);

    /// All of an operand.
    ProbeSum& reads_all(std::size_t operand);

    /// `times` reads of one element each, of operands `first` to `end` - 1, whichever costs most.
    ProbeSum& reads_any_of(std::size_t first, std::size_t end, std::uint64_t times);

    /// Gas of computing.
    ProbeSum& gas(std::uint64_t amount);

    const ProbeCost& cost() const { return cost_; }

private:
    void open(std::uint64_t chunks, std::uint64_t bytes, std::uint64_t gas);

    const NodeCall& call_;
    ProbeCost cost_{};
};

/// Elements that a grid asks for: rows * columns, saturating.
std::uint64_t elements_of(Grid grid);

}  // namespace steelyard::vm
