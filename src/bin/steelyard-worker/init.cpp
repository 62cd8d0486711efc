// init: a home, with its keys, and what is left to do for the provider.
#include "base/random.h"
#include "bin/steelyard-worker/command.h"
#include "bin/steelyard-worker/home.h"
#include "bin/steelyardd/report.h"
#include "client/keyring.h"
#include "client/money.h"
#include "files/private_file.h"
#include "worker/link/curve_keys.h"

#include <CLI/CLI.hpp>

#include <iostream>

namespace steelyard::worker_program {
namespace {

struct InitChoices {
    Settings settings{};
    std::string import_key{};  ///< a file
    std::string keyring{};     ///< a wallet's home
    std::string keyring_backend = "test";
    std::string key_name{};
};

/// The password of a keyring of files, from standard input.
Result<crypto::SecretBytes> read_password(client::KeyringBackend backend) {
    std::string line;
    if (backend == client::KeyringBackend::file && !std::getline(std::cin, line)) {
        return invalid("the keyring's password is read from standard input, and there is none");
    }
    crypto::SecretBytes out(as_bytes(line));
    crypto::wipe(std::span(reinterpret_cast<std::uint8_t*>(line.data()), line.size()));
    return out;
}

/// Imported, or new.
Result<crypto::PrivateKey> make_key(const InitChoices& choices) {
    if (!choices.import_key.empty()) {
        return read_account_key(choices.import_key);
    }
    if (!choices.keyring.empty()) {
        if (choices.key_name.empty()) {
            return invalid("--key says which key of the keyring");
        }
        TRY_ASSIGN(const auto backend, client::parse_keyring_backend(choices.keyring_backend));
        const client::Keyring keyring(choices.keyring, backend);
        TRY_ASSIGN(const auto entry, keyring.find(choices.key_name));
        TRY_ASSIGN(const auto password, read_password(backend));
        return client::open_entry(entry, password.view());
    }
    SystemRandom random;
    return crypto::PrivateKey::generate(crypto::KeyType::secp256k1, random);
}

std::string next_steps(const Settings& settings, std::string_view address, std::string_view key) {
    const std::string_view class_name =
        settings.class_name.empty() ? std::string_view("CLASS") : settings.class_name;
    return fmt::format(
        "account   {0}\n"
        "link key  {1}\n\n"
        "The provider lets it work, and pays its fees:\n"
        "  steelyard provider worker add {0} --class {2} --slots {3} --funds 10yard --from "
        "PROVIDER\n"
        "The node lets it in:\n"
        "  steelyardd config set worker.laddr {4}\n"
        "  steelyardd config set worker.authorized_keys '{1}'\n{5}",
        address,
        key,
        class_name,
        settings.slots,
        settings.node,
        settings.node_key.empty() ? "The worker must know the node: what `steelyardd worker-key` "
                                    "prints is its node_key.\n"
                                  : ""
    );
}

Result<Exit> init(const Context& context, const InitChoices& choices) {
    TRY_ASSIGN(const auto home, find_home(context));
    const auto file = home / settings_file_name;
    std::error_code error;
    if (std::filesystem::exists(file, error)) {
        return fail(ErrorCode::denied, "{} is a worker's home already", home.native());
    }
    const std::string text = print_settings(choices.settings);
    TRY(parse_settings(text, "the settings"));
    if (!choices.settings.node_key.empty()) {
        TRY(worker::parse_z85_key(choices.settings.node_key));
    }
    TRY_ASSIGN(const auto key, make_key(choices));
    std::filesystem::create_directories(home, error);
    std::filesystem::permissions(home, std::filesystem::perms::owner_all, error);
    if (error) {
        return fail(ErrorCode::io, "{}: cannot make: {}", home.native(), error.message());
    }
    TRY(write_account_key(home / choices.settings.key_file, key));
    TRY_ASSIGN(const auto link, worker::open_curve_key_file(home / choices.settings.link_key_file));
    // The last file: a home without it can be made again.
    TRY(files::replace_private_file(file, as_bytes(text)));
    const std::string address =
        client::address_text(client::account_prefix, key.public_key().address());
    const std::string link_key = worker::to_z85(link.public_key);
    print(
        context.json() ? daemon::json_of(
                             {{"home", home.native()}, {"address", address}, {"link_key", link_key}}
                         )
                       : next_steps(choices.settings, address, link_key)
    );
    return Exit::ok;
}

}  // namespace

void add_init(CLI::App& app, Context& context) {
    auto choices = std::make_shared<InitChoices>();
    auto* command = app.add_subcommand("init", "Make a home: settings and keys");
    Settings& settings = choices->settings;
    command->add_option("--node", settings.node, "The node's worker.laddr")->capture_default_str();
    command->add_option("--node-key", settings.node_key, "What `steelyardd worker-key` prints");
    command->add_option("--class", settings.class_name, "The class to be registered for");
    command->add_option("--slots", settings.slots, "Jobs at a time")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{worker::slots_max}));
    command->add_option(
        "--threads", settings.threads, "Threads of a job; else shared by the slots"
    );
    command->add_option("--memory-max", settings.memory_max, "Bytes of a job");
    command->add_option("--disk-max", settings.disk_max, "Bytes of all jobs");
    auto* file = command->add_option(
        "--import-key",
        choices->import_key,
        "A file of mode 0600 with 64 hex digits; else a new key"
    );
    command->add_option("--keyring", choices->keyring, "A wallet's home that has the key")
        ->excludes(file);
    command->add_option("--keyring-backend", choices->keyring_backend, "test or file")
        ->capture_default_str();
    command->add_option("--key", choices->key_name, "The key's name there");
    command->callback([&context, choices] {
        context.action = [&context, choices] { return init(context, *choices); };
    });
}

}  // namespace steelyard::worker_program
