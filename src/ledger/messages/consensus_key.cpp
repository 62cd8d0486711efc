#include "ledger/messages/consensus_key.h"

#include "cosmos/crypto/ed25519/keys.pb.h"
#include "cosmos/crypto/secp256k1/keys.pb.h"
#include "ledger/staking/kinds.h"
#include "proto/codec.h"

#include <google/protobuf/any.pb.h>

namespace steelyard::messages {
namespace {

using crypto::KeyType;
using crypto::PublicKey;
using google::protobuf::Any;
using ledger::Outcome;

constexpr std::string_view ed25519_url = "/cosmos.crypto.ed25519.PubKey";
constexpr std::string_view secp256k1_url = "/cosmos.crypto.secp256k1.PubKey";
constexpr proto::ParseLimits limits = {.bytes_max = 64, .elements_max = 1};
constexpr std::size_t quoted_size_max = 100;

template <typename M>
Result<PublicKey> read_key(KeyType type, const Any& any) {
    M message;
    TRY(proto::strict_parse(message, as_bytes(any.value()), limits));
    return PublicKey::parse(type, as_bytes(message.key()));
}

template <typename M>
Any pack(std::string_view url, const PublicKey& key) {
    M message;
    message.set_key(std::string(as_text(key.bytes())));
    Any any;
    any.set_type_url(std::string(url));
    any.set_value(std::string(as_text(proto::serialize(message))));
    return any;
}

}  // namespace

Outcome<PublicKey> read_consensus_key(std::string_view field, const Any& any) {
    const bool is_ed25519 = any.type_url() == ed25519_url;
    if (!is_ed25519 && any.type_url() != secp256k1_url) {
        return refuse(
            staking::kinds::validator_pub_key_type_not_supported,
            "{} has type \"{}\"",
            field,
            any.type_url().substr(0, quoted_size_max)
        );
    }
    const Result<PublicKey> key =
        is_ed25519 ? read_key<cosmos::crypto::ed25519::PubKey>(KeyType::ed25519, any)
                   : read_key<cosmos::crypto::secp256k1::PubKey>(KeyType::secp256k1, any);
    if (!key) {
        return refuse(ledger::kinds::invalid_pub_key, "{}: {}", field, key.error().message());
    }
    return *key;
}

Any pack_consensus_key(const PublicKey& key) {
    switch (key.type()) {
        case KeyType::ed25519:
            return pack<cosmos::crypto::ed25519::PubKey>(ed25519_url, key);
        case KeyType::secp256k1:
            return pack<cosmos::crypto::secp256k1::PubKey>(secp256k1_url, key);
    }
    return {};
}

}  // namespace steelyard::messages
