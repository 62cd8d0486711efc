// Keys and transactions of the tests: those of the public mnemonic "abandon" (11 times) "about".
#pragma once

#include "base/hex.h"
#include "tests/support/vector_file.h"
#include "tx/statements.h"

namespace steelyard::tx {

inline crypto::PublicKey public_key(std::string_view hex) {
    return crypto::PublicKey::parse(crypto::KeyType::secp256k1, from_hex(hex).value()).value();
}

/// At m/44'/118'/0'/0/0 to 2.
inline std::vector<crypto::PublicKey> sample_keys() {
    return {
        public_key("024f4e2ad99c34d60b9ba6283c9431a8418af8673212961f97a77b6377fcd05b62"),
        public_key("03a9a0776157f1dee1fe2d65628747059a8796de9a379f3015c4dcf483f64840a6"),
        public_key("02e10ecea7c647934ed84a4c6f5ab326c669e95266260096e4d1a39ae133396445"),
    };
}

/// Two of three, in the order that CosmJS gives them.
inline MultisigKey sample_multisig() {
    return {.threshold = 2, .members = sample_keys()};
}

/// A transfer of that key, signed by its first and last member with CosmJS 0.36.2.
inline Bytes sample_multisig_tx() {
    return from_hex(read_vector_file("tx/multisig_tx.hex").at(0).at(0)).value();
}

inline SignerPlace sample_place() {
    return {
        .chain_id = chain::ChainId::parse("steelyard-test").value(),
        .account_number = 9,
        .sequence = 4,
    };
}

inline bool all_true(std::span<const Statement> statements) {
    return std::all_of(statements.begin(), statements.end(), [](const Statement& one) {
        return one.key.verify(one.message, one.signature);
    });
}

}  // namespace steelyard::tx
