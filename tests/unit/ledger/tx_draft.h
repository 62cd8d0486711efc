// Transactions as wallets make and sign them, for tests of the ledger.
#pragma once

#include "chain/tx.h"
#include "cosmos/bank/v1beta1/tx.pb.h"
#include "cosmos/tx/v1beta1/tx.pb.h"
#include "crypto/sha256.h"
#include "ledger/bank/bank.h"
#include "ledger/state/values.h"
#include "proto/codec.h"
#include "tx/statements.h"

#include <google/protobuf/any.pb.h>

namespace steelyard::ledger {

/// Who signs, with an account in some state.
struct Wallet {
    crypto::PrivateKey key;
    chain::Address address{};
    AccountNumber number{};
    std::uint64_t sequence = 0;  ///< of the next transaction

    std::string text() const { return account_text(address); }
};

/// Always the same key for a number; its account is made where there is none, and gets the coins.
inline Wallet make_wallet(StateView& state, std::uint32_t seed, std::string_view coins) {
    const crypto::Hash256 secret = crypto::sha256((Key('w') << seed).bytes());
    crypto::PrivateKey key = crypto::PrivateKey::parse(crypto::KeyType::secp256k1, secret).value();
    const chain::Address address = key.public_key().address();
    const AccountNumber number = auth::find_or_make(state, address).value();
    const chain::Coins all = chain::Coins::parse(coins).value();
    CHECK(bank::endow(state, number, all).has_value());
    return {.key = std::move(key), .address = address, .number = number};
}

/// The accounts that a genesis makes.
inline void make_module_accounts(StateView& state) {
    for (const std::string_view name : auth::module_names) {
        CHECK(auth::make(
                  state, {.address = auth::module_address(name), .module_name = std::string(name)}
        )
                  .has_value());
    }
}

inline void add_coins(
    google::protobuf::RepeatedPtrField<cosmos::base::v1beta1::Coin>& out, std::string_view text
) {
    const chain::Coins coins = chain::Coins::parse(text).value();
    for (const chain::Coin& coin : coins.all()) {
        auto& added = *out.Add();
        added.set_denom(coin.denom.text());
        added.set_amount(to_string(coin.amount));
    }
}

inline cosmos::bank::v1beta1::MsgSend make_send(
    const chain::Address& from, const chain::Address& to, std::string_view coins
) {
    cosmos::bank::v1beta1::MsgSend message;
    message.set_from_address(account_text(from));
    message.set_to_address(account_text(to));
    add_coins(*message.mutable_amount(), coins);
    return message;
}

inline tx::DecodedTx decoded_for_amino(const Bytes& body, const Bytes& auth_info) {
    return tx::decode_tx(chain::encode_tx_raw({.body = body, .auth_info = auth_info})).value();
}

/// The parts, free to be changed until it is signed.
struct TxDraft {
    chain::ChainId chain_id = chain::ChainId::parse("test-chain").value();
    cosmos::tx::v1beta1::TxBody body{};
    cosmos::tx::v1beta1::AuthInfo auth{};
    std::vector<const Wallet*> wallets{};  ///< by signer info
    std::vector<tx::SignMode> modes{};

    TxDraft() { auth.mutable_fee()->set_gas_limit(200'000); }

    TxDraft& message(const google::protobuf::Message& message) {
        google::protobuf::Any& any = *body.add_messages();
        any.set_type_url("/" + message.GetDescriptor()->full_name());
        any.set_value(message.SerializeAsString());
        return *this;
    }

    TxDraft& fee(std::string_view coins, std::uint64_t gas_limit = 200'000) {
        auth.mutable_fee()->clear_amount();
        add_coins(*auth.mutable_fee()->mutable_amount(), coins);
        auth.mutable_fee()->set_gas_limit(gas_limit);
        return *this;
    }

    /// The wallet's own sequence, and its key in the info.
    TxDraft& signer(const Wallet& wallet, tx::SignMode mode = tx::SignMode::direct) {
        auto& info = *auth.add_signer_infos();
        *info.mutable_public_key() = tx::pack_account_key(wallet.key.public_key());
        info.mutable_mode_info()->mutable_single()->set_mode(
            static_cast<cosmos::tx::signing::v1beta1::SignMode>(mode)
        );
        info.set_sequence(wallet.sequence);
        wallets.push_back(&wallet);
        modes.push_back(mode);
        return *this;
    }

    Bytes sign() const {
        chain::TxRaw raw{.body = proto::serialize(body), .auth_info = proto::serialize(auth)};
        for (std::size_t i = 0; i < wallets.size(); ++i) {
            const tx::SignerPlace place{
                .chain_id = chain_id,
                .account_number = static_cast<std::uint64_t>(wallets[i]->number),
                .sequence = auth.signer_infos(static_cast<int>(i)).sequence(),
            };
            const Bytes document =
                modes[i] == tx::SignMode::direct
                    ? chain::sign_doc_bytes(raw, chain_id, place.account_number)
                    : tx::sign_bytes(decoded_for_amino(raw.body, raw.auth_info), modes[i], place)
                          .value();
            raw.signatures.push_back(to_bytes(wallets[i]->key.sign(document)));
        }
        return chain::encode_tx_raw(raw);
    }

    /// With an empty signature for each signer info, as wallets ask for a simulation.
    Bytes unsigned_bytes() const {
        chain::TxRaw raw{.body = proto::serialize(body), .auth_info = proto::serialize(auth)};
        raw.signatures.resize(static_cast<std::size_t>(auth.signer_infos_size()));
        return chain::encode_tx_raw(raw);
    }
};

/// A transfer of one wallet, well signed, with enough of a fee.
inline TxDraft make_transfer(
    const Wallet& from, const chain::Address& to, std::string_view coins = "5uyard"
) {
    TxDraft draft;
    draft.message(make_send(from.address, to, coins)).fee("3000uyard").signer(from);
    return draft;
}

}  // namespace steelyard::ledger
