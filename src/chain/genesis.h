// The genesis document: what every node of a chain must agree on before the first block.
#pragma once

#include "chain/app_hash.h"
#include "chain/consensus_params.h"
#include "chain/timestamp.h"
#include "chain/validator_set.h"

namespace steelyard::chain {

/// Limits of the file, checked before anything is taken from it.
inline constexpr std::size_t genesis_size_max = 64 << 20;
inline constexpr std::size_t genesis_depth_max = 64;

/// The longest name of a validator in the file, in bytes.
inline constexpr std::size_t genesis_name_size_max = 128;

struct GenesisValidator {
    crypto::PublicKey public_key;
    VotingPower power;
    std::string name;  ///< for people only

    bool operator==(const GenesisValidator&) const = default;
};

struct GenesisDoc {
    Timestamp genesis_time;
    ChainId chain_id;
    Height initial_height{1};
    ConsensusParams consensus_params;
    std::vector<GenesisValidator> validators;  ///< may be empty: then the application names them
    AppHash app_hash;       ///< of the state before the first block; may be empty
    std::string app_state;  ///< the application's JSON as it stands in the file

    bool operator==(const GenesisDoc&) const = default;
};

/// Reads CometBFT's genesis.json, strictly, and validates it: rules G1..G6 of
/// doc/spec/consensus-data.md. An error names the line or the field.
Result<GenesisDoc> parse_genesis(std::string_view text);

/// The rules that concern the values.
Result<void> validate(const GenesisDoc& doc);

/// The file, indented, as CometBFT lays it out. `app_state` goes in as it is.
std::string print_genesis(const GenesisDoc& doc);

/// SHA-256 of the printed file without white space between tokens. Copying the file through a
/// formatter changes nothing; any other change makes another chain.
Hash256 genesis_hash(const GenesisDoc& doc);

/// The validator set of the first block. An error where the document names no validator.
Result<ValidatorSet> initial_validators(const GenesisDoc& doc);

}  // namespace steelyard::chain
