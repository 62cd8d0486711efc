// Putting a ledger's genesis together: accounts, genesis transactions, a look at the whole.
#include "base/hex.h"
#include "bin/steelyardd/home.h"
#include "bin/steelyardd/report.h"
#include "client/keyring.h"
#include "client/money.h"
#include "ledger/app/application.h"
#include "ledger/genesis/document.h"
#include "ledger/genesis/make_gen_tx.h"
#include "ledger/staking/operations.h"
#include "node/beacon_keys.h"
#include "node/files.h"
#include "storage/memory_store.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace steelyard::daemon {

namespace {

constexpr std::size_t gen_tx_size_max = std::size_t{64} << 10;
constexpr std::string_view gen_tx_folder = "config/gentx";

struct AccountOptions {
    std::string address;
    std::string coins;
};

struct GenTxOptions {
    std::string name;
    std::string amount;
    std::string keyring_folder;
    std::string moniker;
    std::string commission_rate = "0.1";
    std::string commission_max_rate = "0.2";
    std::string commission_max_change_rate = "0.01";
    std::string file;
};

/// A home's genesis with its app_state taken apart.
struct OpenGenesis {
    chain::GenesisDoc doc;
    genesis::Document state;
};

Result<OpenGenesis> open_genesis(const node::Config& config) {
    TRY(check_is_ledger(config));
    TRY_ASSIGN(auto doc, read_genesis(config));
    TRY_ASSIGN(auto state, genesis::Document::parse(doc.app_state));
    return OpenGenesis{std::move(doc), std::move(state)};
}

Result<void> save(const node::Config& config, OpenGenesis genesis) {
    genesis.doc.app_state = genesis.state.print();
    return replace_genesis(config, genesis.doc);
}

Result<Exit> add_account(const Context& context, const AccountOptions& options) {
    TRY_ASSIGN(const auto loaded, load_home(context));
    TRY_ASSIGN(const auto address, client::parse_address(client::account_prefix, options.address));
    TRY_ASSIGN(const auto coins, client::parse_moneys(options.coins));
    if (coins.all().empty()) {
        return invalid("an account of a genesis has money, not {}", client::show(coins));
    }
    TRY_ASSIGN(auto genesis, open_genesis(loaded.config));
    TRY(genesis.state.add_account(address, coins));
    TRY(save(loaded.config, std::move(genesis)));
    print(fmt::format("{} has {}\n", options.address, client::show(coins)));
    return Exit::ok;
}

/// What the chain would refuse whatever its state, before others have the file.
Result<void> check(const genesis::NewValidator& validator) {
    const auto checked = staking::check(staking::NewValidator{
        .description = {.moniker = validator.moniker},
        .commission =
            {.rate = validator.commission_rate,
             .max_rate = validator.commission_max_rate,
             .max_change_rate = validator.commission_max_change_rate},
        .min_self_delegation = chain::Amount(std::uint64_t{1}),
        .consensus_key = validator.consensus_key,
        .self_delegation = validator.self_delegation,
    });
    return checked ? Result<void>() : invalid("{}", checked.error().log);
}

Result<genesis::NewValidator> describe(const node::Config& config, const GenTxOptions& options) {
    TRY_ASSIGN(const auto consensus_key, read_validator_key(config));
    TRY_ASSIGN(const auto beacon_key, node::read_beacon_key(config.path(node::beacon_key_file)));
    TRY_ASSIGN(const auto stake, client::parse_money(options.amount));
    if (stake.denom.text() != client::base_denom) {
        return invalid("{}: stake is in {}", options.amount, client::base_denom);
    }
    genesis::NewValidator validator{
        .moniker = options.moniker.empty() ? config.moniker : options.moniker,
        .consensus_key = consensus_key.public_key(),
        .beacon_key = beacon_key.public_key(),
        .self_delegation = stake.amount,
    };
    TRY_ASSIGN(validator.commission_rate, chain::Dec::parse(options.commission_rate));
    TRY_ASSIGN(validator.commission_max_rate, chain::Dec::parse(options.commission_max_rate));
    TRY_ASSIGN(
        validator.commission_max_change_rate, chain::Dec::parse(options.commission_max_change_rate)
    );
    TRY(check(validator));
    return validator;
}

Result<Exit> gen_tx(const Context& context, const GenTxOptions& options) {
    TRY_ASSIGN(const auto loaded, load_home(context));
    const node::Config& config = loaded.config;
    TRY_ASSIGN(const auto opened, open_genesis(config));
    const std::filesystem::path keys = options.keyring_folder.empty()
                                           ? config.home
                                           : std::filesystem::path(options.keyring_folder);
    const client::Keyring keyring(keys, client::KeyringBackend::test);
    TRY_ASSIGN(const auto entry, keyring.find(options.name));
    TRY_ASSIGN(const auto key, client::open_entry(entry, {}));
    TRY_ASSIGN(const auto validator, describe(config, options));
    const auto funds = opened.state.balance(key.public_key().address());
    const auto denom = chain::Denom::parse(client::base_denom);
    if (!funds) {
        return fail(
            ErrorCode::insufficient,
            "{} has no account in the genesis: steelyardd add-genesis-account {} COINS",
            options.name,
            client::address_text(client::account_prefix, key.public_key().address())
        );
    }
    if (funds->amount_of(*denom) < validator.self_delegation) {
        return fail(
            ErrorCode::insufficient,
            "{} has {} in the genesis, which is less than the stake",
            options.name,
            client::show(*funds)
        );
    }
    const std::string tx = genesis::make_gen_tx(opened.doc.chain_id, key, validator);
    std::filesystem::path file = options.file;
    if (file.empty()) {
        TRY_ASSIGN(const auto node_key, read_node_key(config));
        const auto folder = config.path(gen_tx_folder);
        std::error_code error;
        std::filesystem::create_directories(folder, error);
        file = folder / fmt::format("gentx-{}.json", node_key.id().text());
    }
    TRY(replace_text_file(file, tx));
    print(file.native() + "\n");
    return Exit::ok;
}

/// The files of a folder that end in .json, by name.
Result<std::vector<std::filesystem::path>> json_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (auto entry = std::filesystem::directory_iterator(folder, error);
         !error && entry != std::filesystem::directory_iterator();
         entry.increment(error)) {
        if (entry->path().extension() == ".json") {
            files.push_back(entry->path());
        }
    }
    if (error) {
        return fail(ErrorCode::not_found, "{}: {}", folder.native(), error.message());
    }
    if (files.empty()) {
        return fail(
            ErrorCode::not_found,
            "{} has no genesis transactions: steelyardd gentx",
            folder.native()
        );
    }
    std::ranges::sort(files);
    return files;
}

Result<Exit> collect(const Context& context, const std::string& folder) {
    TRY_ASSIGN(const auto loaded, load_home(context));
    TRY_ASSIGN(auto genesis, open_genesis(loaded.config));
    genesis.state.clear_gen_txs();
    TRY_ASSIGN(
        const auto files,
        json_files(
            folder.empty() ? loaded.config.path(gen_tx_folder) : std::filesystem::path(folder)
        )
    );
    for (const auto& file : files) {
        TRY_ASSIGN(const auto text, node::read_file(file, gen_tx_size_max));
        if (auto added = genesis.state.add_gen_tx(text); !added) {
            return std::unexpected(std::move(added).error().in(file.native()));
        }
    }
    TRY(save(loaded.config, std::move(genesis)));
    print(fmt::format("genesis transactions: {}\n", files.size()));
    return Exit::ok;
}

Result<Exit> validate(const Context& context, const std::string& file) {
    std::filesystem::path path = file;
    if (file.empty()) {
        TRY_ASSIGN(const auto loaded, load_home(context));
        TRY(check_is_ledger(loaded.config));
        path = loaded.config.path(loaded.config.genesis_file);
    }
    TRY_ASSIGN(const std::string text, node::read_file(path, chain::genesis_size_max));
    auto doc = chain::parse_genesis(text);
    if (!doc) {
        return std::unexpected(std::move(doc).error().in(path.native()));
    }
    storage::MemoryStore store;
    TRY_ASSIGN(const auto application, ledger::Application::open(store, nullptr));
    auto outcome = application->init_chain(*doc);
    if (!outcome) {
        return std::unexpected(std::move(outcome).error().in(path.native()));
    }
    chain::VotingPower power = 0;
    for (const chain::ValidatorUpdate& validator : outcome->validators) {
        power += validator.power;
    }
    const Fields fields = {
        {"chain_id", doc->chain_id.text()},
        {"initial_height", fmt::format("{}", doc->initial_height)},
        {"validators", fmt::format("{}", outcome->validators.size())},
        {"power", fmt::format("{}", power)},
        {"app_hash", to_hex_upper(outcome->app_hash.view())},
        {"genesis_hash", to_hex_upper(chain::genesis_hash(*doc))},
    };
    print(context.json() ? json_of(fields) : text_of(fields));
    return Exit::ok;
}

void add_gen_tx(CLI::App& app, Context& context) {
    auto options = std::make_shared<GenTxOptions>();
    auto* command =
        app.add_subcommand("gentx", "Sign that this node is a validator of a new chain");
    command->add_option("name", options->name, "The operator's key in the keyring")->required();
    command->add_option("amount", options->amount, "His stake, such as 100yard")->required();
    command->add_option(
        "--keyring-dir", options->keyring_folder, "Folder of the keyring \"test\" [the home]"
    );
    command->add_option("--moniker", options->moniker, "The validator's name [the node's]");
    command->add_option("--commission-rate", options->commission_rate)->capture_default_str();
    command->add_option("--commission-max-rate", options->commission_max_rate)
        ->capture_default_str();
    command->add_option("--commission-max-change-rate", options->commission_max_change_rate)
        ->capture_default_str();
    command->add_option(
        "--output-document", options->file, "Write it here [config/gentx/gentx-ID.json]"
    );
    command->callback([&context, options] {
        context.action = [&context, options] { return gen_tx(context, *options); };
    });
}

}  // namespace

void add_genesis(CLI::App& app, Context& context) {
    auto account = std::make_shared<AccountOptions>();
    auto* add = app.add_subcommand("add-genesis-account", "Give an account of a new chain money");
    add->add_option("address", account->address, "yard1...")->required();
    add->add_option("coins", account->coins, "Such as 1000yard or 5uyard,7uabc")->required();
    add->callback([&context, account] {
        context.action = [&context, account] { return add_account(context, *account); };
    });
    add_gen_tx(app, context);
    auto folder = std::make_shared<std::string>();
    auto* collect_command =
        app.add_subcommand("collect-gentxs", "Put genesis transactions into the genesis");
    collect_command->add_option("--gentx-dir", *folder, "Their folder [config/gentx]");
    collect_command->callback([&context, folder] {
        context.action = [&context, folder] { return collect(context, *folder); };
    });
    auto file = std::make_shared<std::string>();
    auto* validate_command = app.add_subcommand(
        "validate-genesis", "Execute a ledger's genesis and say what comes of it"
    );
    validate_command->add_option("file", *file, "[the home's]");
    validate_command->callback([&context, file] {
        context.action = [&context, file] { return validate(context, *file); };
    });
}

}  // namespace steelyard::daemon
