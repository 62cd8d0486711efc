// The beacon keys of a node: their files, and the proofs that the ledger asks for.
#pragma once

#include "crypto/public_key.h"
#include "ledger/app/beacon_prover.h"

#include <filesystem>
#include <vector>

namespace steelyard::node {

/// In the home. The format is that of the validator's key file; the key is secp256k1.
inline constexpr std::string_view beacon_key_file = "config/beacon_key.json";

/// Likewise: its successor, until that is in force and takes its place.
inline constexpr std::string_view next_beacon_key_file = "config/beacon_key_next.json";

/// Errors: not_found, denied (where others than its owner can get at the file), those of the
/// format; each names the file.
Result<crypto::PrivateKey> read_beacon_key(const std::filesystem::path& file);

/// Reads the files whenever it is asked, so that a key that was put there needs no restart.
class BeaconKeys final : public ledger::BeaconProver {
public:
    explicit BeaconKeys(std::filesystem::path home) : home_(std::move(home)) {}

    /// Of the files that are there. Errors: a file that cannot be used.
    Result<std::vector<crypto::PublicKey>> public_keys() const;

    /// Errors: not_found where neither file has the key, and what can be done; those of the files.
    Result<crypto::vrf::Proof> prove(const ByteArray<33>& key, ByteView alpha) const override;

private:
    Result<std::vector<crypto::PrivateKey>> load() const;

    std::filesystem::path home_;
};

}  // namespace steelyard::node
