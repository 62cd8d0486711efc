// Genesis transactions: how the first validators come into being.
//
// Their signers have account number 0 and sequence 0 in what they sign: nobody knows the numbers
// before the document is put together. They pay no fee.
#include "cosmos/tx/v1beta1/tx.pb.h"
#include "ledger/auth/accounts.h"
#include "ledger/genesis/sections.h"
#include "ledger/pipeline/pipeline.h"
#include "ledger/state/values.h"
#include "proto/codec.h"
#include "steelyard/genesis/v1/genesis.pb.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <array>

namespace steelyard::genesis {
namespace {

constexpr int gen_txs_max = 1'000;

constexpr std::array<std::string_view, 2> types = {
    "/cosmos.staking.v1beta1.MsgCreateValidator", "/steelyard.beacon.v1.MsgRegisterKey"
};

/// The transaction as it would travel. What was signed is in its one encoding, or the signature is
/// not good.
Bytes encode(const cosmos::tx::v1beta1::Tx& tx) {
    chain::TxRaw raw;
    raw.body = proto::serialize(tx.body());
    raw.auth_info = proto::serialize(tx.auth_info());
    for (const std::string& signature : tx.signatures()) {
        raw.signatures.push_back(to_bytes(as_bytes(signature)));
    }
    return chain::encode_tx_raw(raw);
}

Result<void> check_signer(Context& context, const pipeline::ReadTx& tx, std::size_t index) {
    const auto number = sure(auth::find(context.state, tx.signers[index]));
    if (!number) {
        return invalid("signer {} has no account", ledger::account_text(tx.signers[index]));
    }
    auth::Account account = sure(auth::get(context.state, *number));
    const tx::SignerInfo& info = tx.decoded.signers[index];
    if (account.sequence != 0 || info.sequence != 0) {
        return invalid("signer {} has signed before", ledger::account_text(account.address));
    }
    if (!info.key || tx::address_of(*info.key) != account.address) {
        return invalid("signer info {} has not the signer's key", index);
    }
    TRY_ASSIGN(
        const auto statements,
        tx::statements(tx.decoded, index, *info.key, {.chain_id = context.block.chain_id})
    );
    for (const tx::Statement& statement : statements) {
        if (!statement.key.verify(statement.message, statement.signature)) {
            return invalid(
                "the signature of {} is bad: it must be for chain {}, account number 0, sequence 0",
                ledger::account_text(account.address),
                context.block.chain_id
            );
        }
    }
    account.key = info.key;
    account.sequence = 1;
    sure(auth::put(context.state, *number, account));
    return {};
}

Result<void> run(Context& context, const cosmos::tx::v1beta1::Tx& message) {
    const auto tx = pipeline::read_tx(encode(message), context.params);
    if (!tx) {
        return invalid("{}", tx.error().log);
    }
    if (!tx->decoded.fee.amount.empty()) {
        return invalid("pays a fee of {}, must be none", to_string(tx->decoded.fee.amount));
    }
    for (std::size_t i = 0; i < tx->signers.size(); ++i) {
        TRY(check_signer(context, *tx, i));
    }
    for (std::size_t i = 0; i < tx->messages.size(); ++i) {
        const messages::MessageType& type = *tx->types[i];
        if (std::ranges::find(types, type.type_url) == types.end()) {
            return invalid("{} has no place in a genesis", type.type_url);
        }
        if (const auto done = type.execute(context, *tx->messages[i]); !done) {
            return invalid("message {}: {}", i, done.error().log);
        }
    }
    return {};
}

}  // namespace

Result<void> run_gen_txs(Context& context, const v1::GenutilState& section) {
    if (section.gen_txs_size() > gen_txs_max) {
        return fail(
            ErrorCode::too_large,
            "app_state.genutil.gen_txs: are {}, limit {}",
            section.gen_txs_size(),
            gen_txs_max
        );
    }
    for (int i = 0; i < section.gen_txs_size(); ++i) {
        TRY(at(fmt::format("genutil.gen_txs[{}]", i), run(context, section.gen_txs(i))));
    }
    return {};
}

}  // namespace steelyard::genesis
