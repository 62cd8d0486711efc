// A small, fast keyed hash for signatures that only have to be right in a simulation, and for
// traces.
#pragma once

#include "base/bytes.h"

namespace steelyard::sim {

/// SipHash-2-4 (Aumasson, Bernstein, 2012) of the bytes under a key of two words.
std::uint64_t keyed_hash(std::uint64_t key_0, std::uint64_t key_1, ByteView bytes);

}  // namespace steelyard::sim
