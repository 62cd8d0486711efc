#include "chain/genesis.h"

#include "base/base64.h"
#include "base/hex.h"
#include "chain/json_text.h"
#include "crypto/sha256.h"

#include <fmt/ranges.h>

namespace steelyard::chain {
namespace {

std::string print_validator(const GenesisValidator& validator) {
    return fmt::format(
        R"(
    {{
      "address": "{}",
      "pub_key": {{
        "type": "{}",
        "value": "{}"
      }},
      "power": "{}",
      "name": {}
    }})",
        to_hex_upper(validator.public_key.address()),
        crypto::public_key_json_type(validator.public_key.type()),
        to_base64(validator.public_key.bytes()),
        validator.power,
        json_quote(validator.name)
    );
}

std::string print_key_type(crypto::KeyType type) {
    return fmt::format("\n        \"{}\"", crypto::to_string(type));
}

/// The elements' texts, with commas between them.
template <typename T, typename Print>
std::string print_list(const std::vector<T>& elements, Print print) {
    std::vector<std::string> texts;
    std::ranges::transform(elements, std::back_inserter(texts), print);
    return fmt::format("{}", fmt::join(texts, ","));
}

std::string print_consensus_params(const ConsensusParams& params) {
    return fmt::format(
        R"({{
    "block": {{
      "max_bytes": "{}",
      "max_gas": "{}"
    }},
    "evidence": {{
      "max_age_num_blocks": "{}",
      "max_age_duration": "{}",
      "max_bytes": "{}"
    }},
    "validator": {{
      "pub_key_types": [{}
      ]
    }},
    "version": {{
      "app": "{}"
    }},
    "abci": {{
      "vote_extensions_enable_height": "0"
    }}
  }})",
        params.block.max_bytes,
        params.block.max_gas,
        params.evidence.max_age_num_blocks,
        params.evidence.max_age_duration.count(),
        params.evidence.max_bytes,
        print_list(params.validator.pub_key_types, print_key_type),
        params.version.app
    );
}

std::vector<ValidatorUpdate> members(const GenesisDoc& doc) {
    std::vector<ValidatorUpdate> out;
    for (const GenesisValidator& validator : doc.validators) {
        out.push_back({validator.public_key, validator.power});
    }
    return out;
}

}  // namespace

Result<void> validate(const GenesisDoc& doc) {
    if (doc.genesis_time.is_zero()) {
        return invalid("genesis.genesis_time: is not set");
    }
    if (doc.chain_id.text().empty()) {
        return invalid("genesis.chain_id: is empty");
    }
    if (doc.initial_height < Height(1)) {
        return invalid("genesis.initial_height: {} is below 1", doc.initial_height);
    }
    TRY(validate(doc.consensus_params));
    for (std::size_t i = 0; i < doc.validators.size(); ++i) {
        const crypto::KeyType type = doc.validators[i].public_key.type();
        if (!doc.consensus_params.validator.allows(type)) {
            return invalid(
                "genesis.validators[{}].pub_key: {} is not among the consensus parameters' "
                "pub_key_types",
                i,
                crypto::to_string(type)
            );
        }
    }
    if (!doc.validators.empty()) {
        if (auto set = initial_validators(doc); !set) {
            return std::unexpected(std::move(set).error().in("genesis.validators"));
        }
    }
    return {};
}

std::string print_genesis(const GenesisDoc& doc) {
    std::string out = fmt::format(
        R"({{
  "genesis_time": "{}",
  "chain_id": {},
  "initial_height": "{}",
  "consensus_params": {})",
        to_string(doc.genesis_time),
        json_quote(doc.chain_id.text()),
        doc.initial_height,
        print_consensus_params(doc.consensus_params)
    );
    if (!doc.validators.empty()) {
        out += ",\n  \"validators\": [" + print_list(doc.validators, print_validator) + "\n  ]";
    }
    out += ",\n  \"app_hash\": \"" + to_hex_upper(doc.app_hash.view()) + '"';
    if (!doc.app_state.empty()) {
        out += ",\n  \"app_state\": " + doc.app_state;
    }
    return out + "\n}\n";
}

Hash256 genesis_hash(const GenesisDoc& doc) {
    return crypto::sha256(as_bytes(json_compact(print_genesis(doc))));
}

Result<ValidatorSet> initial_validators(const GenesisDoc& doc) {
    return ValidatorSet::create(members(doc));
}

}  // namespace steelyard::chain
