// Checker: fills in a CheckedProgram, rule by rule. For this folder alone.
#pragma once

#include "vm/check/checked_program.h"

#include <string>

namespace steelyard::vm {

class Checker {
public:
    Checker(CheckedProgram& checked, const CheckLimits& limits)
        : checked_(checked), program_(checked.program_), limits_(limits) {}

    /// Everything but the format's limits, in the order of the rules.
    Result<void> run();

private:
    // Loops and carries by themselves (G2), and which node is in which loop.
    Result<void> check_loops();
    Result<void> check_loop(std::uint32_t loop);
    Result<void> check_order_of_carries();
    void place_nodes_in_loops();

    // Wiring and types (G1, G3 to G5).
    Result<void> check_graph();
    void make_room();
    Result<void> check_node(std::uint32_t node);
    Result<void> check_bound(std::uint32_t node) const;
    Result<void> check_initials(std::uint32_t loop);
    Result<void> check_nexts() const;
    Result<void> check_outputs() const;
    Result<void> check_reach(ValueRef value, std::uint32_t position, std::int32_t scope) const;
    std::string node_text(std::uint32_t node) const;

    // Steps, gas and probes (G6, W1 to W3).
    Result<void> check_probe(std::uint32_t node);
    void count_gas(std::uint32_t node);
    Result<void> count_steps();

    // Memory (M1, M2).
    Result<void> plan_memory();
    void find_lifetimes();
    void extend(ValueRef value, std::uint32_t position, std::int32_t scope);
    void place_values();

    bool encloses(std::int32_t outer, std::int32_t inner) const;
    std::int32_t parent(std::int32_t loop) const;

    CheckedProgram& checked_;
    const Program& program_;
    const CheckLimits& limits_;
    std::vector<std::uint32_t> first_carry_{};  ///< of each loop, and the count of carries
    std::vector<std::uint32_t> node_ends_{};    ///< the last node at which a node's output lives
    std::vector<std::uint32_t> carry_ends_{};   ///< the same of carries
};

}  // namespace steelyard::vm
