// What a chain is made of, as CometBFT 0.38 writes it in JSON.
#pragma once

#include "chain/block.h"
#include "chain/consensus_params.h"
#include "chain/txs.h"
#include "chain/validator_set.h"
#include "rpc/json_writer.h"

namespace steelyard::rpc {

// Each appends one value.
void write_block_id(JsonWriter& out, const std::optional<chain::BlockId>& id);
void write_header(JsonWriter& out, const chain::Header& header);
void write_vote(JsonWriter& out, const chain::Vote& vote);
void write_commit(JsonWriter& out, const std::optional<chain::Commit>& commit);
void write_evidence(JsonWriter& out, const chain::Evidence& evidence);
void write_block(JsonWriter& out, const chain::Block& block);
void write_block_meta(JsonWriter& out, const chain::BlockMeta& meta);
void write_public_key(JsonWriter& out, const crypto::PublicKey& key);
void write_validator(JsonWriter& out, const chain::Validator& validator);
void write_validator_set(JsonWriter& out, const chain::ValidatorSet& set);
void write_consensus_params(JsonWriter& out, const chain::ConsensusParams& params);
void write_merkle_proof(JsonWriter& out, const crypto::MerkleProof& proof);
void write_tx_proof(JsonWriter& out, const chain::TxProof& proof);

/// {"block_id", "block"}: the answer to `block`.
void write_named_block(JsonWriter& out, const chain::BlockId& id, const chain::Block& block);

}  // namespace steelyard::rpc
