// The elementary functions of E7 to E12.
#pragma once

#include <optional>
#include <string_view>

namespace steelyard::oracle {

/// A function of one f32; nothing where the name is none of them.
using Function = float (*)(float);
Function elementary_function(std::string_view name);

float exp_of(float x);
float log_of(float x);
float pow_of(float x, float y);
float atan2_of(float y, float x);

}  // namespace steelyard::oracle
