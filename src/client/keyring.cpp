#include "client/keyring.h"

#include "client/money.h"
#include "files/private_file.h"

#include <algorithm>

namespace steelyard::client {
namespace {

constexpr std::string_view suffix = ".json";

}  // namespace

Result<KeyringBackend> parse_keyring_backend(std::string_view text) {
    if (text == "file") {
        return KeyringBackend::file;
    }
    if (text == "test") {
        return KeyringBackend::test;
    }
    return invalid("\"{}\" is no keyring backend: file or test", text);
}

Keyring::Keyring(const std::filesystem::path& home, KeyringBackend backend)
    : folder_(home / (backend == KeyringBackend::file ? "keyring-file" : "keyring-test")),
      backend_(backend) {
}

Result<std::vector<KeyEntry>> Keyring::list() const {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (std::filesystem::directory_iterator at(folder_, error), end; !error && at != end;
         at.increment(error)) {
        if (at->path().extension() != suffix) {
            continue;
        }
        if (files.size() == keys_max) {
            return fail(ErrorCode::too_large, "{} has over {} keys", folder_.native(), keys_max);
        }
        files.push_back(at->path());
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        return fail(ErrorCode::io, "{}: {}", folder_.native(), error.message());
    }
    std::ranges::sort(files);
    std::vector<KeyEntry> entries;
    for (const auto& file : files) {
        TRY_ASSIGN(KeyEntry entry, read(file));
        entries.push_back(std::move(entry));
    }
    return entries;
}

Result<KeyEntry> Keyring::find(std::string_view name_or_address) const {
    if (check_key_name(name_or_address)) {
        auto entry = read(file_of(name_or_address));
        if (entry || entry.error().code() != ErrorCode::not_found) {
            return entry;
        }
    }
    TRY_ASSIGN(auto entries, list());
    for (KeyEntry& entry : entries) {
        if (address_text(account_prefix, entry.address()) == name_or_address) {
            return std::move(entry);
        }
    }
    return fail(
        ErrorCode::not_found, "there is no key \"{}\" in {}", name_or_address, folder_.native()
    );
}

Result<bool> Keyring::has_password() const {
    TRY_ASSIGN(const auto entries, list());
    return std::ranges::any_of(entries, [](const KeyEntry& entry) {
        return std::holds_alternative<crypto::Keystore>(entry.secret);
    });
}

Result<void> Keyring::check_password(ByteView password) const {
    TRY_ASSIGN(const auto entries, list());
    for (const KeyEntry& entry : entries) {
        if (std::holds_alternative<crypto::Keystore>(entry.secret)) {
            TRY(open_entry(entry, password));
            return {};
        }
    }
    return {};
}

Result<KeyEntry> Keyring::add(
    std::string_view name,
    const crypto::PrivateKey& key,
    ByteView password,
    const crypto::ScryptCost& cost,
    RandomSource& random
) {
    TRY(check_new(name, key.public_key()));
    KeyEntry entry{
        .name = std::string(name), .key = key.public_key(), .secret = PlainSecret{key.clone()}
    };
    if (backend_ == KeyringBackend::file) {
        TRY_ASSIGN(
            entry.secret,
            crypto::seal_keystore(
                {.name = entry.name,
                 .address = address_text(account_prefix, entry.address()),
                 .public_key = key.public_key()},
                key.secret().view(),
                password,
                cost,
                random
            )
        );
    }
    TRY(write(entry));
    return entry;
}

Result<KeyEntry> Keyring::add_public(std::string_view name, const tx::AccountKey& key) {
    TRY(check_new(name, key));
    KeyEntry entry{.name = std::string(name), .key = key, .secret = NoSecret{}};
    TRY(write(entry));
    return entry;
}

Result<void> Keyring::remove(std::string_view name) {
    TRY_ASSIGN(const KeyEntry entry, find(name));
    std::error_code error;
    if (!std::filesystem::remove(file_of(entry.name), error)) {
        return fail(
            ErrorCode::io, "cannot remove {}: {}", file_of(entry.name).native(), error.message()
        );
    }
    return {};
}

std::filesystem::path Keyring::file_of(std::string_view name) const {
    return folder_ / (std::string(name) + std::string(suffix));
}

Result<KeyEntry> Keyring::read(const std::filesystem::path& file) const {
    TRY_ASSIGN(const auto content, files::read_private_file(file, key_entry_size_max));
    auto entry = parse_key_entry(as_text(content.view()));
    if (!entry) {
        return std::unexpected(std::move(entry).error().in(file.native()));
    }
    if (file_of(entry->name) != file) {
        return fail(ErrorCode::corrupt, "{} holds the key \"{}\"", file.native(), entry->name);
    }
    return entry;
}

Result<void> Keyring::write(const KeyEntry& entry) {
    std::error_code error;
    if (std::filesystem::create_directories(folder_, error) && !error) {
        std::filesystem::permissions(folder_, std::filesystem::perms::owner_all, error);
    }
    if (error) {
        return fail(ErrorCode::io, "cannot make {}: {}", folder_.native(), error.message());
    }
    return files::replace_private_file(file_of(entry.name), print_key_entry(entry).view());
}

Result<void> Keyring::check_new(std::string_view name, const tx::AccountKey& key) const {
    TRY(check_key_name(name));
    TRY_ASSIGN(const auto entries, list());
    for (const KeyEntry& entry : entries) {
        if (entry.name == name) {
            return fail(ErrorCode::denied, "there is a key \"{}\" already", name);
        }
        if (entry.address() == tx::address_of(key)) {
            return fail(ErrorCode::denied, "this key is there already, as \"{}\"", entry.name);
        }
    }
    if (entries.size() == keys_max) {
        return fail(ErrorCode::too_large, "a keyring has at most {} keys", keys_max);
    }
    return {};
}

Result<crypto::PrivateKey> open_entry(const KeyEntry& entry, ByteView password) {
    if (const auto* const plain = std::get_if<PlainSecret>(&entry.secret)) {
        return plain->key.clone();
    }
    const auto* const keystore = std::get_if<crypto::Keystore>(&entry.secret);
    if (keystore == nullptr) {
        return fail(
            ErrorCode::unsupported,
            "key \"{}\" has no secret here: {}",
            entry.name,
            std::holds_alternative<tx::MultisigKey>(entry.key) ? "its members sign for it"
                                                               : "only its public key is known"
        );
    }
    TRY_ASSIGN(const auto secret, crypto::open_keystore(*keystore, password));
    TRY_ASSIGN(auto key, crypto::PrivateKey::parse(crypto::KeyType::secp256k1, secret.view()));
    if (key.public_key() != keystore->label.public_key) {
        return fail(
            ErrorCode::corrupt, "key \"{}\" is not the one that its label says", entry.name
        );
    }
    return key;
}

}  // namespace steelyard::client
