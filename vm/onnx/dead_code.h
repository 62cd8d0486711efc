// Removes what no output of a program needs.
#pragma once

#include "vm/program/program.h"

namespace steelyard::vm::onnx {

/// Removes nodes, constants, loops, carries and those inputs marked in `may_go` that no output
/// depends on. Gives, for each input that is left, its number before. The program's wiring must be
/// right.
std::vector<std::uint32_t> remove_dead_code(Program& program, const std::vector<bool>& may_go);

}  // namespace steelyard::vm::onnx
