// The keys of a user: one file for each in a folder.
#pragma once

#include "base/random.h"
#include "client/key_entry.h"

#include <filesystem>

namespace steelyard::client {

/// How secrets are kept.
enum class KeyringBackend : std::uint8_t {
    file,  ///< encrypted under a password, one for all keys
    test,  ///< not encrypted; for keys that are worth nothing
};

/// "file" or "test".
Result<KeyringBackend> parse_keyring_backend(std::string_view text);

/// The most keys of one keyring.
inline constexpr std::size_t keys_max = 1'000;

/// Nothing is kept in memory: every call looks at the files. Errors of all: io, denied (a file that
/// others may read).
class Keyring {
public:
    /// In HOME/keyring-file or HOME/keyring-test, which is made when the first key is added.
    Keyring(const std::filesystem::path& home, KeyringBackend backend);

    KeyringBackend backend() const { return backend_; }
    const std::filesystem::path& folder() const { return folder_; }

    /// By name. An entry that cannot be read is an error that names the file.
    Result<std::vector<KeyEntry>> list() const;

    /// By name or by address. Errors: not_found.
    Result<KeyEntry> find(std::string_view name_or_address) const;

    /// Whether a key is there that a password opens. Its holder must say that one for new keys.
    Result<bool> has_password() const;

    /// denied: it does not open the keys that are there.
    Result<void> check_password(ByteView password) const;

    /// Errors: invalid (the name), denied (the name or the key is there already). The password
    /// counts in a keyring of files alone; `check_password` is the caller's duty.
    Result<KeyEntry> add(
        std::string_view name,
        const crypto::PrivateKey& key,
        ByteView password,
        const crypto::ScryptCost& cost,
        RandomSource& random
    );

    /// A key without its secret.
    Result<KeyEntry> add_public(std::string_view name, const tx::AccountKey& key);

    /// Errors: not_found.
    Result<void> remove(std::string_view name);

private:
    std::filesystem::path file_of(std::string_view name) const;
    Result<KeyEntry> read(const std::filesystem::path& file) const;
    Result<void> write(const KeyEntry& entry);
    Result<void> check_new(std::string_view name, const tx::AccountKey& key) const;

    std::filesystem::path folder_;
    KeyringBackend backend_;
};

/// The private key of an entry. Errors: denied (a wrong password), unsupported (it has no
/// secret).
Result<crypto::PrivateKey> open_entry(const KeyEntry& entry, ByteView password);

}  // namespace steelyard::client
