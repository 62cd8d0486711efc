// What a keyring keeps of a key, as the text of a file (doc/reference/wallet.md).
#pragma once

#include "crypto/keystore.h"
#include "tx/account_key.h"

#include <variant>

namespace steelyard::client {

inline constexpr std::size_t key_name_size_max = 64;

/// A private key that is not encrypted.
struct PlainSecret {
    crypto::PrivateKey key;
};

/// Its secret is elsewhere, or it is k of n others.
struct NoSecret {};

struct KeyEntry {
    std::string name{};
    tx::AccountKey key;
    std::variant<crypto::Keystore, PlainSecret, NoSecret> secret;

    crypto::Address address() const { return tx::address_of(key); }
};

/// 1 to 64 letters, digits and "._-", beginning with a letter or digit: it is a file's name.
Result<void> check_key_name(std::string_view name);

/// The longest file of an entry.
inline constexpr std::size_t key_entry_size_max = crypto::keystore_text_size_max;

/// JSON and a newline. It holds the secret as the entry does.
crypto::SecretBytes print_key_entry(const KeyEntry& entry);

/// Reads what print_key_entry writes. Errors: corrupt, too_large, unsupported, invalid (the name).
/// None quotes a secret.
Result<KeyEntry> parse_key_entry(std::string_view text);

}  // namespace steelyard::client
