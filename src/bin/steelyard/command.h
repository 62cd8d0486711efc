// The commands of steelyard: each adds itself to the parser; the one that is named runs.
#pragma once

#include "bin/steelyard/complaint.h"
#include "client/keyring.h"
#include "client/node_client.h"

#include <functional>

namespace CLI {
class App;
}

namespace steelyard::wallet {

/// What all commands share.
struct Context {
    std::string home{};  ///< empty: ~/.steelyard
    std::string node = "tcp://127.0.0.1:26657";
    std::int64_t timeout_ms = 10'000;
    std::string chain_id{};  ///< empty: the node's
    std::string keyring_backend = "file";
    std::string password_file{};
    std::string output = "text";              ///< "text" or "json"
    std::function<Outcome<Exit>()> action{};  ///< of the command that was named

    bool json() const { return output == "json"; }
};

void add_keys(CLI::App& app, Context& context);
void add_tx(CLI::App& app, Context& context);
void add_query(CLI::App& app, Context& context);
void add_market(CLI::App& app, Context& context);
void add_blobs(CLI::App& app, Context& context);
void add_vm(CLI::App& app, Context& context);
void add_completion(CLI::App& app, Context& context);
void add_version(CLI::App& app, Context& context);

/// Standard output. Failing to write there is of no interest to any command.
void print(std::string_view text);

/// Standard error, for people: warnings, questions, what will be signed.
void tell(std::string_view text);

Outcome<std::filesystem::path> find_home(const Context& context);

/// A warning tells if its keys are not encrypted.
Outcome<client::Keyring> open_keyring(const Context& context);

Outcome<client::NodeClient> find_node(const Context& context);

/// A file of the user's, "-" for standard input. Errors: not_found, too_large, io.
Outcome<std::string> read_input(const std::string& path, std::size_t size_max);

/// To a new file or, if the path is empty, to standard output.
Outcome<void> write_output(const std::string& path, std::string_view text);

/// The user's keys, which one password opens that is asked for once.
class Keys {
public:
    explicit Keys(const Context& context, client::Keyring keyring)
        : context_(&context), keyring_(std::move(keyring)) {}

    static Outcome<Keys> open(const Context& context);

    client::Keyring& keyring() { return keyring_; }

    /// All of them, by name.
    Outcome<std::vector<client::KeyEntry>> list() const { return keyring_.list(); }

    /// By name or address. Errors: key_not_found, with the names that there are.
    Outcome<client::KeyEntry> find(std::string_view name) const;

    Outcome<crypto::PrivateKey> unlock(const client::KeyEntry& entry);

    /// The password for new keys: that of those that are there, or a new one that is said twice.
    /// Empty where keys are not encrypted.
    Outcome<ByteView> password_for_new();

    /// An account: an address, or the name of a key.
    Outcome<crypto::Address> account(std::string_view text) const;

    /// A validator: its operator's address, or the account or key that it belongs to.
    Outcome<crypto::Address> validator(std::string_view text) const;

private:
    const Context* context_;
    client::Keyring keyring_;
    std::optional<crypto::SecretBytes> password_{};
};

}  // namespace steelyard::wallet
