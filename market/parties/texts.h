// Texts that people choose.
#pragma once

#include "ledger/state/failure.h"

namespace steelyard::market {

using ledger::Outcome;

/// A name that rules compare: 1 to `size_max` of lower-case letters, digits, "_.-". Errors:
/// bad_text.
Outcome<void> check_name(std::string_view field, std::string_view text, std::size_t size_max);

/// A line for people: UTF-8 without control characters, at most `size_max` bytes. Errors: bad_text.
Outcome<void> check_line(std::string_view field, std::string_view text, std::size_t size_max);

}  // namespace steelyard::market
