#include "tests/bench/load/accounts.h"

#include "base/base64.h"
#include "base/hex.h"
#include "base/random.h"
#include "chain/tx.h"
#include "crypto/bech32.h"
#include "crypto/bip32.h"
#include "crypto/bip39.h"
#include "proto/codec.h"
#include "tx/account_key.h"

#include <cosmos/auth/v1beta1/auth.pb.h>
#include <cosmos/auth/v1beta1/query.pb.h>
#include <cosmos/bank/v1beta1/tx.pb.h>
#include <cosmos/tx/v1beta1/tx.pb.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace steelyard::load {
namespace {

constexpr std::string_view mnemonic =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
constexpr std::size_t outputs_per_tx = 200;  ///< of the transactions that pay the accounts
constexpr std::uint64_t gas_per_output = 20'000;
constexpr std::uint64_t fee_divisor = 100;  ///< 0.01 uyard for one gas
constexpr int tries_max = 600;
constexpr auto pause = std::chrono::milliseconds(100);

std::string address_of(const crypto::PrivateKey& key) {
    return crypto::encode_address("yard", key.public_key().address()).value();
}

crypto::PrivateKey bank_key() {
    const auto seed = crypto::seed_from_mnemonic(mnemonic, {}).value();
    return crypto::ExtendedPrivateKey::from_seed(seed.view())
        .value()
        .derive(crypto::HdPath::account(0, 0))
        .value()
        .private_key();
}

/// The text behind `"name":` in JSON, without its quotes; empty where there is none.
std::string text_after(const std::string& json, std::string_view name) {
    const std::size_t at = json.find("\"" + std::string(name) + "\":");
    if (at == std::string::npos) {
        return {};
    }
    std::size_t begin = at + name.size() + 3;
    begin += json[begin] == '"' ? 1 : 0;
    return json.substr(begin, json.find_first_of("\",}", begin) - begin);
}

/// Number and sequence, as the chain has them. False: there is no such account yet.
bool look_up(HttpConnection& node, Account& account) {
    cosmos::auth::v1beta1::QueryAccountRequest request;
    request.set_address(account.address);
    const std::string answer = node.get(
        "/abci_query?path=%22/cosmos.auth.v1beta1.Query/Account%22&data=0x" +
        to_hex(proto::serialize(request))
    );
    const auto value = from_base64(text_after(answer, "value"));
    cosmos::auth::v1beta1::QueryAccountResponse response;
    cosmos::auth::v1beta1::BaseAccount base;
    if (!value || !response.ParseFromArray(value->data(), static_cast<int>(value->size())) ||
        !response.account().UnpackTo(&base)) {
        return false;
    }
    account.number = base.account_number();
    account.sequence = base.sequence();
    return true;
}

void fund(
    HttpConnection& node,
    Account& bank,
    const std::vector<Account>& accounts,
    std::uint64_t amount,
    const chain::ChainId& chain_id
) {
    for (std::size_t first = 0; first < accounts.size(); first += outputs_per_tx) {
        const std::size_t end = std::min(first + outputs_per_tx, accounts.size());
        cosmos::bank::v1beta1::MsgMultiSend message;
        auto& input = *message.add_inputs();
        input.set_address(bank.address);
        auto& total = *input.add_coins();
        total.set_denom("uyard");
        total.set_amount(std::to_string(amount * (end - first)));
        for (std::size_t index = first; index < end; ++index) {
            auto& output = *message.add_outputs();
            output.set_address(accounts[index].address);
            auto& coin = *output.add_coins();
            coin.set_denom("uyard");
            coin.set_amount(std::to_string(amount));
        }
        const std::uint64_t gas = 200'000 + gas_per_output * (end - first);
        const std::array<const google::protobuf::Message*, 1> messages = {&message};
        broadcast(node, sign(bank, messages, gas, chain_id));
    }
}

}  // namespace

void give_up(const std::string& why) {
    std::fprintf(stderr, "load: %s\n", why.c_str());
    std::exit(1);
}

std::uint64_t fee_of(std::uint64_t gas) {
    return gas / fee_divisor;
}

chain::ChainId chain_of(HttpConnection& node) {
    const auto chain_id = chain::ChainId::parse(text_after(node.get("/status"), "network"));
    if (!chain_id) {
        give_up("the node does not tell its chain's name");
    }
    return *chain_id;
}

Account bank_account(HttpConnection& node) {
    Account bank{.key = bank_key()};
    bank.address = address_of(bank.key);
    if (!look_up(node, bank)) {
        give_up("the account of the public test mnemonic, " + bank.address + ", has no money");
    }
    return bank;
}

std::vector<Account> make_accounts(
    HttpConnection& node, std::size_t count, std::uint64_t amount, const chain::ChainId& chain_id
) {
    SystemRandom random;
    std::vector<Account> accounts;
    for (std::size_t index = 0; index < count; ++index) {
        accounts.push_back({.key = crypto::PrivateKey::generate(crypto::KeyType::secp256k1, random)}
        );
        accounts.back().address = address_of(accounts.back().key);
    }
    Account bank = bank_account(node);
    fund(node, bank, accounts, amount, chain_id);
    for (Account& account : accounts) {
        int tries = 0;
        while (!look_up(node, account)) {
            if (++tries > tries_max) {
                give_up("the accounts were not paid within a minute");
            }
            std::this_thread::sleep_for(pause);
        }
    }
    return accounts;
}

Bytes sign(
    Account& account,
    std::span<const google::protobuf::Message* const> messages,
    std::uint64_t gas,
    const chain::ChainId& chain_id
) {
    cosmos::tx::v1beta1::TxBody body;
    for (const google::protobuf::Message* message : messages) {
        auto& packed = *body.add_messages();
        packed.set_type_url("/" + message->GetDescriptor()->full_name());
        packed.set_value(message->SerializeAsString());
    }
    cosmos::tx::v1beta1::AuthInfo auth;
    auto& signer = *auth.add_signer_infos();
    *signer.mutable_public_key() = tx::pack_account_key(account.key.public_key());
    signer.mutable_mode_info()->mutable_single()->set_mode(
        cosmos::tx::signing::v1beta1::SIGN_MODE_DIRECT
    );
    signer.set_sequence(account.sequence++);
    auth.mutable_fee()->set_gas_limit(gas);
    auto& fee = *auth.mutable_fee()->add_amount();
    fee.set_denom("uyard");
    fee.set_amount(std::to_string(fee_of(gas)));
    chain::TxRaw raw{.body = proto::serialize(body), .auth_info = proto::serialize(auth)};
    const auto signature = account.key.sign(chain::sign_doc_bytes(raw, chain_id, account.number));
    raw.signatures.push_back(to_bytes(signature));
    return chain::encode_tx_raw(raw);
}

void broadcast(HttpConnection& node, ByteView tx) {
    const std::string answer = node.get("/broadcast_tx_sync?tx=0x" + to_hex(tx));
    if (answer.find("\"code\":0") == std::string::npos) {
        give_up("a transaction was refused: " + answer.substr(0, 400));
    }
}

void wait_for_sequence(HttpConnection& node, Account& account) {
    const std::uint64_t wanted = account.sequence;
    for (int tries = 0; !look_up(node, account) || account.sequence < wanted; ++tries) {
        if (tries > tries_max) {
            give_up("a transaction was not committed within a minute");
        }
        std::this_thread::sleep_for(pause);
    }
}

}  // namespace steelyard::load
