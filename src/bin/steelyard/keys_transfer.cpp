// keys: import and export.
#include "base/hex.h"
#include "bin/steelyard/keys.h"
#include "bin/steelyard/prompt.h"
#include "bin/steelyard/report.h"
#include "client/money.h"
#include "crypto/ethereum_keystore.h"
#include "files/private_file.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace steelyard::wallet {
namespace {

struct ImportOptions {
    std::string name;
    std::string file;
    std::string source_password_file;
};

struct ExportOptions {
    std::string name;
    std::string file;
    std::string new_password_file;
    bool unsafe_hex = false;
};

/// 64 hex digits, alone in the file.
Outcome<crypto::PrivateKey> read_hex(std::string_view text) {
    crypto::Secret<32> bytes;
    if (!from_hex(text, bytes.mutable_view())) {
        return usage("the file holds neither a keystore nor the 64 hex digits of a private key");
    }
    return crypto::PrivateKey::parse(crypto::KeyType::secp256k1, bytes.view());
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
    return text.substr(0, text.find_last_not_of(space) + 1);
}

Complaint wrong_password(const ImportOptions& options) {
    return Complaint(
        Exit::failed, "wrong_password", fmt::format("wrong password for {}", options.file)
    );
}

Outcome<crypto::PrivateKey> read_secret(std::string_view text, const ImportOptions& options) {
    if (!text.starts_with('{')) {
        return read_hex(text);
    }
    const auto question = fmt::format("Password of {}", options.file);
    if (crypto::is_ethereum_keystore(text)) {
        TRY_ASSIGN(const auto password, ask_secret(question, options.source_password_file));
        const auto secret = crypto::open_ethereum_keystore(text, password.view());
        if (!secret && secret.error().code() == ErrorCode::denied) {
            return std::unexpected(wrong_password(options));
        }
        TRY(secret);
        return crypto::PrivateKey::parse(crypto::KeyType::secp256k1, secret->view());
    }
    TRY_ASSIGN(const auto entry, client::parse_key_entry(text));
    crypto::SecretBytes password;
    if (std::holds_alternative<crypto::Keystore>(entry.secret)) {
        TRY_ASSIGN(password, ask_secret(question, options.source_password_file));
    }
    auto key = client::open_entry(entry, password.view());
    if (!key && key.error().code() == ErrorCode::denied) {
        return std::unexpected(wrong_password(options));
    }
    return key;
}

Outcome<Exit> import_key(const Context& context, const ImportOptions& options) {
    TRY_ASSIGN(Keys keys, Keys::open(context));
    TRY_ASSIGN(std::string text, read_input(options.file, client::key_entry_size_max));
    auto key = read_secret(trimmed(text), options);
    crypto::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    TRY(key);
    TRY_ASSIGN(const auto entry, keep(keys, options.name, *key));
    const Fields fields = {
        {"name", entry.name},
        {"address", client::address_text(client::account_prefix, entry.address())},
    };
    print(context.json() ? fields_json(fields) : fields_text(fields));
    return Exit::ok;
}

Outcome<Exit> export_hex(const crypto::PrivateKey& key, const ExportOptions& options) {
    tell("warning: this is the key itself; who reads it can spend what the account has\n");
    std::string hex = to_hex(key.secret().view()) + "\n";
    auto written = write_output(options.file, hex);
    crypto::wipe({reinterpret_cast<std::uint8_t*>(hex.data()), hex.size()});
    TRY(written);
    return Exit::ok;
}

Outcome<Exit> export_key(const Context& context, const ExportOptions& options) {
    TRY_ASSIGN(Keys keys, Keys::open(context));
    TRY_ASSIGN(const auto entry, keys.find(options.name));
    TRY_ASSIGN(const auto key, keys.unlock(entry));
    if (options.unsafe_hex) {
        return export_hex(key, options);
    }
    TRY_ASSIGN(
        const auto password,
        ask_new_secret("Password of the exported key", options.new_password_file)
    );
    SystemRandom random;
    TRY_ASSIGN(
        const auto keystore,
        crypto::seal_keystore(
            {.name = entry.name,
             .address = client::address_text(client::account_prefix, entry.address()),
             .public_key = key.public_key()},
            key.secret().view(),
            password.view(),
            {},
            random
        )
    );
    TRY(write_output(options.file, crypto::write_keystore(keystore)));
    return Exit::ok;
}

}  // namespace

Outcome<crypto::SecretBytes> ask_mnemonic() {
    return ask_secret("Words of the key", is_interactive() ? "" : "-");
}

void add_key_transfer(CLI::App& keys, Context& context) {
    auto in = std::make_shared<ImportOptions>();
    auto* import_command = keys.add_subcommand(
        "import", "Bring a key from a keystore (ours or Ethereum's), or from 64 hex digits"
    );
    import_command->add_option("name", in->name, "The key's name here")->required();
    import_command->add_option("file", in->file, "- is standard input")->required();
    import_command->add_option(
        "--source-password-file", in->source_password_file, "Holds the password of the keystore"
    );
    import_command->callback([&context, in] {
        context.action = [&context, in] { return import_key(context, *in); };
    });

    auto out = std::make_shared<ExportOptions>();
    auto* export_command =
        keys.add_subcommand("export", "Write a key as a keystore under a password of its own");
    export_command->add_option("name", out->name, "Its name or address")->required();
    export_command->add_option("--file", out->file, "A new file, of mode 0600; else it is printed");
    export_command->add_option(
        "--new-password-file", out->new_password_file, "Holds the password of the exported key"
    );
    export_command->add_flag(
        "--unsafe-hex", out->unsafe_hex, "The private key in hex, not encrypted"
    );
    export_command->callback([&context, out] {
        context.action = [&context, out] { return export_key(context, *out); };
    });
}

}  // namespace steelyard::wallet
