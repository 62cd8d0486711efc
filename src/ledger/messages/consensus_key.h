// Consensus keys as messages of the Cosmos SDK hold them: in a google.protobuf.Any.
#pragma once

#include "crypto/public_key.h"
#include "ledger/state/failure.h"

namespace google::protobuf {
class Any;
}

namespace steelyard::messages {

/// cosmos.crypto.ed25519.PubKey or cosmos.crypto.secp256k1.PubKey. Errors: invalid_pub_key, and for
/// another type validator_pub_key_type_not_supported; each names the field.
ledger::Outcome<crypto::PublicKey> read_consensus_key(
    std::string_view field, const google::protobuf::Any& any
);

/// The other way round.
google::protobuf::Any pack_consensus_key(const crypto::PublicKey& key);

}  // namespace steelyard::messages
