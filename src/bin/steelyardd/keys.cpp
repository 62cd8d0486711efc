#include "base/base64.h"
#include "bin/steelyardd/home.h"
#include "bin/steelyardd/report.h"
#include "consensus/engine/key_file.h"
#include "consensus/engine/posix_files.h"
#include "node/beacon_keys.h"
#include "worker/link/curve_keys.h"

#include <CLI/CLI.hpp>

namespace steelyard::daemon {

namespace {

struct KeyOptions {
    std::string key_type = "secp256k1";
    std::string file;
};

Result<Exit> show_validator(const Context& context) {
    TRY_ASSIGN(const auto loaded, load_home(context));
    TRY_ASSIGN(const auto key, read_validator_key(loaded.config));
    print(fmt::format(
        "{{\"type\":\"{}\",\"value\":\"{}\"}}\n",
        crypto::public_key_json_type(key.type()),
        to_base64(key.public_key().bytes())
    ));
    return Exit::ok;
}

Result<Exit> show_node_id(const Context& context) {
    TRY_ASSIGN(const auto loaded, load_home(context));
    TRY_ASSIGN(const auto key, read_node_key(loaded.config));
    const std::string id = key.id().text();
    print(context.json() ? json_of({{"node_id", id}}) : id + "\n");
    return Exit::ok;
}

/// The secret goes to the file, or to standard output where none is named.
Result<void> hand_out(const crypto::SecretBytes& secret, const std::string& file) {
    if (!file.empty()) {
        return engine::write_private_file(file, secret.view());
    }
    print({reinterpret_cast<const char*>(secret.view().data()), secret.view().size()});
    print("\n");
    return {};
}

Result<Exit> gen_node_key(const KeyOptions& options) {
    SystemRandom random;
    TRY(hand_out(p2p::print_node_key(p2p::NodeKey::generate(random)), options.file));
    return Exit::ok;
}

Result<Exit> gen_validator(const KeyOptions& options) {
    TRY_ASSIGN(const auto type, parse_key_type(options.key_type));
    SystemRandom random;
    TRY(hand_out(engine::print_key_file(crypto::PrivateKey::generate(type, random)), options.file));
    return Exit::ok;
}

Result<Exit> show_beacon_key(const Context& context) {
    TRY_ASSIGN(const auto loaded, load_home(context));
    const auto file = loaded.config.path(node::beacon_key_file);
    TRY_ASSIGN(const auto key, node::read_beacon_key(file));
    const std::string text = to_base64(key.public_key().bytes());
    print(context.json() ? json_of({{"beacon_key", text}}) : text + "\n");
    return Exit::ok;
}

Result<Exit> worker_key(const Context& context) {
    TRY_ASSIGN(const auto loaded, load_home(context));
    const auto file = loaded.config.path(loaded.config.worker.key_file);
    TRY_ASSIGN(const auto key, worker::open_curve_key_file(file));
    const std::string text = worker::to_z85(key.public_key);
    print(context.json() ? json_of({{"worker_key", text}}) : text + "\n");
    return Exit::ok;
}

Result<Exit> gen_beacon_key(const KeyOptions& options) {
    SystemRandom random;
    const auto key = crypto::PrivateKey::generate(crypto::KeyType::secp256k1, random);
    TRY(hand_out(engine::print_key_file(key), options.file));
    return Exit::ok;
}

}  // namespace

void add_keys(CLI::App& app, Context& context) {
    app.add_subcommand("show-validator", "Print the validator's public key as JSON")
        ->callback([&context] { context.action = [&context] { return show_validator(context); }; });
    app.add_subcommand("show-node-id", "Print the node's id")->callback([&context] {
        context.action = [&context] { return show_node_id(context); };
    });
    app.add_subcommand("show-beacon-key", "Print the public key of the beacon key, in base64")
        ->callback([&context] { context.action = [&context] { return show_beacon_key(context); }; }
        );
    app.add_subcommand("worker-key", "Print the node's public key on the link to its workers")
        ->callback([&context] { context.action = [&context] { return worker_key(context); }; });
    auto options = std::make_shared<KeyOptions>();
    constexpr const char* file_help = "Write it here, with mode 0600; else it is printed";
    auto* node_key = app.add_subcommand("gen-node-key", "Make a node's key");
    node_key->add_option("--file", options->file, file_help);
    node_key->callback([&context, options] {
        context.action = [options] { return gen_node_key(*options); };
    });
    auto* validator = app.add_subcommand("gen-validator", "Make a validator's key");
    validator->add_option("--file", options->file, file_help);
    validator->add_option("--key-type", options->key_type, "secp256k1 or ed25519")
        ->capture_default_str();
    auto* beacon_key = app.add_subcommand("gen-beacon-key", "Make a validator's beacon key");
    beacon_key->add_option("--file", options->file, file_help);
    beacon_key->callback([&context, options] {
        context.action = [options] { return gen_beacon_key(*options); };
    });
    validator->callback([&context, options] {
        context.action = [options] { return gen_validator(*options); };
    });
}

}  // namespace steelyard::daemon
