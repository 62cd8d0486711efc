// Mnemonics (BIP-39): a key's seed as English words.
#pragma once

#include "base/random.h"
#include "crypto/secret.h"

namespace steelyard::crypto {

constexpr std::size_t mnemonic_size_max = 512;    ///< characters read
constexpr std::size_t passphrase_size_max = 256;  ///< characters

/// The English list, sorted; word i stands for the eleven bits of i.
std::span<const std::string_view, 2048> mnemonic_words();

/// 12, 15, 18, 21 or 24 words, one space between two, for 16, 20, 24, 28 or 32 bytes.
Result<SecretBytes> mnemonic_from_entropy(ByteView entropy);

/// A fresh mnemonic of one of those numbers of words (CHECKed).
SecretBytes generate_mnemonic(RandomSource& random, std::size_t word_count = 24);

/// The bytes that the words stand for. Takes lower case, with any ASCII white space around words.
/// Errors name the place of a wrong word, never a word.
Result<SecretBytes> entropy_from_mnemonic(std::string_view mnemonic);

/// The seed for BIP-32. The mnemonic must be right in every respect. The passphrase, often empty,
/// is printable ASCII: other text has several Unicode forms, of which each makes another seed.
Result<Secret<64>> seed_from_mnemonic(std::string_view mnemonic, std::string_view passphrase);

}  // namespace steelyard::crypto
