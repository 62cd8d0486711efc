// The functions of E11 and E12, in f64, and the angles of E9 beyond 3,000.
#pragma once

#include "tests/oracle/elementary.h"

#include <cstdint>

namespace steelyard::oracle {

/// n quarter turns, and d more in f64: |x| modulo whole turns.
struct LargeAngle {
    std::uint32_t n = 0;
    double d = 0.0;
};

LargeAngle large_angle(float x);

Function elementary_function64(std::string_view name);

}  // namespace steelyard::oracle
