// Keys from other keys (HKDF) and from passwords (PBKDF2, scrypt).
#pragma once

#include "crypto/secret.h"

namespace steelyard::crypto {

/// HKDF-SHA256 of RFC 5869: extract with `salt` (may be empty), expand with `info`. Fills `out`,
/// at most 255 * 32 bytes (CHECKed).
void hkdf_sha256(ByteView key, ByteView salt, ByteView info, std::span<std::uint8_t> out);

/// PBKDF2-HMAC-SHA512 of RFC 8018; `rounds` is at least 1 (CHECKed).
void pbkdf2_sha512(
    ByteView password, ByteView salt, std::uint32_t rounds, std::span<std::uint8_t> out
);

/// The cost of scrypt (RFC 7914): it takes 128 * r * (n + p) bytes and time in proportion to
/// n * r * p.
/// The defaults take 128 MiB and about half a second.
struct ScryptCost {
    std::uint64_t n = std::uint64_t{1} << 17;  ///< a power of two from 2, below 2^(16 r)
    std::uint32_t r = 8;                       ///< at least 1
    std::uint32_t p = 1;                       ///< at least 1

    bool operator==(const ScryptCost&) const = default;
};

/// What a cost read from a file may ask of this machine.
constexpr std::uint64_t scrypt_memory_bytes_max = std::uint64_t{512} << 20;
constexpr std::uint64_t scrypt_work_max = std::uint64_t{1} << 24;  ///< of n * r * p

/// Whether scrypt would take this cost: well formed and under the limits.
Result<void> check_scrypt_cost(const ScryptCost& cost);

/// Fills `out` from a password. Refuses a cost that check_scrypt_cost refuses, before it takes any
/// memory, and says so when the memory is not there.
Result<void> scrypt(
    ByteView password, ByteView salt, const ScryptCost& cost, std::span<std::uint8_t> out
);

}  // namespace steelyard::crypto
