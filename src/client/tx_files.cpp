#include "client/tx_files.h"

#include "base/check.h"
#include "base/hex.h"
#include "cosmos/tx/signing/v1beta1/signing.pb.h"
#include "cosmos/tx/v1beta1/tx.pb.h"
#include "proto/codec.h"
#include "proto/json.h"

#include <google/protobuf/any.pb.h>

namespace steelyard::client {
namespace {

namespace signing = cosmos::tx::signing::v1beta1;

/// A text of our own making.
std::string json_of(const google::protobuf::Message& message) {
    auto text = proto::to_json(message);
    CHECK(text.has_value());
    return *std::move(text);
}

}  // namespace

Result<std::string> print_tx(const DecodedTx& tx) {
    cosmos::tx::v1beta1::Tx message;
    const Bytes bytes = chain::encode_tx_raw(tx.raw);
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        return invalid("a text in the transaction is not valid UTF-8");
    }
    TRY_ASSIGN(std::string text, proto::to_json(message));
    return text + "\n";
}

Result<DecodedTx> parse_tx(std::string_view text) {
    cosmos::tx::v1beta1::Tx message;
    TRY(proto::from_json(message, text));
    if (!message.has_body() || !message.has_auth_info()) {
        return invalid("the file has no body, or no auth_info");
    }
    const chain::TxRaw raw{
        .body = proto::serialize(message.body()),
        .auth_info = proto::serialize(message.auth_info()),
        .signatures = {},
    };
    TRY_ASSIGN(DecodedTx tx, tx::decode_tx(chain::encode_tx_raw(raw)));
    if (message.signatures_size() > static_cast<int>(chain::tx_signatures_max)) {
        return fail(ErrorCode::too_large, "the transaction has too many signatures");
    }
    for (const std::string& signature : message.signatures()) {
        tx.raw.signatures.push_back(to_bytes(as_bytes(signature)));
    }
    if (tx.raw.signatures.size() > tx.signers.size()) {
        return invalid(
            "the transaction has {} signatures of {} signers",
            tx.raw.signatures.size(),
            tx.signers.size()
        );
    }
    return tx;
}

std::string print_member_signature(const MemberSignature& part) {
    signing::SignatureDescriptors message;
    auto& one = *message.add_signatures();
    *one.mutable_public_key() = tx::pack_account_key(part.key);
    auto& single = *one.mutable_data()->mutable_single();
    single.set_mode(signing::SIGN_MODE_LEGACY_AMINO_JSON);
    single.set_signature(std::string(as_text(part.signature)));
    one.set_sequence(part.sequence);
    return json_of(message) + "\n";
}

Result<std::vector<MemberSignature>> parse_member_signatures(std::string_view text) {
    signing::SignatureDescriptors message;
    TRY(proto::from_json(message, text));
    if (message.signatures().empty() ||
        message.signatures_size() > static_cast<int>(tx::multisig_members_max)) {
        return invalid(
            "the file has {} signatures, 1 to {} are allowed",
            message.signatures_size(),
            tx::multisig_members_max
        );
    }
    std::vector<MemberSignature> parts;
    for (const auto& one : message.signatures()) {
        if (!one.data().has_single() ||
            one.data().single().mode() != signing::SIGN_MODE_LEGACY_AMINO_JSON) {
            return fail(
                ErrorCode::unsupported,
                "a member of a multisig key signs in SIGN_MODE_LEGACY_AMINO_JSON alone"
            );
        }
        TRY_ASSIGN(const AccountKey key, tx::unpack_account_key(one.public_key()));
        const auto* const single = std::get_if<crypto::PublicKey>(&key);
        if (single == nullptr) {
            return fail(ErrorCode::unsupported, "multisig keys in multisig keys do not sign here");
        }
        parts.push_back(
            {*single, one.sequence(), to_bytes(as_bytes(one.data().single().signature()))}
        );
    }
    return parts;
}

std::string print_account_key(const AccountKey& key) {
    return json_of(tx::pack_account_key(key));
}

Result<AccountKey> parse_account_key(std::string_view text) {
    if (text.starts_with('{')) {
        google::protobuf::Any any;
        TRY(proto::from_json(any, text));
        return tx::unpack_account_key(any);
    }
    TRY_ASSIGN(const Bytes bytes, from_hex(text));
    return crypto::PublicKey::parse(crypto::KeyType::secp256k1, bytes);
}

}  // namespace steelyard::client
