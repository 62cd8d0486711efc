// tx: sign, multisign, broadcast, decode, simulate: transactions in files.
#include "client/tx_files.h"
#include "base/base64.h"
#include "base/hex.h"
#include "bin/steelyard/prompt.h"
#include "bin/steelyard/report.h"
#include "bin/steelyard/tx.h"
#include "cosmos/tx/v1beta1/tx.pb.h"
#include "proto/json.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace steelyard::wallet {
namespace {

/// Base64 and JSON are longer than what they hold.
constexpr std::size_t file_size_max = 4 * chain::tx_size_max;

struct FileOptions {
    TxOptions tx;
    std::string file;
    std::string multisig;            ///< sign as a member of this key
    std::vector<std::string> parts;  ///< files of signatures
};

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
    return text.substr(0, text.find_last_not_of(space) + 1);
}

Complaint in_file(const Error& error, const std::string& file) {
    return Complaint(Exit::usage, "invalid_tx_file", fmt::format("{}: {}", file, error.message()));
}

Outcome<tx::DecodedTx> read_tx(const std::string& file) {
    TRY_ASSIGN(const std::string text, read_input(file, file_size_max));
    auto tx = client::parse_tx(text);
    if (!tx) {
        return std::unexpected(in_file(tx.error(), file));
    }
    return tx;
}

Outcome<Exit> write_tx(const TxOptions& options, const tx::DecodedTx& tx) {
    TRY_ASSIGN(const auto text, client::print_tx(tx));
    TRY(write_output(options.output_document, text));
    return Exit::ok;
}

/// Asks, unless told not to, with all that is signed before the user's eyes.
Outcome<void> agree(
    const TxOptions& options,
    const tx::DecodedTx& tx,
    std::string_view who,
    const chain::ChainId& on
) {
    if (options.yes) {
        return {};
    }
    tell(describe(tx));
    return confirm(fmt::format("Sign as {} on {}?", who, on.text()));
}

Outcome<Exit> sign_for_multisig(
    const Context& context, const FileOptions& options, Keys& keys, const tx::DecodedTx& tx
) {
    TRY_ASSIGN(const auto account, keys.account(options.multisig));
    const std::string address = client::address_text(client::account_prefix, account);
    TRY(client::signer_index(tx, address));
    TRY_ASSIGN(const Actor member, find_actor(keys, options.tx));
    TRY_ASSIGN(const auto client, find_node(context));
    TRY_ASSIGN(
        const auto place,
        find_place(context, options.tx, options.tx.offline ? nullptr : &client, address)
    );
    TRY(agree(options.tx, tx, fmt::format("{} for {}", member.account(), address), place.chain_id));
    TRY_ASSIGN(const auto key, keys.unlock(*member.entry));
    TRY_ASSIGN(const auto part, client::sign_as_member(tx, place, key));
    TRY(write_output(options.tx.output_document, client::print_member_signature(part)));
    return Exit::ok;
}

Outcome<Exit> sign(const Context& context, const FileOptions& options) {
    TRY_ASSIGN(tx::DecodedTx tx, read_tx(options.file));
    TRY_ASSIGN(Keys keys, Keys::open(context));
    if (!options.multisig.empty()) {
        return sign_for_multisig(context, options, keys, tx);
    }
    TRY_ASSIGN(const Actor actor, find_actor(keys, options.tx));
    TRY_ASSIGN(const std::size_t index, client::signer_index(tx, actor.account()));
    TRY_ASSIGN(const auto mode, parse_sign_mode(options.tx.sign_mode));
    TRY_ASSIGN(const auto signers, client::signers_of(tx));
    // Who signs directly signs who else does; several agree on that only in the readable mode.
    const auto used = signers.size() > 1 ? tx::SignMode::legacy_amino_json : mode;
    TRY_ASSIGN(const auto client, find_node(context));
    TRY_ASSIGN(
        const auto place,
        find_place(context, options.tx, options.tx.offline ? nullptr : &client, actor.account())
    );
    TRY(agree(options.tx, tx, actor.account(), place.chain_id));
    TRY_ASSIGN(const auto key, keys.unlock(*actor.entry));
    TRY(client::sign(tx, index, used, place, key));
    return write_tx(options.tx, tx);
}

Outcome<Exit> multisign(const Context& context, const FileOptions& options) {
    TRY_ASSIGN(tx::DecodedTx tx, read_tx(options.file));
    TRY_ASSIGN(const Keys keys, Keys::open(context));
    TRY_ASSIGN(const auto entry, keys.find(options.multisig));
    const auto* const key = std::get_if<tx::MultisigKey>(&entry.key);
    if (key == nullptr) {
        return usage("{} is no multisig key", options.multisig);
    }
    const std::string address = client::address_text(client::account_prefix, entry.address());
    TRY_ASSIGN(const std::size_t index, client::signer_index(tx, address));
    TRY_ASSIGN(const auto client, find_node(context));
    TRY_ASSIGN(
        const auto place,
        find_place(context, options.tx, options.tx.offline ? nullptr : &client, address)
    );
    std::vector<client::MemberSignature> parts;
    for (const std::string& file : options.parts) {
        TRY_ASSIGN(const std::string text, read_input(file, file_size_max));
        auto read = client::parse_member_signatures(text);
        if (!read) {
            return std::unexpected(in_file(read.error(), file));
        }
        std::ranges::move(*read, std::back_inserter(parts));
    }
    const auto combined = client::combine(tx, index, *key, place, parts);
    if (!combined) {
        const bool few = combined.error().code() == ErrorCode::insufficient;
        return std::unexpected(Complaint(
            Exit::failed,
            few ? "not_enough_signatures" : "bad_signature",
            combined.error().message()
        ));
    }
    return write_tx(options.tx, tx);
}

Outcome<Exit> broadcast(const Context& context, const FileOptions& options) {
    TRY_ASSIGN(const tx::DecodedTx tx, read_tx(options.file));
    const bool complete =
        !tx.signers.empty() && tx.raw.signatures.size() == tx.signers.size() &&
        std::ranges::none_of(tx.raw.signatures, [](const Bytes& one) { return one.empty(); });
    if (!complete) {
        return std::unexpected(Complaint(
            Exit::usage,
            "not_signed",
            fmt::format("{} is not signed", options.file),
            "`steelyard tx sign` signs it"
        ));
    }
    TRY_ASSIGN(const auto node, find_node(context));
    return send_tx(context, node, options.tx, tx.raw);
}

/// The bytes of a transaction in base64, hex, or a JSON file.
Outcome<tx::DecodedTx> decode_text(const std::string& argument) {
    if (auto bytes = from_hex(argument); bytes && !argument.empty()) {
        return tx::decode_tx(*bytes);
    }
    if (const auto bytes = from_base64(argument); bytes && !argument.empty()) {
        return tx::decode_tx(*bytes);
    }
    TRY_ASSIGN(const std::string text, read_input(argument, file_size_max));
    const auto content = trimmed(text);
    if (const auto bytes = from_base64(content)) {
        return tx::decode_tx(*bytes);
    }
    auto tx = client::parse_tx(content);
    if (!tx) {
        return std::unexpected(in_file(tx.error(), argument));
    }
    return tx;
}

Outcome<Exit> decode(const Context& context, const FileOptions& options) {
    TRY_ASSIGN(const tx::DecodedTx tx, decode_text(options.file));
    if (context.json()) {
        return write_tx(options.tx, tx);
    }
    std::string out = describe(tx);
    const auto signers = client::signers_of(tx);
    for (std::size_t i = 0; signers && i < signers->size(); ++i) {
        const bool is_signed = i < tx.raw.signatures.size() && !tx.raw.signatures[i].empty();
        out += fields_text({{is_signed ? "signed by" : "to be signed by", signers->at(i)}});
    }
    print(out);
    return Exit::ok;
}

Outcome<Exit> simulate(const Context& context, const FileOptions& options) {
    TRY_ASSIGN(const tx::DecodedTx tx, read_tx(options.file));
    TRY_ASSIGN(const auto node, find_node(context));
    if (tx.signers.empty()) {
        return std::unexpected(Complaint(
            Exit::usage,
            "not_signed",
            fmt::format("{} names no signer", options.file),
            "the gas of what is not signed is told by --dry-run of the command that makes it"
        ));
    }
    const auto gas = client::simulate(node, client::encode_for_simulation(tx, tx.signers));
    if (!gas) {
        return std::unexpected(of_simulation(gas.error()));
    }
    print(
        context.json() ? fields_json({{"gas_used", std::to_string(*gas)}})
                       : fields_text({{"gas used", grouped(*gas)}})
    );
    return Exit::ok;
}

using Run = Outcome<Exit> (*)(const Context&, const FileOptions&);

std::pair<CLI::App*, std::shared_ptr<FileOptions>> add_file_command(
    CLI::App& tx, Context& context, const char* name, const char* help, Run run
) {
    auto options = std::make_shared<FileOptions>();
    auto* command = tx.add_subcommand(name, help);
    command->callback([&context, options, run] {
        context.action = [&context, options, run] { return run(context, *options); };
    });
    return {command, options};
}

constexpr const char* file_help = "A transaction in JSON; - is standard input";

}  // namespace

void add_tx_files(CLI::App& tx, Context& context) {
    {
        const auto [command, options] =
            add_file_command(tx, context, "sign", "Sign a transaction that was made before", sign);
        command->add_option("file", options->file, file_help)->required();
        command->add_option(
            "--multisig", options->multisig, "Sign as a member of this key, and print that part"
        );
        add_signing_options(*command, options->tx);
    }
    {
        const auto [command, options] = add_file_command(
            tx, context, "multisign", "Put the parts of a multisig signature together", multisign
        );
        command->add_option("file", options->file, file_help)->required();
        command->add_option("key", options->multisig, "The multisig key's name or address")
            ->required();
        command->add_option("parts", options->parts, "What `tx sign --multisig` has printed")
            ->required();
        add_signing_options(*command, options->tx);
    }
    {
        const auto [command, options] =
            add_file_command(tx, context, "broadcast", "Send a signed transaction", broadcast);
        command->add_option("file", options->file, file_help)->required();
        add_sending_options(*command, options->tx);
    }
    {
        const auto [command, options] =
            add_file_command(tx, context, "decode", "Show what a transaction says", decode);
        command->add_option("tx", options->file, "In base64 or hex, or a file of it or of JSON")
            ->required();
    }
    const auto [command, options] = add_file_command(
        tx, context, "simulate", "Ask how much gas a signed transaction takes", simulate
    );
    command->add_option("file", options->file, file_help)->required();
}

}  // namespace steelyard::wallet
