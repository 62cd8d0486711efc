// Private keys in the keystores of Ethereum's wallets (Web3 Secret Storage, version 3).
#pragma once

#include "crypto/secret.h"

namespace steelyard::crypto {

constexpr std::size_t ethereum_keystore_size_max = std::size_t{16} << 10;
constexpr std::uint64_t ethereum_pbkdf2_rounds_max = 10'000'000;

/// Whether the text looks like one, so that another reader need not try.
bool is_ethereum_keystore(std::string_view text);

/// The 32 bytes of the private key. A wrong password is denied; another cipher or derivation is
/// unsupported; what has not the form is corrupt, and what would cost too much is too_large. Takes
/// the time and memory of its cost.
Result<Secret<32>> open_ethereum_keystore(std::string_view text, ByteView password);

}  // namespace steelyard::crypto
