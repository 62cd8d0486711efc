// AccountKey: what an account signs with, a secp256k1 key or k of n of them.
#pragma once

#include "crypto/public_key.h"

#include <variant>
#include <vector>

namespace google::protobuf {
class Any;
}

namespace steelyard::tx {

/// The most members of a multisig key.
inline constexpr std::size_t multisig_members_max = 16;

/// Any `threshold` of the members sign for it. It has no nested multisig keys.
struct MultisigKey {
    std::uint32_t threshold = 0;               ///< 1 to the number of members
    std::vector<crypto::PublicKey> members{};  ///< secp256k1, in an order that is part of the key

    bool operator==(const MultisigKey&) const = default;
};

using AccountKey = std::variant<crypto::PublicKey, MultisigKey>;

/// Errors: a threshold or number of members out of range, a member that is not secp256k1.
Result<void> validate(const MultisigKey& key);

/// The address of a multisig key is the first 20 bytes of SHA-256 of its amino encoding.
crypto::Address address_of(const AccountKey& key);

/// As SignerInfo and BaseAccount hold it: cosmos.crypto.secp256k1.PubKey or
/// cosmos.crypto.multisig.LegacyAminoPubKey in a google.protobuf.Any.
google::protobuf::Any pack_account_key(const AccountKey& key);

/// Takes what pack_account_key writes, and nothing else.
Result<AccountKey> unpack_account_key(const google::protobuf::Any& any);

/// The bytes of that message.
Bytes encode_account_key(const AccountKey& key);

/// Reads what encode_account_key wrote for a key that was valid then, as records hold it; of a
/// single key the point is not looked at again.
Result<AccountKey> decode_known_account_key(ByteView bytes);

}  // namespace steelyard::tx
