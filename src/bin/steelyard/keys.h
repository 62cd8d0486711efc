// What the commands of keys share.
#pragma once

#include "bin/steelyard/command.h"

namespace steelyard::wallet {

/// Adds a key under the keyring's password. Errors: key_exists.
Outcome<client::KeyEntry> keep(Keys& keys, std::string_view name, const crypto::PrivateKey& key);

/// The words of a key: typed at the terminal, or the first line of standard input.
Outcome<crypto::SecretBytes> ask_mnemonic();

void add_key_transfer(CLI::App& keys, Context& context);  ///< import and export

}  // namespace steelyard::wallet
