// A validator's beacon key: the file, and what the ledger asks of it.
#pragma once

#include "crypto/public_key.h"
#include "ledger/app/beacon_prover.h"

#include <filesystem>

namespace steelyard::node {

/// In the home, with the format of the validator's key file; the key is secp256k1.
inline constexpr std::string_view beacon_key_file = "config/beacon_key.json";

/// Errors: not_found, denied, those of the format, each with the file's name.
Result<crypto::PrivateKey> read_beacon_key(const std::filesystem::path& file);

class BeaconKey final : public ledger::BeaconProver {
public:
    /// The key is secp256k1 (CHECKed).
    explicit BeaconKey(crypto::PrivateKey key);

    ByteArray<33> public_key() const override;
    crypto::vrf::Proof prove(ByteView alpha) const override;

private:
    crypto::PrivateKey key_;
};

}  // namespace steelyard::node
