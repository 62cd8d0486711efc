// SHA-256 of many independent messages at once: tree nodes, transactions, block parts.
//
// Several messages are compressed in turn on one core, so that their instructions overlap; the
// results equal sha256() of each message alone.
#pragma once

#include "crypto/hash.h"

namespace steelyard::crypto {

constexpr std::size_t sha256_block_size = 64;

/// How many blocks a message of `size` bytes takes once it is padded.
constexpr std::size_t sha256_padded_blocks(std::size_t size) {
    return (size + 1 + 8 + sha256_block_size - 1) / sha256_block_size;
}

/// Pads a message in place, as FIPS 180-4 section 5.1.1 says: `buffer` holds the message in its
/// first `size` bytes and is sha256_padded_blocks(size) blocks long (CHECKed).
void sha256_pad(std::span<std::uint8_t> buffer, std::size_t size);

/// The code that hashes. The results never differ.
enum class Sha256Backend : std::uint8_t {
    portable,
    sha_ni,
    avx512,  ///< for many messages; few are left to sha_ni
};

bool is_available(Sha256Backend backend);

/// The fastest backend of this machine.
Sha256Backend best_sha256_backend();

/// The hashes of out.size() messages that stand one after another, each padded to `blocks` blocks
/// (CHECKed: padded.size() == out.size() * blocks * 64).
void sha256_padded(
    ByteView padded,
    std::size_t blocks,
    std::span<Hash256> out,
    Sha256Backend backend = best_sha256_backend()
);

/// The hashes of messages of any sizes, in the order given. Fastest where many have like sizes.
void sha256_batch(
    std::span<const ByteView> messages,
    std::span<Hash256> out,
    Sha256Backend backend = best_sha256_backend()
);

}  // namespace steelyard::crypto
