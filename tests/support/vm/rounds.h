// How often random tests repeat themselves: more at night.
#pragma once

#include <cstdlib>

namespace steelyard::vm::test {

/// `rounds`, or STEELYARD_VM_ROUNDS times as many.
inline int times(int rounds) {
    const char* text = std::getenv("STEELYARD_VM_ROUNDS");
    return rounds * (text == nullptr ? 1 : static_cast<int>(std::strtol(text, nullptr, 10)));
}

}  // namespace steelyard::vm::test
