#include "base/hex.h"
#include "bin/steelyardd/home.h"
#include "bin/steelyardd/report.h"
#include "crypto/sha256.h"
#include "ledger/genesis/document.h"
#include "node/config/checks.h"
#include "node/files.h"

#include <CLI/CLI.hpp>

namespace steelyard::daemon {

namespace {

constexpr std::string_view ledger_app = "ledger";
constexpr chain::VotingPower first_validator_power = 10;

struct InitOptions {
    std::string moniker;
    std::string chain_id;
    std::string key_type = "secp256k1";
    std::string app;
    std::string genesis;
    std::string genesis_sha256;
};

/// The text of the genesis file that the operator named, checked against what he knows of it.
Result<std::string> given_genesis(const InitOptions& options) {
    TRY_ASSIGN(std::string text, node::read_file(options.genesis, chain::genesis_size_max));
    if (!options.genesis_sha256.empty()) {
        crypto::Hash256 wanted{};
        if (auto hex = from_hex(options.genesis_sha256, wanted); !hex) {
            return std::unexpected(std::move(hex).error().in("--genesis-sha256"));
        }
        const crypto::Hash256 got =
            crypto::sha256(ByteView(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())
            );
        if (got != wanted) {
            return fail(
                ErrorCode::denied,
                "{} has the SHA-256 {}, not {}: it is another chain's, or was changed",
                options.genesis,
                to_hex(got),
                to_hex(wanted)
            );
        }
    }
    auto doc = chain::parse_genesis(text);
    if (!doc) {
        return std::unexpected(std::move(doc).error().in(options.genesis));
    }
    if (!options.chain_id.empty() && doc->chain_id.text() != options.chain_id) {
        return invalid(
            "{} is of the chain {}, --chain-id names {}",
            options.genesis,
            doc->chain_id,
            options.chain_id
        );
    }
    return text;
}

/// A new chain. One of the key-value application has this node as its only validator; one of the
/// ledger gets its accounts and validators by the commands for a genesis.
Result<std::string> new_genesis(
    const InitOptions& options, const std::string& app, const crypto::PublicKey& key
) {
    if (options.chain_id.empty()) {
        return invalid("a new chain needs a name: --chain-id; or join one with --genesis");
    }
    chain::GenesisDoc doc;
    TRY_ASSIGN(doc.chain_id, chain::ChainId::parse(options.chain_id));
    doc.genesis_time = chain::Timestamp::from_wall(SystemClock().wall_now());
    if (app == ledger_app) {
        doc.app_state = genesis::Document::make({}).print();
    } else {
        doc.validators = {
            {.public_key = key, .power = first_validator_power, .name = options.moniker}
        };
    }
    TRY(chain::validate(doc));
    return chain::print_genesis(doc);
}

/// The application that a genesis is for: the ledger names its validators itself.
Result<std::string> app_of(std::string_view genesis) {
    TRY_ASSIGN(const auto doc, chain::parse_genesis(genesis));
    return doc.validators.empty() ? std::string(ledger_app) : "kvstore";
}

Result<Exit> init(const Context& context, const InitOptions& options) {
    TRY(node::check_moniker(options.moniker));
    TRY_ASSIGN(const auto type, parse_key_type(options.key_type));
    node::Config config;
    if (!options.app.empty()) {
        TRY(node::check_application(options.app));
        config.app = options.app;
    }
    TRY_ASSIGN(config.home, find_home(context));
    config.moniker = options.moniker;
    SystemRandom random;
    const auto validator_key = crypto::PrivateKey::generate(type, random);
    const auto node_key = p2p::NodeKey::generate(random);
    const auto beacon_key = crypto::PrivateKey::generate(crypto::KeyType::secp256k1, random);
    TRY_ASSIGN(
        const std::string genesis,
        options.genesis.empty() ? new_genesis(options, config.app, validator_key.public_key())
                                : given_genesis(options)
    );
    if (options.app.empty()) {
        TRY_ASSIGN(config.app, app_of(genesis));
    }
    TRY(create_home(
        {.config = config,
         .validator_key = validator_key,
         .node_key = node_key,
         .beacon_key = beacon_key,
         .genesis = genesis}
    ));
    TRY_ASSIGN(const auto doc, chain::parse_genesis(genesis));
    const Fields fields = {
        {"home", config.home.native()},
        {"moniker", config.moniker},
        {"chain_id", doc.chain_id.text()},
        {"node_id", node_key.id().text()},
        {"validator_address", to_hex_upper(validator_key.public_key().address())},
        {"genesis_hash", to_hex_upper(chain::genesis_hash(doc))},
    };
    print(context.json() ? json_of(fields) : text_of(fields));
    return Exit::ok;
}

}  // namespace

void add_init(CLI::App& app, Context& context) {
    auto options = std::make_shared<InitOptions>();
    auto* command = app.add_subcommand("init", "Make the home of a new node");
    command->add_option("moniker", options->moniker, "The node's name, for people")->required();
    command->add_option("--chain-id", options->chain_id, "The chain's name; makes a new chain");
    command->add_option(
        "--app", options->app, "ledger or kvstore [ledger, or what --genesis is for]"
    );
    command->add_option("--key-type", options->key_type, "Of the validator: secp256k1 or ed25519")
        ->capture_default_str();
    auto* genesis =
        command->add_option("--genesis", options->genesis, "Join the chain of this file");
    command->add_option("--genesis-sha256", options->genesis_sha256, "What sha256sum says of it")
        ->needs(genesis);
    command->callback([&context, options] {
        context.action = [&context, options] { return init(context, *options); };
    });
}

}  // namespace steelyard::daemon
