// Consensus parameters: what the chain may change about its own blocks, evidence and validators.
#pragma once

#include "chain/ids.h"
#include "crypto/public_key.h"

#include <chrono>
#include <optional>
#include <vector>

namespace steelyard::chain {

struct BlockParams {
    std::int64_t max_bytes = 22'020'096;  ///< of an encoded block; -1: block_size_max
    std::int64_t max_gas = -1;            ///< of a block's transactions; -1: no limit

    auto operator<=>(const BlockParams&) const = default;
};

struct EvidenceParams {
    // Evidence is too old when it is older than both.
    std::int64_t max_age_num_blocks = 100'000;
    std::chrono::nanoseconds max_age_duration = std::chrono::hours(48);

    std::int64_t max_bytes = 1 << 20;  ///< of a block's evidence

    auto operator<=>(const EvidenceParams&) const = default;
};

struct ValidatorParams {
    /// The kinds of key that a validator may have, each at most once.
    std::vector<crypto::KeyType> pub_key_types = {
        crypto::KeyType::secp256k1, crypto::KeyType::ed25519
    };

    bool allows(crypto::KeyType type) const;

    auto operator<=>(const ValidatorParams&) const = default;
};

struct VersionParams {
    std::uint64_t app = 0;

    auto operator<=>(const VersionParams&) const = default;
};

struct ConsensusParams {
    BlockParams block{};
    EvidenceParams evidence{};
    ValidatorParams validator{};
    VersionParams version{};

    auto operator<=>(const ConsensusParams&) const = default;
};

/// The sections that a block replaces for the blocks after it.
struct ConsensusParamsUpdate {
    std::optional<BlockParams> block{};
    std::optional<EvidenceParams> evidence{};
    std::optional<ValidatorParams> validator{};
    std::optional<VersionParams> version{};

    auto operator<=>(const ConsensusParamsUpdate&) const = default;
};

/// The rules of CometBFT 0.38; and no key type may stand twice.
Result<void> validate(const ConsensusParams& params);

/// The parameters with the update in place, validated.
Result<ConsensusParams> apply_update(
    const ConsensusParams& params, const ConsensusParamsUpdate& update
);

/// The most bytes of an encoded block under these parameters.
std::size_t block_size_limit(const BlockParams& params);

/// The header's consensus_hash, rule H7. It covers the block section only.
Hash256 consensus_hash(const ConsensusParams& params);

/// tendermint.types.ConsensusParams with every section. The abci section, which turns on vote
/// extensions in CometBFT, is written empty and must be empty. The reader validates.
Bytes encode_consensus_params(const ConsensusParams& params);
Result<ConsensusParams> decode_consensus_params(ByteView bytes);

/// The same message with the sections that change, and without the abci section. What is read is
/// checked when it is applied.
Bytes encode_consensus_params_update(const ConsensusParamsUpdate& update);
Result<ConsensusParamsUpdate> decode_consensus_params_update(ByteView bytes);

}  // namespace steelyard::chain
