#include "chain_messages.h"

namespace steelyard::proto {
namespace {

namespace types = tendermint::types;

template <typename Message>
types::CanonicalBlockID canonical_block_id(const Message& id) {
    types::CanonicalBlockID out;
    out.set_hash(id.hash());
    out.mutable_part_set_header()->set_total(id.part_set_header().total());
    out.mutable_part_set_header()->set_hash(id.part_set_header().hash());
    return out;
}

}  // namespace

std::string text_of(ByteView bytes) {
    return std::string(as_text(bytes));
}

google::protobuf::Timestamp message_of(chain::Timestamp time) {
    google::protobuf::Timestamp out;
    out.set_seconds(time.seconds());
    out.set_nanos(time.nanoseconds());
    return out;
}

types::PartSetHeader message_of(const chain::PartSetHeader& header) {
    types::PartSetHeader out;
    out.set_total(header.total);
    out.set_hash(text_of(header.hash));
    return out;
}

types::BlockID message_of(const chain::BlockId& id) {
    types::BlockID out;
    out.set_hash(text_of(id.hash));
    *out.mutable_part_set_header() = message_of(id.parts);
    return out;
}

types::Vote message_of(const chain::Vote& vote) {
    types::Vote out;
    out.set_type(static_cast<types::SignedMsgType>(vote.type));
    out.set_height(vote.height.value());
    out.set_round(vote.round.value());
    if (vote.block_id) {
        *out.mutable_block_id() = message_of(*vote.block_id);
    }
    *out.mutable_timestamp() = message_of(vote.timestamp);
    out.set_validator_address(text_of(vote.validator_address));
    out.set_validator_index(static_cast<std::int32_t>(vote.validator_index));
    out.set_signature(text_of(vote.signature));
    out.set_extension(text_of(vote.extension));
    out.set_extension_signature(text_of(vote.extension_signature));
    return out;
}

types::CommitSig message_of(const chain::CommitSig& sig) {
    types::CommitSig out;
    out.set_block_id_flag(static_cast<types::BlockIDFlag>(sig.flag()));
    if (!sig.is_absent()) {
        out.set_validator_address(text_of(sig.validator_address()));
        *out.mutable_timestamp() = message_of(sig.timestamp());
        out.set_signature(text_of(sig.signature()));
    }
    return out;
}

types::Commit message_of(const chain::Commit& commit) {
    types::Commit out;
    out.set_height(commit.height().value());
    out.set_round(commit.round().value());
    *out.mutable_block_id() = message_of(commit.block_id());
    for (const chain::CommitSig& sig : commit.signatures()) {
        *out.add_signatures() = message_of(sig);
    }
    return out;
}

types::Proposal message_of(const chain::Proposal& proposal) {
    types::Proposal out;
    out.set_type(types::SIGNED_MSG_TYPE_PROPOSAL);
    out.set_height(proposal.height.value());
    out.set_round(proposal.round.value());
    out.set_pol_round(proposal.pol_round ? proposal.pol_round->value() : -1);
    *out.mutable_block_id() = message_of(proposal.block_id);
    *out.mutable_timestamp() = message_of(proposal.timestamp);
    out.set_signature(text_of(proposal.signature));
    return out;
}

types::Header message_of(const chain::Header& header) {
    types::Header out;
    out.mutable_version()->set_block(header.version.block);
    out.mutable_version()->set_app(header.version.app);
    out.set_chain_id(header.chain_id.text());
    out.set_height(header.height.value());
    *out.mutable_time() = message_of(header.time);
    if (header.last_block_id) {
        *out.mutable_last_block_id() = message_of(*header.last_block_id);
    }
    out.set_last_commit_hash(text_of(header.last_commit_hash));
    out.set_data_hash(text_of(header.data_hash));
    out.set_validators_hash(text_of(header.validators_hash));
    out.set_next_validators_hash(text_of(header.next_validators_hash));
    out.set_consensus_hash(text_of(header.consensus_hash));
    out.set_app_hash(text_of(header.app_hash.view()));
    out.set_last_results_hash(text_of(header.last_results_hash));
    out.set_evidence_hash(text_of(header.evidence_hash));
    out.set_proposer_address(text_of(header.proposer_address));
    return out;
}

tendermint::crypto::Proof message_of(const crypto::MerkleProof& proof) {
    tendermint::crypto::Proof out;
    out.set_total(proof.total);
    out.set_index(proof.index);
    out.set_leaf_hash(text_of(proof.leaf_hash));
    for (const crypto::Hash256& aunt : proof.aunts) {
        out.add_aunts(text_of(aunt));
    }
    return out;
}

types::Part message_of(const chain::Part& part) {
    types::Part out;
    out.set_index(part.index());
    out.set_bytes(text_of(part.bytes));
    *out.mutable_proof() = message_of(part.proof);
    return out;
}

types::TxProof message_of(const chain::TxProof& proof) {
    types::TxProof out;
    out.set_root_hash(text_of(proof.root_hash));
    out.set_data(text_of(proof.tx));
    *out.mutable_proof() = message_of(proof.proof);
    return out;
}

tendermint::libs::bits::BitArray message_of(const chain::BitArray& bits) {
    tendermint::libs::bits::BitArray out;
    out.set_bits(static_cast<std::int64_t>(bits.size()));
    for (std::size_t first = 0; first < bits.size(); first += 64) {
        std::uint64_t word = 0;
        for (std::size_t i = 0; i < 64; ++i) {
            word |= std::uint64_t{bits.test(first + i)} << i;
        }
        out.add_elems(word);
    }
    return out;
}

types::ConsensusParams message_of(const chain::ConsensusParams& params) {
    types::ConsensusParams out;
    out.mutable_block()->set_max_bytes(params.block.max_bytes);
    out.mutable_block()->set_max_gas(params.block.max_gas);
    auto& evidence = *out.mutable_evidence();
    evidence.set_max_age_num_blocks(params.evidence.max_age_num_blocks);
    const std::int64_t nanoseconds = params.evidence.max_age_duration.count();
    evidence.mutable_max_age_duration()->set_seconds(nanoseconds / 1'000'000'000);
    evidence.mutable_max_age_duration()->set_nanos(
        static_cast<std::int32_t>(nanoseconds % 1'000'000'000)
    );
    evidence.set_max_bytes(params.evidence.max_bytes);
    for (const crypto::KeyType type : params.validator.pub_key_types) {
        out.mutable_validator()->add_pub_key_types(
            type == crypto::KeyType::ed25519 ? "ed25519" : "secp256k1"
        );
    }
    out.mutable_version()->set_app(params.version.app);
    out.mutable_abci();  // CometBFT 0.38 always has the section
    return out;
}

tendermint::abci::Event message_of(const chain::Event& event) {
    tendermint::abci::Event out;
    out.set_type(event.type);
    for (const chain::EventAttribute& attribute : event.attributes) {
        auto& added = *out.add_attributes();
        added.set_key(attribute.key);
        added.set_value(attribute.value);
        added.set_index(attribute.index);
    }
    return out;
}

tendermint::abci::ExecTxResult message_of(const chain::ExecTxResult& result) {
    tendermint::abci::ExecTxResult out;
    out.set_code(result.code);
    out.set_data(text_of(result.data));
    out.set_log(result.log);
    out.set_info(result.info);
    out.set_gas_wanted(result.gas_wanted);
    out.set_gas_used(result.gas_used);
    for (const chain::Event& event : result.events) {
        *out.add_events() = message_of(event);
    }
    out.set_codespace(result.codespace);
    return out;
}

tendermint::crypto::PublicKey message_of(const crypto::PublicKey& key) {
    tendermint::crypto::PublicKey out;
    if (key.type() == crypto::KeyType::ed25519) {
        out.set_ed25519(text_of(key.bytes()));
    } else {
        out.set_secp256k1(text_of(key.bytes()));
    }
    return out;
}

types::Validator message_of(const chain::Validator& validator) {
    types::Validator out;
    out.set_address(text_of(validator.address()));
    *out.mutable_pub_key() = message_of(validator.public_key());
    out.set_voting_power(validator.voting_power());
    out.set_proposer_priority(validator.proposer_priority());
    return out;
}

types::ValidatorSet message_of(const chain::ValidatorSet& set) {
    types::ValidatorSet out;
    for (const chain::Validator& validator : set.validators()) {
        *out.add_validators() = message_of(validator);
    }
    *out.mutable_proposer() = message_of(set.proposer());
    return out;
}

types::SignedHeader message_of(const chain::SignedHeader& header) {
    types::SignedHeader out;
    *out.mutable_header() = message_of(header.header());
    *out.mutable_commit() = message_of(header.commit());
    return out;
}

types::LightBlock message_of(const chain::LightBlock& block) {
    types::LightBlock out;
    *out.mutable_signed_header() = message_of(block.signed_header());
    *out.mutable_validator_set() = message_of(block.validators());
    return out;
}

types::Evidence message_of(const chain::Evidence& evidence) {
    types::Evidence out;
    if (const auto* const votes = std::get_if<chain::DuplicateVoteEvidence>(&evidence)) {
        auto& message = *out.mutable_duplicate_vote_evidence();
        *message.mutable_vote_a() = message_of(votes->vote_a);
        *message.mutable_vote_b() = message_of(votes->vote_b);
        message.set_total_voting_power(votes->total_voting_power);
        message.set_validator_power(votes->validator_power);
        *message.mutable_timestamp() = message_of(votes->timestamp);
        return out;
    }
    const auto& attack = std::get<chain::LightClientAttackEvidence>(evidence);
    auto& message = *out.mutable_light_client_attack_evidence();
    *message.mutable_conflicting_block() = message_of(attack.conflicting_block);
    message.set_common_height(attack.common_height.value());
    for (const chain::Validator& validator : attack.byzantine_validators) {
        *message.add_byzantine_validators() = message_of(validator);
    }
    message.set_total_voting_power(attack.total_voting_power);
    *message.mutable_timestamp() = message_of(attack.timestamp);
    return out;
}

types::Block message_of(const chain::Block& block) {
    types::Block out;
    *out.mutable_header() = message_of(block.header);
    for (const Bytes& tx : block.txs) {
        out.mutable_data()->add_txs(text_of(tx));
    }
    for (const chain::Evidence& evidence : block.evidence) {
        *out.mutable_evidence()->add_evidence() = message_of(evidence);
    }
    // The first block has an empty commit, where CometBFT could have had none.
    *out.mutable_last_commit() =
        block.last_commit ? message_of(*block.last_commit) : types::Commit();
    return out;
}

types::BlockMeta message_of(const chain::BlockMeta& meta) {
    types::BlockMeta out;
    *out.mutable_block_id() = message_of(meta.block_id);
    out.set_block_size(meta.block_size);
    *out.mutable_header() = message_of(meta.header);
    out.set_num_txs(meta.num_txs);
    return out;
}

types::CanonicalVote canonical(const chain::Vote& vote, const chain::ChainId& chain) {
    const types::Vote plain = message_of(vote);
    types::CanonicalVote out;
    out.set_type(plain.type());
    out.set_height(plain.height());
    out.set_round(plain.round());
    if (plain.has_block_id()) {
        *out.mutable_block_id() = canonical_block_id(plain.block_id());
    }
    *out.mutable_timestamp() = plain.timestamp();
    out.set_chain_id(chain.text());
    return out;
}

types::CanonicalProposal canonical(const chain::Proposal& proposal, const chain::ChainId& chain) {
    const types::Proposal plain = message_of(proposal);
    types::CanonicalProposal out;
    out.set_type(plain.type());
    out.set_height(plain.height());
    out.set_round(plain.round());
    out.set_pol_round(plain.pol_round());
    *out.mutable_block_id() = canonical_block_id(plain.block_id());
    *out.mutable_timestamp() = plain.timestamp();
    out.set_chain_id(chain.text());
    return out;
}

}  // namespace steelyard::proto
