#include "tx/account_key.h"

#include "base/protowire.h"
#include "cosmos/crypto/multisig/keys.pb.h"
#include "cosmos/crypto/secp256k1/keys.pb.h"
#include "crypto/sha256.h"
#include "proto/codec.h"

#include <google/protobuf/any.pb.h>

namespace steelyard::tx {
namespace {

using google::protobuf::Any;

constexpr std::string_view single_url = "/cosmos.crypto.secp256k1.PubKey";
constexpr std::string_view multisig_url = "/cosmos.crypto.multisig.LegacyAminoPubKey";

constexpr proto::ParseLimits key_limits = {
    .bytes_max = 2048, .elements_max = 4 * multisig_members_max + 4
};

// What amino puts before the fields of the two types.
constexpr ByteArray<4> amino_secp256k1 = {0xeb, 0x5a, 0xe9, 0x87};
constexpr ByteArray<4> amino_multisig = {0x22, 0xc1, 0xf7, 0xe2};

constexpr std::size_t single_size = crypto::public_key_size(crypto::KeyType::secp256k1);

/// What comes before the 33 bytes of a single key in its Any: two fields, the second with a
/// message of one.
const Bytes& single_begin() {
    static const Bytes begin = [] {
        Bytes out = {0x0a, static_cast<std::uint8_t>(single_url.size())};
        append(out, as_bytes(single_url));
        append(out, ByteArray<4>{0x12, 2 + single_size, 0x0a, single_size});
        return out;
    }();
    return begin;
}

Bytes amino_encoding(const MultisigKey& key) {
    Bytes out = to_bytes(amino_multisig);
    ProtoWriter writer;
    writer.uint64(1, key.threshold);
    for (const crypto::PublicKey& member : key.members) {
        Bytes encoded = to_bytes(amino_secp256k1);
        append(encoded, length_prefixed(member.bytes()));
        writer.bytes(2, encoded);
    }
    append(out, std::move(writer).take());
    return out;
}

Any pack(std::string_view url, const google::protobuf::Message& message) {
    Any any;
    any.set_type_url(std::string(url));
    any.set_value(std::string(as_text(proto::serialize(message))));
    return any;
}

Any pack_single(const crypto::PublicKey& key) {
    cosmos::crypto::secp256k1::PubKey message;
    message.set_key(std::string(as_text(key.bytes())));
    return pack(single_url, message);
}

Result<crypto::PublicKey> unpack_single(const Any& any) {
    if (any.type_url() != single_url) {
        return fail(ErrorCode::unsupported, "key type \"{}\" cannot sign here", any.type_url());
    }
    cosmos::crypto::secp256k1::PubKey message;
    TRY(proto::strict_parse(message, as_bytes(any.value()), key_limits));
    return crypto::PublicKey::parse(crypto::KeyType::secp256k1, as_bytes(message.key()));
}

}  // namespace

Result<void> validate(const MultisigKey& key) {
    if (key.members.empty() || key.members.size() > multisig_members_max) {
        return invalid(
            "multisig key has {} members, 1 to {} are allowed",
            key.members.size(),
            multisig_members_max
        );
    }
    if (key.threshold == 0 || key.threshold > key.members.size()) {
        return invalid(
            "threshold {} of a multisig key with {} members", key.threshold, key.members.size()
        );
    }
    for (const crypto::PublicKey& member : key.members) {
        if (member.type() != crypto::KeyType::secp256k1) {
            return invalid("multisig key has a member of type {}", to_string(member.type()));
        }
    }
    return {};
}

crypto::Address address_of(const AccountKey& key) {
    if (const auto* const single = std::get_if<crypto::PublicKey>(&key)) {
        return single->address();
    }
    const crypto::Hash256 hash = crypto::sha256(amino_encoding(std::get<MultisigKey>(key)));
    return to_array<20>(ByteView(hash).first<20>());
}

Any pack_account_key(const AccountKey& key) {
    if (const auto* const single = std::get_if<crypto::PublicKey>(&key)) {
        return pack_single(*single);
    }
    const auto& multisig = std::get<MultisigKey>(key);
    cosmos::crypto::multisig::LegacyAminoPubKey message;
    message.set_threshold(multisig.threshold);
    for (const crypto::PublicKey& member : multisig.members) {
        *message.add_public_keys() = pack_single(member);
    }
    return pack(multisig_url, message);
}

Result<AccountKey> unpack_account_key(const Any& any) {
    if (any.type_url() != multisig_url) {
        return unpack_single(any);
    }
    cosmos::crypto::multisig::LegacyAminoPubKey message;
    TRY(proto::strict_parse(message, as_bytes(any.value()), key_limits));
    MultisigKey key{.threshold = message.threshold()};
    for (const Any& member : message.public_keys()) {
        TRY_ASSIGN(const crypto::PublicKey single, unpack_single(member));
        key.members.push_back(single);
    }
    TRY(validate(key));
    return key;
}

Bytes encode_account_key(const AccountKey& key) {
    const auto* const single = std::get_if<crypto::PublicKey>(&key);
    if (single == nullptr) {
        return proto::serialize(pack_account_key(key));
    }
    Bytes out = single_begin();
    append(out, single->bytes());
    return out;
}

Result<AccountKey> decode_known_account_key(ByteView bytes) {
    const Bytes& begin = single_begin();
    if (bytes.size() == begin.size() + single_size && equal(bytes.first(begin.size()), begin)) {
        return crypto::PublicKey::known(crypto::KeyType::secp256k1, bytes.last(single_size));
    }
    Any any;
    TRY(proto::strict_parse(any, bytes, key_limits));
    return unpack_account_key(any);
}

}  // namespace steelyard::tx
