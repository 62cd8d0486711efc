#include "client/transactions.h"

#include "base/hex.h"
#include "client/money.h"
#include "cosmos/crypto/multisig/v1beta1/multisig.pb.h"
#include "cosmos/tx/v1beta1/tx.pb.h"
#include "proto/codec.h"
#include "tx/signers.h"

#include <fmt/format.h>
#include <google/protobuf/any.pb.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <memory>

namespace steelyard::client {
namespace {

namespace pb = cosmos::tx::v1beta1;
using google::protobuf::DescriptorPool;
using google::protobuf::Message;

constexpr proto::ParseLimits message_limits = {
    .bytes_max = chain::tx_size_max, .elements_max = 100'000
};

Result<std::unique_ptr<Message>> unpack(const tx::PackedMessage& packed) {
    const std::string_view url = packed.type_url;
    const auto* const type =
        url.starts_with('/')
            ? DescriptorPool::generated_pool()->FindMessageTypeByName(std::string(url.substr(1)))
            : nullptr;
    if (type == nullptr) {
        return fail(ErrorCode::unsupported, "message type \"{}\" is not known", url);
    }
    std::unique_ptr<Message> message(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New()
    );
    auto parsed = proto::strict_parse(*message, packed.value, message_limits);
    if (!parsed) {
        return std::unexpected(std::move(parsed).error().in(url));
    }
    return message;
}

Bytes encode_body(const DecodedTx& tx) {
    pb::TxBody body;
    for (const tx::PackedMessage& message : tx.messages) {
        auto& any = *body.add_messages();
        any.set_type_url(message.type_url);
        any.set_value(std::string(as_text(message.value)));
    }
    body.set_memo(tx.memo);
    body.set_timeout_height(tx.timeout_height);
    return proto::serialize(body);
}

void set_mode(pb::ModeInfo& out, SignMode mode) {
    out.mutable_single()->set_mode(
        static_cast<cosmos::tx::signing::v1beta1::SignMode>(static_cast<int>(mode))
    );
}

/// The bits stand in bytes, most significant first.
void set_members(pb::ModeInfo::Multi& out, const tx::Signed& members) {
    std::string elems((members.size() + 7) / 8, '\0');
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (members[i]) {
            elems[i / 8] = static_cast<char>(elems[i / 8] | 1 << (7 - i % 8));
            set_mode(*out.add_mode_infos(), SignMode::legacy_amino_json);
        }
    }
    out.mutable_bitarray()->set_extra_bits_stored(static_cast<std::uint32_t>(members.size() % 8));
    out.mutable_bitarray()->set_elems(elems);
}

Bytes encode_auth_info(const DecodedTx& tx) {
    pb::AuthInfo auth_info;
    for (const tx::SignerInfo& signer : tx.signers) {
        auto& info = *auth_info.add_signer_infos();
        if (signer.key) {
            *info.mutable_public_key() = tx::pack_account_key(*signer.key);
        }
        if (signer.members) {
            set_members(*info.mutable_mode_info()->mutable_multi(), *signer.members);
        } else {
            set_mode(*info.mutable_mode_info(), signer.mode);
        }
        info.set_sequence(signer.sequence);
    }
    pb::Fee& fee = *auth_info.mutable_fee();
    for (const chain::Coin& coin : tx.fee.amount.all()) {
        auto& out = *fee.add_amount();
        out.set_denom(coin.denom.text());
        out.set_amount(to_string(coin.amount));
    }
    fee.set_gas_limit(tx.fee.gas_limit);
    fee.set_payer(tx.fee.payer);
    return proto::serialize(auth_info);
}

/// A validator's operator signs with the account of the same bytes.
Result<std::string> account_of_signer(const std::string& signer) {
    if (!signer.starts_with(std::string(operator_prefix) + "1")) {
        return signer;
    }
    TRY_ASSIGN(const auto address, parse_address(operator_prefix, signer));
    return address_text(account_prefix, address);
}

/// Where the part's signer stands among the members. Whoever is no member, or comes twice, is an
/// error.
Result<std::size_t> member_index(
    const MultisigKey& key, const MemberSignature& part, const tx::Signed& signed_members
) {
    const auto found = std::ranges::find(key.members, part.key);
    const std::string name = to_hex(part.key.bytes());
    if (found == key.members.end()) {
        return fail(ErrorCode::denied, "key {} is no member of this multisig key", name);
    }
    const auto index = static_cast<std::size_t>(found - key.members.begin());
    if (signed_members[index]) {
        return invalid("key {} has signed twice", name);
    }
    return index;
}

}  // namespace

tx::PackedMessage pack(const Message& message) {
    return {"/" + message.GetDescriptor()->full_name(), proto::serialize(message)};
}

void encode_parts(DecodedTx& tx) {
    tx.raw.body = encode_body(tx);
    tx.raw.auth_info = encode_auth_info(tx);
}

Result<std::vector<std::string>> signers_of(const DecodedTx& tx) {
    std::vector<std::string> out;
    for (const tx::PackedMessage& packed : tx.messages) {
        TRY_ASSIGN(const auto message, unpack(packed));
        TRY_ASSIGN(const auto signers, tx::signers_of(*message));
        for (const std::string& signer : signers) {
            TRY_ASSIGN(std::string account, account_of_signer(signer));
            if (std::ranges::find(out, account) == out.end()) {
                out.push_back(std::move(account));
            }
        }
    }
    if (!tx.fee.payer.empty() && std::ranges::find(out, tx.fee.payer) == out.end()) {
        out.push_back(tx.fee.payer);
    }
    return out;
}

Result<std::size_t> signer_index(const DecodedTx& tx, std::string_view address) {
    TRY_ASSIGN(const auto signers, signers_of(tx));
    const auto found = std::ranges::find(signers, address);
    if (found == signers.end()) {
        return invalid(
            "{} does not sign this transaction; its signers are {}",
            address,
            fmt::join(signers, ", ")
        );
    }
    return static_cast<std::size_t>(found - signers.begin());
}

Result<void> name_signer(DecodedTx& tx, std::size_t index, tx::SignerInfo info) {
    if (index > tx.signers.size()) {
        return invalid(
            "signer {} comes before this one and has not signed yet", tx.signers.size() + 1
        );
    }
    if (index == tx.signers.size()) {
        tx.signers.emplace_back();
    }
    tx.signers[index] = std::move(info);
    const Bytes before = std::move(tx.raw.auth_info);
    encode_parts(tx);
    tx.raw.signatures.resize(tx.signers.size());
    for (std::size_t i = 0; i < tx.signers.size(); ++i) {
        if (i == index || (tx.signers[i].mode == SignMode::direct && before != tx.raw.auth_info)) {
            tx.raw.signatures[i].clear();
        }
    }
    return {};
}

Result<void> sign(
    DecodedTx& tx,
    std::size_t index,
    SignMode mode,
    const SignerPlace& place,
    const crypto::PrivateKey& key
) {
    TRY(name_signer(
        tx,
        index,
        {.key = key.public_key(), .mode = mode, .members = {}, .sequence = place.sequence}
    ));
    TRY_ASSIGN(const Bytes message, tx::sign_bytes(tx, mode, place));
    tx.raw.signatures[index] = to_bytes(key.sign(message));
    return {};
}

Result<MemberSignature> sign_as_member(
    const DecodedTx& tx, const SignerPlace& place, const crypto::PrivateKey& key
) {
    TRY_ASSIGN(const Bytes message, tx::sign_bytes(tx, SignMode::legacy_amino_json, place));
    return MemberSignature{key.public_key(), place.sequence, to_bytes(key.sign(message))};
}

Result<void> combine(
    DecodedTx& tx,
    std::size_t index,
    const MultisigKey& key,
    const SignerPlace& place,
    std::span<const MemberSignature> parts
) {
    TRY(tx::validate(key));
    tx::Signed members(key.members.size());
    std::vector<const Bytes*> by_member(key.members.size());
    TRY_ASSIGN(const Bytes message, tx::sign_bytes(tx, SignMode::legacy_amino_json, place));
    for (const MemberSignature& part : parts) {
        TRY_ASSIGN(const std::size_t member, member_index(key, part, members));
        if (part.sequence != place.sequence) {
            return invalid(
                "key {} signed for sequence {}, not {}",
                to_hex(part.key.bytes()),
                part.sequence,
                place.sequence
            );
        }
        if (!part.key.verify(message, part.signature)) {
            return fail(
                ErrorCode::denied,
                "the signature of key {} is not good for this transaction, chain {}, account {}, "
                "sequence {}",
                to_hex(part.key.bytes()),
                place.chain_id,
                place.account_number,
                place.sequence
            );
        }
        members[member] = true;
        by_member[member] = &part.signature;
    }
    if (parts.size() < key.threshold) {
        return fail(
            ErrorCode::insufficient, "{} members signed, {} must", parts.size(), key.threshold
        );
    }
    cosmos::crypto::multisig::v1beta1::MultiSignature joined;
    for (const Bytes* const signature : by_member) {
        if (signature != nullptr) {
            joined.add_signatures(std::string(as_text(*signature)));
        }
    }
    TRY(name_signer(
        tx,
        index,
        {.key = key,
         .mode = SignMode::legacy_amino_json,
         .members = std::move(members),
         .sequence = place.sequence}
    ));
    tx.raw.signatures[index] = proto::serialize(joined);
    return {};
}

Bytes encode_for_simulation(DecodedTx tx, std::span<const tx::SignerInfo> signers) {
    tx.signers.assign(signers.begin(), signers.end());
    for (tx::SignerInfo& signer : tx.signers) {
        if (!signer.members) {
            signer.mode = SignMode::unspecified;
        }
    }
    encode_parts(tx);
    tx.raw.signatures.assign(signers.size(), {});
    return chain::encode_tx_raw(tx.raw);
}

}  // namespace steelyard::client
