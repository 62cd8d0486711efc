#include "bin/steelyard/tx.h"

#include "base/decimal.h"
#include "bin/steelyard/market.h"
#include "bin/steelyard/prompt.h"
#include "bin/steelyard/report.h"
#include "client/tx_files.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <limits>

namespace steelyard::wallet {
namespace {

/// The greatest factor of --gas-adjustment.
constexpr std::int64_t adjustment_max = 10;

Outcome<std::uint64_t> adjusted(std::uint64_t gas, std::string_view factor_text) {
    TRY_ASSIGN(const auto factor, chain::Dec::parse(factor_text));
    if (factor < chain::Dec(1) || factor > chain::Dec(adjustment_max)) {
        return usage("--gas-adjustment {} is not from 1 to {}", factor_text, adjustment_max);
    }
    const auto product = checked_mul(factor, chain::Amount(gas));
    const auto whole = product ? to_amount(*product, chain::Rounding::up) : std::nullopt;
    if (!whole || whole->value() > std::numeric_limits<std::uint64_t>::max()) {
        return usage("{} gas is too much", gas);
    }
    return static_cast<std::uint64_t>(whole->value());
}

/// Names every signer for a simulation: this one with its key, which the chain may not know yet.
Outcome<Bytes> simulated(
    const client::NodeClient& node,
    const tx::DecodedTx& tx,
    const Actor& actor,
    std::optional<std::uint64_t> sequence
) {
    TRY_ASSIGN(const auto signers, client::signers_of(tx));
    std::vector<tx::SignerInfo> infos;
    for (const std::string& signer : signers) {
        auto state = client::find_account(node, signer);
        if (!state && state.error().code() == ErrorCode::not_found) {
            return std::unexpected(Complaint(
                Exit::not_found,
                "account_not_found",
                fmt::format("nobody has paid {} yet, so it has no account", signer),
                "an account is there from the first payment to it on"
            ));
        }
        if (!state) {
            return std::unexpected(of_node(state.error()));
        }
        const bool is_actor = signer == actor.account();
        tx::SignerInfo info{.key = state->key, .mode = tx::SignMode::direct, .members = {}};
        info.sequence = is_actor ? sequence.value_or(state->sequence) : state->sequence;
        if (!info.key && is_actor && actor.entry) {
            info.key = actor.entry->key;
        }
        if (const auto* const key = info.key ? std::get_if<tx::MultisigKey>(&*info.key) : nullptr) {
            info.members.emplace(key->members.size());
            std::fill_n(info.members->begin(), key->threshold, true);
        }
        infos.push_back(std::move(info));
    }
    return client::encode_for_simulation(tx, infos);
}

Outcome<void> set_gas(
    const TxOptions& options, const client::NodeClient* node, const Actor& actor, tx::DecodedTx& tx
) {
    if (options.gas != "auto") {
        const auto parsed = parse_decimal(options.gas);
        if (!parsed || *parsed > std::numeric_limits<std::int64_t>::max()) {
            return usage("--gas {} is neither auto nor a number", options.gas);
        }
        tx.fee.gas_limit = static_cast<std::uint64_t>(*parsed);
        return {};
    }
    if (node == nullptr) {
        return usage("offline there is nobody to simulate: say --gas N");
    }
    TRY_ASSIGN(const Bytes bytes, simulated(*node, tx, actor, options.sequence));
    const auto gas = client::simulate(*node, bytes);
    if (!gas) {
        return std::unexpected(of_simulation(gas.error()));
    }
    TRY_ASSIGN(tx.fee.gas_limit, adjusted(*gas, options.gas_adjustment));
    return {};
}

Outcome<void> set_fee(const TxOptions& options, const client::NodeClient* node, tx::DecodedTx& tx) {
    if (!options.fees.empty()) {
        TRY_ASSIGN(tx.fee.amount, client::parse_moneys(options.fees));
        return {};
    }
    client::GasPrice price;
    if (!options.gas_prices.empty()) {
        TRY_ASSIGN(price, client::parse_gas_price(options.gas_prices));
    } else if (node == nullptr) {
        return usage("offline there is nobody to ask for a price: say --fees or --gas-prices");
    } else {
        auto amount = client::min_gas_price(*node);
        if (!amount) {
            return std::unexpected(of_node(amount.error()));
        }
        TRY_ASSIGN(const auto denom, chain::Denom::parse(client::base_denom));
        price = {*amount, denom};
    }
    TRY_ASSIGN(const auto fee, client::fee_of(price, tx.fee.gas_limit));
    if (!fee.amount.is_zero()) {
        TRY_ASSIGN(tx.fee.amount, chain::Coins::make({fee}));
    }
    return {};
}

Outcome<Exit> write_tx(const TxOptions& options, const tx::DecodedTx& tx) {
    TRY_ASSIGN(const auto text, client::print_tx(tx));
    TRY(write_output(options.output_document, text));
    return Exit::ok;
}

Outcome<Exit> show_gas(const Context& context, const tx::DecodedTx& tx) {
    const Fields fields = {
        {"gas", std::to_string(tx.fee.gas_limit)}, {"fee", to_string(tx.fee.amount)}
    };
    print(
        context.json()
            ? fields_json(fields)
            : fields_text({{"gas", grouped(tx.fee.gas_limit)}, {"fee", client::show(tx.fee.amount)}}
              )
    );
    return Exit::ok;
}

/// The only key with a secret.
Outcome<client::KeyEntry> only_key(const Keys& keys) {
    TRY_ASSIGN(auto entries, keys.list());
    std::erase_if(entries, [](const client::KeyEntry& entry) {
        return std::holds_alternative<client::NoSecret>(entry.secret);
    });
    if (entries.size() != 1) {
        return std::unexpected(Complaint(
            Exit::usage,
            "invalid_argument",
            fmt::format("--from is missing, and there are {} keys to choose from", entries.size()),
            "`steelyard keys list` shows them"
        ));
    }
    return std::move(entries.front());
}

}  // namespace

Outcome<Actor> find_actor(const Keys& keys, const TxOptions& options) {
    if (options.from.empty()) {
        TRY_ASSIGN(auto entry, only_key(keys));
        return Actor{.address = entry.address(), .entry = std::move(entry)};
    }
    auto entry = keys.find(options.from);
    if (entry) {
        return Actor{.address = entry->address(), .entry = *std::move(entry)};
    }
    if (!options.generate_only || entry.error().code != "key_not_found") {
        return std::unexpected(std::move(entry).error());
    }
    TRY_ASSIGN(const auto address, keys.account(options.from));
    return Actor{.address = address, .entry = {}};
}

Outcome<tx::SignMode> parse_sign_mode(std::string_view text) {
    if (text == "direct") {
        return tx::SignMode::direct;
    }
    if (text == "amino-json") {
        return tx::SignMode::legacy_amino_json;
    }
    return usage("\"{}\" is no sign mode: direct or amino-json", text);
}

Outcome<chain::ChainId> find_chain_id(const Context& context, const client::NodeClient* node) {
    if (!context.chain_id.empty()) {
        return chain::ChainId::parse(context.chain_id);
    }
    if (node == nullptr) {
        return usage("offline there is nobody to ask for the chain's name: say --chain-id");
    }
    const auto status = node->status();
    if (!status) {
        return std::unexpected(of_node(status.error()));
    }
    return status->chain_id;
}

Outcome<tx::SignerPlace> find_place(
    const Context& context,
    const TxOptions& options,
    const client::NodeClient* node,
    std::string_view address
) {
    tx::SignerPlace place;
    TRY_ASSIGN(place.chain_id, find_chain_id(context, node));
    if (!options.account_number || !options.sequence) {
        if (node == nullptr) {
            return usage("offline there is nobody to ask: say --account-number and --sequence");
        }
        const auto state = client::find_account(*node, address);
        if (!state && state.error().code() == ErrorCode::not_found) {
            return std::unexpected(Complaint(
                Exit::not_found,
                "account_not_found",
                fmt::format("nobody has paid {} yet, so it has no account", address),
                "an account is there from the first payment to it on"
            ));
        }
        if (!state) {
            return std::unexpected(of_node(state.error()));
        }
        place.account_number = state->number;
        place.sequence = state->sequence;
    }
    place.account_number = options.account_number.value_or(place.account_number);
    place.sequence = options.sequence.value_or(place.sequence);
    return place;
}

Outcome<tx::DecodedTx> price_tx(
    const TxOptions& options, const Making& making, const MakeMessages& make
) {
    tx::DecodedTx tx;
    TRY_ASSIGN(tx.messages, make(making));
    tx.memo = options.note;
    tx.timeout_height = options.timeout_height;
    if (!options.fee_payer.empty()) {
        TRY_ASSIGN(const auto payer, making.keys.account(options.fee_payer));
        tx.fee.payer = client::address_text(client::account_prefix, payer);
    }
    client::encode_parts(tx);
    TRY(set_gas(options, making.node, making.actor, tx));
    TRY(set_fee(options, making.node, tx));
    client::encode_parts(tx);
    return tx;
}

Outcome<void> sign_tx(const Signing& signing, tx::DecodedTx& tx) {
    const auto& [context, options, keys, actor, node] = signing;
    TRY_ASSIGN(const auto mode, parse_sign_mode(options.sign_mode));
    TRY_ASSIGN(const std::size_t index, client::signer_index(tx, actor.account()));
    TRY_ASSIGN(const auto signers, client::signers_of(tx));
    if (signers.size() > 1) {
        return usage(
            "the transaction has {} signers; make it with --generate-only and let each `tx sign` "
            "it",
            signers.size()
        );
    }
    TRY_ASSIGN(const auto place, find_place(context, options, node, actor.account()));
    if (!options.yes) {
        tell(describe(tx));
        TRY(confirm(fmt::format("Sign as {} on {}?", actor.account(), place.chain_id.text())));
    }
    TRY_ASSIGN(const auto key, keys.unlock(*actor.entry));
    TRY(client::sign(tx, index, mode, place, key));
    return {};
}

Outcome<Exit> make_tx(const Context& context, const TxOptions& options, const MakeMessages& make) {
    TRY_ASSIGN(Keys keys, Keys::open(context));
    TRY_ASSIGN(const Actor actor, find_actor(keys, options));
    TRY_ASSIGN(const auto client, find_node(context));
    const client::NodeClient* const node = options.offline ? nullptr : &client;
    TRY_ASSIGN(tx::DecodedTx tx, price_tx(options, {keys, actor, node}, make));
    if (options.dry_run) {
        return show_gas(context, tx);
    }
    if (options.generate_only) {
        return write_tx(options, tx);
    }
    TRY(sign_tx({context, options, keys, actor, node}, tx));
    return node == nullptr ? write_tx(options, tx) : send_tx(context, *node, options, tx.raw);
}

void add_signing_options(CLI::App& command, TxOptions& options) {
    command.add_option("--from", options.from, "Who acts: a key's name or address")
        ->envname("STEELYARD_FROM");
    command.add_option("--sign-mode", options.sign_mode, "direct or amino-json")
        ->check(CLI::IsMember({"direct", "amino-json"}))
        ->capture_default_str();
    command.add_flag("--offline", options.offline, "Ask no node");
    command.add_option("-a,--account-number", options.account_number, "Else the node is asked");
    command.add_option("-s,--sequence", options.sequence, "Else the node is asked");
    command.add_flag("-y,--yes", options.yes, "Do not ask");
    command.add_option(
        "--output-document",
        options.output_document,
        "A new file for the transaction; else it is printed"
    );
}

void add_making_options(CLI::App& command, TxOptions& options) {
    command.add_option("--gas", options.gas, "auto (by simulation) or a number")
        ->capture_default_str();
    command.add_option("--gas-adjustment", options.gas_adjustment, "Factor on the simulated gas")
        ->capture_default_str();
    auto* prices = command.add_option(
        "--gas-prices", options.gas_prices, "Such as 0.01uyard; else what the chain asks for"
    );
    command.add_option("--fees", options.fees, "The whole fee, instead")->excludes(prices);
    command.add_option("--fee-payer", options.fee_payer, "Who pays, if it is not the first signer");
    command.add_option("--note,--memo", options.note, "A text for everyone to read");
    command.add_option("--timeout-height", options.timeout_height, "Not after this block");
    auto* dry =
        command.add_flag("--dry-run", options.dry_run, "Show gas and fee, and send nothing");
    command.add_flag("--generate-only", options.generate_only, "Print the transaction, not signed")
        ->excludes(dry);
}

void add_sending_options(CLI::App& command, TxOptions& options) {
    command
        .add_option("--wait", options.wait_seconds, "Seconds to wait for the commit; 0 for none")
        ->check(CLI::Range(0, 3'600))
        ->capture_default_str();
}

CLI::App* add_maker(
    CLI::App& tx, Context& context, const char* name, const char* help, MakeMessages make
) {
    auto options = std::make_shared<TxOptions>();
    auto* command = tx.add_subcommand(name, help);
    add_signing_options(*command, *options);
    add_making_options(*command, *options);
    add_sending_options(*command, *options);
    command->callback([&context, options, make = std::move(make)] {
        context.action = [&context, options, make] { return make_tx(context, *options, make); };
    });
    return command;
}

void add_tx(CLI::App& app, Context& context) {
    auto* tx = app.add_subcommand("tx", "Make, sign and send transactions");
    tx->require_subcommand(1);
    add_bank_txs(*tx, context);
    add_staking_txs(*tx, context);
    add_distribution_txs(*tx, context);
    add_validator_txs(*tx, context);
    add_governing_txs(*tx, context);
    add_market_txs(*tx, context);
    add_tx_files(*tx, context);
}

}  // namespace steelyard::wallet
