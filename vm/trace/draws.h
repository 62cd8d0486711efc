// Draws: the random numbers of one probe (doc/spec/vm-trace.md, P1).
#pragma once

#include "crypto/blake3.h"

namespace steelyard::vm {

/// An endless row of words out of a seed and a number.
class Draws {
public:
    Draws(const crypto::Hash256& seed, std::uint32_t number);

    std::uint64_t word();

    /// Uniform below `limit` (CHECKed: not 0): the first word that is below the largest multiple
    /// of it, modulo it.
    std::uint64_t below(std::uint64_t limit);

private:
    static constexpr std::size_t buffered_words = 8;

    crypto::Blake3 hash_;
    std::uint64_t next_ = 0;
    ByteArray<buffered_words * sizeof(std::uint64_t)> buffer_{};
};

}  // namespace steelyard::vm
