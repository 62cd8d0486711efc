// Decimal text of unsigned integers: one text for each number.
#pragma once

#include "base/checked.h"
#include "base/result.h"

namespace steelyard {

std::string to_decimal(Uint128 value);

/// Reads digits and nothing else: no sign, space or leading zero. At most 2^128 - 1.
Result<Uint128> parse_decimal(std::string_view text);

}  // namespace steelyard
