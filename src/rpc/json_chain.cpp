#include "rpc/json_chain.h"

namespace steelyard::rpc {
namespace {

void write_parts_header(JsonWriter& out, const chain::PartSetHeader& parts) {
    out.begin_object();
    out.key("total").number(parts.total);
    out.key("hash").hex(parts.hash);
    out.end_object();
}

void write_commit_sig(JsonWriter& out, const chain::CommitSig& sig) {
    out.begin_object();
    out.key("block_id_flag").number(static_cast<std::int64_t>(sig.flag()));
    out.key("validator_address");
    if (sig.is_absent()) {
        out.string("");
    } else {
        out.hex(sig.validator_address());
    }
    out.key("timestamp").time(sig.timestamp());
    out.key("signature");
    if (sig.is_absent()) {
        out.null();
    } else {
        out.base64(sig.signature());
    }
    out.end_object();
}

/// Go's byte slices that nobody has set.
void write_bytes_or_null(JsonWriter& out, ByteView bytes) {
    if (bytes.empty()) {
        out.null();
    } else {
        out.base64(bytes);
    }
}

struct EvidenceWriter {
    JsonWriter& out;

    void operator()(const chain::DuplicateVoteEvidence& evidence) const {
        out.begin_object();
        out.key("type").string("tendermint/DuplicateVoteEvidence");
        out.key("value").begin_object();
        out.key("vote_a");
        write_vote(out, evidence.vote_a);
        out.key("vote_b");
        write_vote(out, evidence.vote_b);
        out.key("TotalVotingPower").quoted(evidence.total_voting_power);
        out.key("ValidatorPower").quoted(evidence.validator_power);
        out.key("Timestamp").time(evidence.timestamp);
        out.end_object();
        out.end_object();
    }

    void operator()(const chain::LightClientAttackEvidence& evidence) const {
        const chain::LightBlock& conflicting = evidence.conflicting_block;
        out.begin_object();
        out.key("type").string("tendermint/LightClientAttackEvidence");
        out.key("value").begin_object();
        out.key("ConflictingBlock").begin_object();
        out.key("signed_header").begin_object();
        out.key("header");
        write_header(out, conflicting.header());
        out.key("commit");
        write_commit(out, conflicting.commit());
        out.end_object();
        out.key("validator_set");
        write_validator_set(out, conflicting.validators());
        out.end_object();
        out.key("CommonHeight").quoted(evidence.common_height.value());
        out.key("ByzantineValidators").begin_array();
        for (const chain::Validator& validator : evidence.byzantine_validators) {
            write_validator(out, validator);
        }
        out.end_array();
        out.key("TotalVotingPower").quoted(evidence.total_voting_power);
        out.key("Timestamp").time(evidence.timestamp);
        out.end_object();
        out.end_object();
    }
};

}  // namespace

void write_block_id(JsonWriter& out, const std::optional<chain::BlockId>& id) {
    if (!id) {
        out.raw(R"({"hash":"","parts":{"total":0,"hash":""}})");
        return;
    }
    out.begin_object();
    out.key("hash").hex(id->hash);
    out.key("parts");
    write_parts_header(out, id->parts);
    out.end_object();
}

void write_header(JsonWriter& out, const chain::Header& header) {
    out.begin_object();
    out.key("version").begin_object();
    out.key("block").quoted_unsigned(header.version.block);
    if (header.version.app != 0) {
        out.key("app").quoted_unsigned(header.version.app);
    }
    out.end_object();
    out.key("chain_id").string(header.chain_id.text());
    out.key("height").quoted(header.height.value());
    out.key("time").time(header.time);
    out.key("last_block_id");
    write_block_id(out, header.last_block_id);
    out.key("last_commit_hash").hex(header.last_commit_hash);
    out.key("data_hash").hex(header.data_hash);
    out.key("validators_hash").hex(header.validators_hash);
    out.key("next_validators_hash").hex(header.next_validators_hash);
    out.key("consensus_hash").hex(header.consensus_hash);
    out.key("app_hash").hex(header.app_hash.view());
    out.key("last_results_hash").hex(header.last_results_hash);
    out.key("evidence_hash").hex(header.evidence_hash);
    out.key("proposer_address").hex(header.proposer_address);
    out.end_object();
}

void write_vote(JsonWriter& out, const chain::Vote& vote) {
    out.begin_object();
    out.key("type").number(static_cast<std::int64_t>(vote.type));
    out.key("height").quoted(vote.height.value());
    out.key("round").number(vote.round.value());
    out.key("block_id");
    write_block_id(out, vote.block_id);
    out.key("timestamp").time(vote.timestamp);
    out.key("validator_address").hex(vote.validator_address);
    out.key("validator_index").number(vote.validator_index);
    out.key("signature").base64(vote.signature);
    out.key("extension");
    write_bytes_or_null(out, vote.extension);
    out.key("extension_signature");
    write_bytes_or_null(out, vote.extension_signature);
    out.end_object();
}

void write_commit(JsonWriter& out, const std::optional<chain::Commit>& commit) {
    out.begin_object();
    out.key("height").quoted(commit ? commit->height().value() : 0);
    out.key("round").number(commit ? commit->round().value() : 0);
    out.key("block_id");
    write_block_id(out, commit ? std::optional(commit->block_id()) : std::nullopt);
    out.key("signatures").begin_array();
    if (commit) {
        for (const chain::CommitSig& sig : commit->signatures()) {
            write_commit_sig(out, sig);
        }
    }
    out.end_array();
    out.end_object();
}

void write_evidence(JsonWriter& out, const chain::Evidence& evidence) {
    std::visit(EvidenceWriter{out}, evidence);
}

void write_block(JsonWriter& out, const chain::Block& block) {
    out.begin_object();
    out.key("header");
    write_header(out, block.header);
    out.key("data").begin_object();
    out.key("txs").begin_array();
    for (const Bytes& tx : block.txs) {
        out.base64(tx);
    }
    out.end_array();
    out.end_object();
    out.key("evidence").begin_object();
    out.key("evidence").begin_array();
    for (const chain::Evidence& evidence : block.evidence) {
        write_evidence(out, evidence);
    }
    out.end_array();
    out.end_object();
    out.key("last_commit");
    write_commit(out, block.last_commit);
    out.end_object();
}

void write_named_block(JsonWriter& out, const chain::BlockId& id, const chain::Block& block) {
    out.begin_object();
    out.key("block_id");
    write_block_id(out, id);
    out.key("block");
    write_block(out, block);
    out.end_object();
}

void write_block_meta(JsonWriter& out, const chain::BlockMeta& meta) {
    out.begin_object();
    out.key("block_id");
    write_block_id(out, meta.block_id);
    out.key("block_size").quoted(meta.block_size);
    out.key("header");
    write_header(out, meta.header);
    out.key("num_txs").quoted(meta.num_txs);
    out.end_object();
}

void write_public_key(JsonWriter& out, const crypto::PublicKey& key) {
    out.begin_object();
    out.key("type").string(crypto::public_key_json_type(key.type()));
    out.key("value").base64(key.bytes());
    out.end_object();
}

void write_validator(JsonWriter& out, const chain::Validator& validator) {
    out.begin_object();
    out.key("address").hex(validator.address());
    out.key("pub_key");
    write_public_key(out, validator.public_key());
    out.key("voting_power").quoted(validator.voting_power());
    out.key("proposer_priority").quoted(validator.proposer_priority());
    out.end_object();
}

void write_validator_set(JsonWriter& out, const chain::ValidatorSet& set) {
    out.begin_object();
    out.key("validators").begin_array();
    for (const chain::Validator& validator : set.validators()) {
        write_validator(out, validator);
    }
    out.end_array();
    out.key("proposer");
    write_validator(out, set.proposer());
    out.end_object();
}

void write_consensus_params(JsonWriter& out, const chain::ConsensusParams& params) {
    out.begin_object();
    out.key("block").begin_object();
    out.key("max_bytes").quoted(params.block.max_bytes);
    out.key("max_gas").quoted(params.block.max_gas);
    out.end_object();
    out.key("evidence").begin_object();
    out.key("max_age_num_blocks").quoted(params.evidence.max_age_num_blocks);
    out.key("max_age_duration").quoted(params.evidence.max_age_duration.count());
    out.key("max_bytes").quoted(params.evidence.max_bytes);
    out.end_object();
    out.key("validator").begin_object();
    out.key("pub_key_types").begin_array();
    for (const crypto::KeyType type : params.validator.pub_key_types) {
        out.string(crypto::to_string(type));
    }
    out.end_array();
    out.end_object();
    out.key("version").begin_object();
    out.key("app").quoted_unsigned(params.version.app);
    out.end_object();
    out.key("abci").raw(R"({"vote_extensions_enable_height":"0"})");
    out.end_object();
}

void write_merkle_proof(JsonWriter& out, const crypto::MerkleProof& proof) {
    out.begin_object();
    out.key("total").quoted(proof.total);
    out.key("index").quoted(proof.index);
    out.key("leaf_hash").base64(proof.leaf_hash);
    out.key("aunts").begin_array();
    for (const crypto::Hash256& aunt : proof.aunts) {
        out.base64(aunt);
    }
    out.end_array();
    out.end_object();
}

void write_tx_proof(JsonWriter& out, const chain::TxProof& proof) {
    out.begin_object();
    out.key("root_hash").hex(proof.root_hash);
    out.key("data").base64(proof.tx);
    out.key("proof");
    write_merkle_proof(out, proof.proof);
    out.end_object();
}

}  // namespace steelyard::rpc
