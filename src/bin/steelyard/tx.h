// What the commands of transactions share: options, and the way from messages to a committed
// transaction.
#pragma once

#include "bin/steelyard/command.h"
#include "client/account.h"
#include "client/money.h"

namespace steelyard::wallet {

/// Options of every command that makes or signs a transaction.
struct TxOptions {
    std::string from{};  ///< name or address; empty: the only key that there is
    std::string gas = "auto";
    std::string gas_adjustment = "1.3";
    std::string gas_prices{};  ///< empty: what the chain asks for
    std::string fees{};        ///< empty: by gas and its price
    std::string fee_payer{};   ///< empty: the first signer
    std::string note{};
    std::uint64_t timeout_height = 0;
    std::string sign_mode = "direct";
    std::optional<std::uint64_t> account_number{};
    std::optional<std::uint64_t> sequence{};
    std::string output_document{};
    std::int64_t wait_seconds = 30;
    bool offline = false;
    bool generate_only = false;
    bool dry_run = false;
    bool yes = false;
};

/// Options of who signs; and, with fees and sending, of what is made.
void add_signing_options(CLI::App& command, TxOptions& options);
void add_making_options(CLI::App& command, TxOptions& options);
void add_sending_options(CLI::App& command, TxOptions& options);

/// Who acts: an account, and its key if it is here.
struct Actor {
    crypto::Address address{};
    std::optional<client::KeyEntry> entry{};

    std::string account() const { return client::address_text(client::account_prefix, address); }
    std::string validator() const { return client::address_text(client::operator_prefix, address); }
};

/// Of --from. Errors: key_not_found; an address without its key, unless the transaction is only
/// made.
Outcome<Actor> find_actor(const Keys& keys, const TxOptions& options);

/// What messages are made from.
struct Making {
    const Keys& keys;
    const Actor& actor;
    const client::NodeClient* node;  ///< nullptr offline
};

using Messages = std::vector<tx::PackedMessage>;
using MakeMessages = std::function<Outcome<Messages>(const Making& making)>;

/// The whole transaction but for its signatures: with its gas, by simulation unless the options say
/// it, and its fee. Errors: what the simulation says.
Outcome<tx::DecodedTx> price_tx(
    const TxOptions& options, const Making& making, const MakeMessages& make
);

/// Who signs, and with what.
struct Signing {
    const Context& context;
    const TxOptions& options;
    Keys& keys;
    const Actor& actor;
    const client::NodeClient* node;  ///< nullptr offline
};

/// Shows the transaction and asks, unless the options say yes; then signs for the actor, who is its
/// only signer (else an error).
Outcome<void> sign_tx(const Signing& signing, tx::DecodedTx& tx);

/// Makes the messages, prices, shows, signs, sends and waits, as far as the options say.
Outcome<Exit> make_tx(const Context& context, const TxOptions& options, const MakeMessages& make);

/// --chain-id, else the node's.
Outcome<chain::ChainId> find_chain_id(const Context& context, const client::NodeClient* node);

/// Where a signature of the account stands: --account-number and --sequence, else what the node
/// says.
Outcome<tx::SignerPlace> find_place(
    const Context& context,
    const TxOptions& options,
    const client::NodeClient* node,
    std::string_view address
);

Outcome<tx::SignMode> parse_sign_mode(std::string_view text);

/// For people: what a transaction does, and what it costs.
std::string describe(const tx::DecodedTx& tx);

/// Sends and waits for the commit. Errors: the complaint of the refusal, the failure or the wait.
Outcome<client::FoundTx> commit_tx(
    const client::NodeClient& node, const chain::TxRaw& tx, std::chrono::seconds patience
);

/// Sends, waits as long as the options say, and reports. Errors: the complaint of the refusal or
/// the failure.
Outcome<Exit> send_tx(
    const Context& context,
    const client::NodeClient& node,
    const TxOptions& options,
    const chain::TxRaw& tx
);

/// A committed transaction as text, or as the SDK's TxResponse.
std::string report_of(const Context& context, const client::FoundTx& found);

// Each adds its commands.
void add_bank_txs(CLI::App& tx, Context& context);
void add_staking_txs(CLI::App& tx, Context& context);
void add_validator_txs(CLI::App& tx, Context& context);
void add_distribution_txs(CLI::App& tx, Context& context);
void add_governing_txs(CLI::App& tx, Context& context);
void add_tx_files(CLI::App& tx, Context& context);

/// A command that makes a transaction: its parser, with all options of makers.
CLI::App* add_maker(
    CLI::App& tx, Context& context, const char* name, const char* help, MakeMessages make
);

}  // namespace steelyard::wallet
