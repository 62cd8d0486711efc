#include "base/hex.h"
#include "bin/steelyardd/home.h"
#include "bin/steelyardd/report.h"
#include "bin/steelyardd/testnet_state.h"
#include "node/config/checks.h"

#include <CLI/CLI.hpp>

namespace steelyard::daemon {

namespace {

constexpr std::int64_t validators_max = 100;
constexpr chain::VotingPower validator_power = 10;

/// Ports of a node: peers at the first, RPC and metrics where CometBFT's are from there.
constexpr int ports_per_node = 10;
constexpr int rpc_offset = 1;
constexpr int metrics_offset = 4;
constexpr int rest_offset = 7;

struct TestnetOptions {
    std::int64_t validators = 4;
    std::string folder;
    std::string chain_id = "steelyard-testnet";
    std::string key_type = "secp256k1";
    std::string app = "ledger";
    int starting_port = 26656;
    std::vector<std::string> settings;
    TestnetAccounts accounts;
};

std::string at_port(int port) {
    return fmt::format("127.0.0.1:{}", port);
}

int first_port(const TestnetOptions& options, std::size_t index) {
    return options.starting_port + ports_per_node * static_cast<int>(index);
}

Result<node::Config> config_of(
    const TestnetOptions& options, const std::vector<TestnetMember>& members, std::size_t index
) {
    node::Config config;
    config.moniker = fmt::format("node{}", index);
    config.home = std::filesystem::absolute(options.folder) / config.moniker;
    config.app = options.app;
    const int port = first_port(options, index);
    config.p2p.laddr = "tcp://" + at_port(port);
    config.rpc.laddr = "tcp://" + at_port(port + rpc_offset);
    config.api.address = "tcp://" + at_port(port + rest_offset);
    config.instrumentation.prometheus_listen_addr = at_port(port + metrics_offset);
    config.p2p.addr_book_strict = false;  // loopback is not publicly routable
    config.p2p.allow_duplicate_ip = true;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (i != index) {
            config.p2p.persistent_peers.push_back(
                fmt::format("{}@{}", members[i].node_key.id(), at_port(first_port(options, i)))
            );
        }
    }
    for (const std::string& setting : options.settings) {
        const std::size_t equals = setting.find('=');
        const std::string name = setting.substr(0, equals);
        const node::Option* option = node::find_option(name);
        if (option == nullptr || equals == setting.npos) {
            return invalid("--set {}: give NAME=VALUE with an option of config.toml", setting);
        }
        TRY(node::assign_text(*option, config, setting.substr(equals + 1)));
    }
    TRY(node::validate(config));
    return config;
}

Result<void> check(const TestnetOptions& options) {
    if (options.validators < 1 || options.validators > validators_max) {
        return invalid("--v {}: give 1 to {} validators", options.validators, validators_max);
    }
    const int last = first_port(options, static_cast<std::size_t>(options.validators)) - 1;
    if (options.starting_port < 1 || last > 65535) {
        return invalid(
            "--starting-port {}: ports {} to {} are asked for, of 1 to 65535",
            options.starting_port,
            options.starting_port,
            last
        );
    }
    return {};
}

std::vector<TestnetMember> make_members(std::int64_t count, crypto::KeyType type) {
    SystemRandom random;
    constexpr auto account_type = crypto::KeyType::secp256k1;
    std::vector<TestnetMember> members;
    for (std::int64_t i = 0; i < count; ++i) {
        members.push_back(
            {.moniker = fmt::format("node{}", i),
             .validator_key = crypto::PrivateKey::generate(type, random),
             .node_key = p2p::NodeKey::generate(random),
             .beacon_key = crypto::PrivateKey::generate(account_type, random),
             .operator_key = crypto::PrivateKey::generate(account_type, random)}
        );
    }
    return members;
}

Result<chain::GenesisDoc> make_genesis(
    const TestnetOptions& options, const std::vector<TestnetMember>& members
) {
    chain::GenesisDoc doc;
    TRY_ASSIGN(doc.chain_id, chain::ChainId::parse(options.chain_id));
    doc.genesis_time = chain::Timestamp::from_wall(SystemClock().wall_now());
    if (options.app == "ledger") {
        TRY_ASSIGN(
            doc.app_state,
            make_testnet_state(doc.chain_id, options.folder, members, options.accounts)
        );
        return doc;
    }
    for (const TestnetMember& member : members) {
        doc.validators.push_back(
            {.public_key = member.validator_key.public_key(),
             .power = validator_power,
             .name = member.moniker}
        );
    }
    return doc;
}

Result<Exit> testnet(const Context& context, const TestnetOptions& options) {
    TRY(check(options));
    TRY(node::check_application(options.app));
    TRY_ASSIGN(const auto type, parse_key_type(options.key_type));
    const std::vector<TestnetMember> members = make_members(options.validators, type);
    for (std::size_t i = 0; i < members.size(); ++i) {
        TRY(config_of(options, members, i));  // before anything is written
    }
    TRY_ASSIGN(const auto doc, make_genesis(options, members));
    const std::string genesis = chain::print_genesis(doc);
    std::string json;
    std::vector<std::vector<std::string>> rows = {{"node", "home", "id", "p2p", "rpc", "rest"}};
    for (std::size_t i = 0; i < members.size(); ++i) {
        TRY_ASSIGN(const auto config, config_of(options, members, i));
        TRY(create_home(
            {.config = config,
             .validator_key = members[i].validator_key,
             .node_key = members[i].node_key,
             .beacon_key = members[i].beacon_key,
             .genesis = genesis}
        ));
        if (options.app == "ledger") {
            TRY(keep_operator_key(config.home, members[i]));
        }
        const Fields fields = {
            {"moniker", config.moniker},
            {"home", config.home.native()},
            {"node_id", members[i].node_key.id().text()},
            {"p2p", config.p2p.laddr},
            {"rpc", config.rpc.laddr},
            {"rest", config.api.address},
        };
        json += (i == 0 ? "[\n" : ",\n") + json_of(fields).erase(json_of(fields).size() - 1);
        rows.emplace_back();
        for (const auto& [name, value] : fields) {
            rows.back().push_back(value);
        }
    }
    print(context.json() ? json + "\n]\n" : table_of(rows));
    return Exit::ok;
}

}  // namespace

void add_testnet(CLI::App& app, Context& context) {
    auto options = std::make_shared<TestnetOptions>();
    auto* command =
        app.add_subcommand("testnet", "Make the homes of a chain's validators on loopback");
    command->add_option("--v", options->validators, "Validators")->capture_default_str();
    command
        ->add_option("--output-dir,--dir", options->folder, "Folder of the homes node0, node1, ...")
        ->required();
    command->add_option("--chain-id", options->chain_id, "The chain's name")->capture_default_str();
    command->add_option("--key-type", options->key_type, "Of the validators: secp256k1 or ed25519")
        ->capture_default_str();
    command->add_option("--app", options->app, "ledger or kvstore")->capture_default_str();
    command
        ->add_option(
            "--account",
            options->accounts.names,
            "Make a key of this name in the keyring \"test\" of OUTPUT-DIR/keyring, with money"
        )
        ->take_all();
    command->add_option("--fund", options->accounts.addresses, "Give an address yard1... money")
        ->take_all();
    command->add_flag(
        "--public-account",
        options->accounts.with_public,
        "Give money to the account of the public mnemonic \"abandon ... about\""
    );
    command
        ->add_option(
            "--starting-port",
            options->starting_port,
            "Of the first node's peers; RPC is the next, a node has ten"
        )
        ->capture_default_str();
    command->add_option("--set", options->settings, "NAME=VALUE of an option in every config.toml")
        ->take_all();
    command->callback([&context, options] {
        context.action = [&context, options] { return testnet(context, *options); };
    });
}

}  // namespace steelyard::daemon
