#include "bin/steelyard/command.h"

#include "bin/steelyard/prompt.h"
#include "client/money.h"
#include "crypto/bech32.h"
#include "files/private_file.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace steelyard::wallet {
namespace {

constexpr std::size_t names_shown_max = 20;

/// Whether a text is an address, of whatever chain.
bool is_foreign_address(std::string_view text) {
    const std::size_t separator = text.rfind('1');
    return separator != std::string_view::npos &&
           crypto::decode_address(text.substr(0, separator), text).has_value();
}

Complaint no_such_key(const client::Keyring& keyring, std::string_view name) {
    if (is_foreign_address(name)) {
        return Complaint(
            Exit::usage,
            "invalid_argument",
            fmt::format(
                "{} is an address of another chain, wanted is one with {}1...",
                name,
                client::account_prefix
            )
        );
    }
    std::vector<std::string> names;
    if (const auto entries = keyring.list()) {
        for (const auto& entry : *entries) {
            if (names.size() < names_shown_max) {
                names.push_back(entry.name);
            }
        }
    }
    return Complaint(
        Exit::not_found,
        "key_not_found",
        fmt::format("there is no key \"{}\" in {}", name, keyring.folder().native()),
        names.empty() ? "make one with `steelyard keys add`"
                      : fmt::format("there are {}", fmt::join(names, ", "))
    );
}

}  // namespace

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void tell(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

Outcome<std::filesystem::path> find_home(const Context& context) {
    std::filesystem::path home = context.home;
    if (home.empty()) {
        const char* user = std::getenv("HOME");
        if (user == nullptr || *user == '\0') {
            return usage("no home: neither --home, STEELYARD_HOME nor HOME is set");
        }
        home = std::filesystem::path(user) / ".steelyard";
    }
    std::error_code error;
    auto absolute = std::filesystem::absolute(home, error);
    if (error) {
        return usage("{} is no path: {}", home.native(), error.message());
    }
    return absolute.lexically_normal();
}

Outcome<client::Keyring> open_keyring(const Context& context) {
    TRY_ASSIGN(const auto home, find_home(context));
    TRY_ASSIGN(const auto backend, client::parse_keyring_backend(context.keyring_backend));
    return client::Keyring(home, backend);
}

Outcome<client::NodeClient> find_node(const Context& context) {
    TRY_ASSIGN(auto endpoint, client::parse_node(context.node));
    return client::NodeClient(
        {.endpoint = std::move(endpoint), .timeout = std::chrono::milliseconds(context.timeout_ms)}
    );
}

Outcome<std::string> read_input(const std::string& path, std::size_t size_max) {
    std::FILE* const file = path == "-" ? stdin : std::fopen(path.c_str(), "rbe");
    if (file == nullptr) {
        return std::unexpected(
            Complaint(Exit::not_found, "file_not_found", fmt::format("cannot open {}", path))
        );
    }
    std::string text(size_max + 1, '\0');
    const std::size_t size = std::fread(text.data(), 1, text.size(), file);
    const bool failed = std::ferror(file) != 0;
    if (path != "-") {
        (void)std::fclose(file);
    }
    if (failed) {
        return std::unexpected(
            Complaint(Exit::failed, "io_error", fmt::format("cannot read {}", path))
        );
    }
    if (size > size_max) {
        return usage("{} has over {} bytes", path, size_max);
    }
    text.resize(size);
    return text;
}

Outcome<void> write_output(const std::string& path, std::string_view text) {
    if (path.empty()) {
        print(text);
        return {};
    }
    TRY(files::write_private_file(path, as_bytes(text)));
    return {};
}

Outcome<Keys> Keys::open(const Context& context) {
    TRY_ASSIGN(auto keyring, open_keyring(context));
    return Keys(context, std::move(keyring));
}

Outcome<client::KeyEntry> Keys::find(std::string_view name) const {
    auto entry = keyring_.find(name);
    if (!entry && entry.error().code() == ErrorCode::not_found) {
        return std::unexpected(no_such_key(keyring_, name));
    }
    return entry;
}

Outcome<crypto::PrivateKey> Keys::unlock(const client::KeyEntry& entry) {
    if (std::holds_alternative<crypto::Keystore>(entry.secret) && !password_) {
        TRY_ASSIGN(
            password_,
            ask_secret(
                fmt::format("Password of {}", keyring_.folder().native()), context_->password_file
            )
        );
    }
    auto key = client::open_entry(entry, password_ ? password_->view() : ByteView());
    if (!key && key.error().code() == ErrorCode::denied) {
        return std::unexpected(Complaint(
            Exit::failed, "wrong_password", fmt::format("wrong password for key \"{}\"", entry.name)
        ));
    }
    if (!key && key.error().code() == ErrorCode::unsupported) {
        return std::unexpected(Complaint(
            Exit::failed,
            "no_secret",
            key.error().message(),
            std::holds_alternative<tx::MultisigKey>(entry.key)
                ? "make it with --generate-only, let members sign with `tx sign --multisig`, and "
                  "join their parts with `tx multisign`"
                : ""
        ));
    }
    return key;
}

Outcome<ByteView> Keys::password_for_new() {
    if (keyring_.backend() == client::KeyringBackend::test) {
        tell(fmt::format(
            "warning: keys in {} are not encrypted; keep nothing of worth there\n",
            keyring_.folder().native()
        ));
        return ByteView();
    }
    if (!password_) {
        TRY_ASSIGN(const bool is_known, keyring_.has_password());
        const auto question = fmt::format(
            "{} of {}", is_known ? "Password" : "New password", keyring_.folder().native()
        );
        TRY_ASSIGN(
            password_,
            is_known ? ask_secret(question, context_->password_file)
                     : ask_new_secret(question, context_->password_file)
        );
        if (!keyring_.check_password(password_->view())) {
            return std::unexpected(Complaint(
                Exit::failed,
                "wrong_password",
                "the password does not open the keys that are there",
                "one password is for all keys of a keyring"
            ));
        }
    }
    return password_->view();
}

Outcome<crypto::Address> Keys::account(std::string_view text) const {
    if (text.starts_with("yard") && text.contains('1')) {
        TRY_ASSIGN(const auto address, client::parse_address(client::account_prefix, text));
        return address;
    }
    TRY_ASSIGN(const auto entry, find(text));
    return entry.address();
}

Outcome<crypto::Address> Keys::validator(std::string_view text) const {
    if (text.starts_with(client::operator_prefix)) {
        TRY_ASSIGN(const auto address, client::parse_address(client::operator_prefix, text));
        return address;
    }
    return account(text);
}

}  // namespace steelyard::wallet
