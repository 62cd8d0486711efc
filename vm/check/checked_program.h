// CheckedProgram: a program that may run. Types, steps, wiring, memory and gas are known before.
#pragma once

#include "vm/ops/probe.h"
#include "vm/program/program.h"

#include <array>
#include <vector>

namespace steelyard::vm {

constexpr std::uint64_t gas_per_work_unit = 1'000'000'000;

/// Limits of whoever checks; those of the format hold anyway.
struct CheckLimits {
    std::uint64_t memory_bytes_max = std::uint64_t{1} << 40;
    std::uint64_t gas_max = ~std::uint64_t{0};
};

/// An iteration of the loops around a node, outermost first; empty outside of loops.
using Iteration = std::vector<std::uint32_t>;

/// A step: one application of one node.
struct Step {
    std::uint32_t node = 0;
    Iteration iteration{};

    bool operator==(const Step&) const = default;
};

/// Where a tensor comes from, whatever loops it went through.
struct Source {
    enum class Kind : std::uint8_t { input, constant, step, counter };

    Kind kind = Kind::input;
    std::uint64_t index = 0;  ///< of the input, constant or step; the counter's value

    bool operator==(const Source&) const = default;
};

/// Where a value lies in the runner's memory: the fixed allocator's answer (doc/spec/vm.md, M1).
struct Place {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;

    bool operator==(const Place&) const = default;
};

/// A program that passed every rule of doc/spec/vm.md, sections 3 to 6. Immutable.
class CheckedProgram {
public:
    /// Errors: the first rule that is broken, with the node, loop or value that breaks it named.
    /// Takes time and memory in proportion to the program's size, not to what it computes.
    static Result<CheckedProgram> check(Program program, const CheckLimits& limits = {});

    const Program& program() const { return program_; }

    /// Of a value that is in the program.
    const TensorType& type(ValueRef value) const;

    /// The node as its operator sees it. Valid as long as the checked program.
    NodeCall call(std::uint32_t node) const;
    const Operator& op(std::uint32_t node) const { return *operators_[node]; }

    std::uint64_t step_count() const { return step_count_; }

    /// The step of a number below step_count(), and back; O(log nodes) for each loop around it.
    Step step(std::uint64_t index) const;
    std::uint64_t index_of(const Step& step) const;

    /// How often a node runs.
    std::uint64_t repetitions(std::uint32_t node) const;

    /// Where operand `operand` of a step comes from; O(depth).
    Source source(const Step& step, std::size_t operand) const;
    Source source_of_output(std::size_t output) const;

    /// Gas of one step of the node, commitment of its output included; of all steps.
    std::uint64_t step_gas(std::uint32_t node) const { return step_gas_[node]; }
    std::uint64_t gas() const { return gas_; }

    /// gas / 10^9, rounded up: what the market trades.
    std::uint64_t work_units() const;

    /// The step whose gas, added to that of all before it, first exceeds `gas_offset` (CHECKed:
    /// below gas()); in the time of `step`.
    std::uint64_t step_at_gas(std::uint64_t gas_offset) const;

    /// The grid that a probe of the node asks for: 2x2 where that stays within the bounds, else
    /// 1x1; and what it costs at worst, the output's own chunks included. An output without
    /// elements is never probed and costs nothing.
    Grid grid(std::uint32_t node) const { return grids_[node]; }
    const ProbeCost& probe_cost(std::uint32_t node) const { return probe_costs_[node]; }

    /// Bytes of inputs and constants, and of the arena that holds everything else.
    std::uint64_t resident_bytes() const { return resident_bytes_; }
    std::uint64_t arena_bytes() const { return arena_bytes_; }
    std::uint64_t peak_bytes() const { return resident_bytes_ + arena_bytes_; }

    /// Where a node's output, or a carry, lies in the arena.
    Place node_place(std::uint32_t node) const { return node_places_[node]; }
    Place carry_place(std::uint32_t carry) const { return carry_places_[carry]; }

private:
    friend class Checker;

    /// A loop with what follows from it.
    struct LoopInfo {
        std::int32_t parent = -1;  ///< the loop around it; -1: none
        std::uint64_t steps_per_trip = 0;
        std::uint64_t gas_per_trip = 0;
    };

    /// The loops around a node, outermost first.
    struct LoopPath {
        std::array<std::uint32_t, loop_depth_max> loops{};
        std::size_t depth = 0;
    };

    CheckedProgram() = default;

    LoopPath path_of(std::int32_t loop) const;
    std::uint64_t index_of(std::uint32_t node, std::span<const std::uint32_t> iteration) const;
    Source resolve(ValueRef value, LoopPath path, Iteration iteration) const;

    Program program_{};
    std::vector<TensorType> node_types_{};
    std::vector<TensorType> carry_types_{};
    std::vector<TensorType> operand_types_{};     ///< of all nodes, one after the other
    std::vector<std::uint32_t> first_operand_{};  ///< of each node in `operand_types_`
    std::vector<const Operator*> operators_{};
    std::vector<std::int32_t> loop_of_node_{};  ///< the innermost; -1: none
    std::vector<std::uint64_t> first_step_{};   ///< of each node: where it runs first; ascending
    std::vector<std::uint64_t> first_gas_{};    ///< the gas of all steps before that
    std::vector<LoopInfo> loop_infos_{};
    std::vector<std::uint64_t> step_gas_{};
    std::vector<Grid> grids_{};
    std::vector<ProbeCost> probe_costs_{};
    std::vector<Place> node_places_{};
    std::vector<Place> carry_places_{};
    std::uint64_t step_count_ = 0;
    std::uint64_t gas_ = 0;
    std::uint64_t resident_bytes_ = 0;
    std::uint64_t arena_bytes_ = 0;
};

}  // namespace steelyard::vm
