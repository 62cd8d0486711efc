// SHA-256 (FIPS 180-4).
#pragma once

#include "crypto/hash.h"

#include <initializer_list>

namespace steelyard::crypto {

Hash256 sha256(ByteView message);

/// The hash of the parts put one after another.
Hash256 sha256(std::initializer_list<ByteView> parts);

/// Hashes a message that comes piece by piece. It does not wipe its state: after hashing a secret,
/// wipe_stack does.
class Sha256 {
public:
    Sha256();

    Sha256& update(ByteView bytes);

    /// The hash of everything so far; more may follow.
    Hash256 digest() const;

private:
    std::array<std::uint32_t, 8> state_;
    ByteArray<64> pending_{};  ///< the bytes of the last, unfinished block
    std::uint64_t size_ = 0;   ///< of the message so far, in bytes
};

}  // namespace steelyard::crypto
