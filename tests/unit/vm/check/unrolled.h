// A program unrolled by running through it, with the sources of what every step reads.
#pragma once

#include "vm/check/checked_program.h"

#include <functional>

namespace steelyard::vm::test {

/// What happens in a run, in order. Values come with where they come from.
struct Events {
    std::function<void(std::uint32_t carry, ValueRef from, const Source&)> on_copy{};
    std::function<void(const Step&, const std::vector<Source>& operands)> on_step{};
};

/// Runs through all trips of all loops, naively. Gives the sources of the outputs.
std::vector<Source> unroll(const Program& program, const Events& events);

}  // namespace steelyard::vm::test
