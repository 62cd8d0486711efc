// Genesis transactions: how validators of a new chain come into being.
#pragma once

#include "chain/coin.h"
#include "chain/dec.h"
#include "chain/ids.h"
#include "crypto/public_key.h"

namespace steelyard::genesis {

/// What a validator of a new chain is made of.
struct NewValidator {
    std::string moniker{};
    crypto::PublicKey consensus_key;
    crypto::PublicKey beacon_key;  ///< secp256k1
    chain::Amount self_delegation{};
    chain::Dec commission_rate{};
    chain::Dec commission_max_rate{};
    chain::Dec commission_max_change_rate{};
};

/// The transaction that creates the validator and registers its beacon key, signed by its operator:
/// JSON. The operator's key is secp256k1.
std::string make_gen_tx(
    const chain::ChainId& chain_id,
    const crypto::PrivateKey& operator_key,
    const NewValidator& validator
);

}  // namespace steelyard::genesis
