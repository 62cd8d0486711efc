#include "ledger/genesis/make_gen_tx.h"

#include "base/check.h"
#include "chain/tx.h"
#include "cosmos/staking/v1beta1/tx.pb.h"
#include "cosmos/tx/v1beta1/tx.pb.h"
#include "ledger/messages/consensus_key.h"
#include "ledger/state/values.h"
#include "proto/codec.h"
#include "proto/json.h"
#include "steelyard/beacon/v1/tx.pb.h"
#include "tx/account_key.h"

namespace steelyard::genesis {
namespace {

using google::protobuf::Any;
using google::protobuf::Message;

/// The transaction pays no fee; this is within any limit.
constexpr std::uint64_t gas_limit = 1'000'000;

void pack(Any& any, const Message& message) {
    any.set_type_url("/" + message.GetDescriptor()->full_name());
    const Bytes bytes = proto::serialize(message);
    any.set_value(bytes.data(), bytes.size());
}

std::string text_of(ByteView bytes) {
    return std::string(as_text(bytes));
}

cosmos::tx::v1beta1::TxBody body_of(
    const NewValidator& validator, const std::string& operator_address
) {
    cosmos::staking::v1beta1::MsgCreateValidator create;
    create.mutable_description()->set_moniker(validator.moniker);
    auto& commission = *create.mutable_commission();
    commission.set_rate(to_wire(validator.commission_rate));
    commission.set_max_rate(to_wire(validator.commission_max_rate));
    commission.set_max_change_rate(to_wire(validator.commission_max_change_rate));
    create.set_min_self_delegation("1");
    create.set_validator_address(operator_address);
    *create.mutable_pubkey() = messages::pack_consensus_key(validator.consensus_key);
    create.mutable_value()->set_denom(std::string(ledger::base_denom));
    create.mutable_value()->set_amount(to_string(validator.self_delegation));
    steelyard::beacon::v1::MsgRegisterKey reg;
    reg.set_validator_address(operator_address);
    reg.set_public_key(text_of(validator.beacon_key.bytes()));
    cosmos::tx::v1beta1::TxBody body;
    pack(*body.add_messages(), create);
    pack(*body.add_messages(), reg);
    return body;
}

}  // namespace

std::string make_gen_tx(
    const chain::ChainId& chain_id,
    const crypto::PrivateKey& operator_key,
    const NewValidator& validator
) {
    cosmos::tx::v1beta1::Tx message;
    const auto address = operator_key.public_key().address();
    *message.mutable_body() = body_of(validator, ledger::operator_text(address));
    auto& signer = *message.mutable_auth_info()->add_signer_infos();
    *signer.mutable_public_key() = tx::pack_account_key(operator_key.public_key());
    signer.mutable_mode_info()->mutable_single()->set_mode(
        cosmos::tx::signing::v1beta1::SIGN_MODE_DIRECT
    );
    message.mutable_auth_info()->mutable_fee()->set_gas_limit(gas_limit);
    const chain::TxRaw raw{
        .body = proto::serialize(message.body()), .auth_info = proto::serialize(message.auth_info())
    };
    // Nobody knows account numbers yet: a genesis takes 0 for them.
    const Bytes document = chain::sign_doc_bytes(raw, chain_id, 0);
    message.add_signatures(text_of(operator_key.sign(document)));
    const auto json = proto::to_json(message);
    CHECK(json.has_value());
    return *json + "\n";
}

}  // namespace steelyard::genesis
