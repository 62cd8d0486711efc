// The chain's types as generated messages, field by field: the independent judge of the encoders.
#pragma once

#include "chain/block.h"
#include "chain/consensus_params.h"
#include "chain/exec_result.h"
#include "chain/proposal.h"
#include "chain/txs.h"
#include "chain/validator_set.h"

#include "tendermint/abci/types.pb.h"
#include "tendermint/libs/bits/types.pb.h"
#include "tendermint/types/block.pb.h"
#include "tendermint/types/canonical.pb.h"
#include "tendermint/types/params.pb.h"
#include "tendermint/types/types.pb.h"
#include "tendermint/types/validator.pb.h"

namespace steelyard::proto {

std::string text_of(ByteView bytes);

google::protobuf::Timestamp message_of(chain::Timestamp time);
tendermint::types::PartSetHeader message_of(const chain::PartSetHeader& header);
tendermint::types::BlockID message_of(const chain::BlockId& id);
tendermint::types::Vote message_of(const chain::Vote& vote);
tendermint::types::CommitSig message_of(const chain::CommitSig& sig);
tendermint::types::Commit message_of(const chain::Commit& commit);
tendermint::types::Proposal message_of(const chain::Proposal& proposal);
tendermint::types::Header message_of(const chain::Header& header);
tendermint::crypto::Proof message_of(const crypto::MerkleProof& proof);
tendermint::types::Part message_of(const chain::Part& part);
tendermint::types::TxProof message_of(const chain::TxProof& proof);
tendermint::libs::bits::BitArray message_of(const chain::BitArray& bits);
tendermint::types::ConsensusParams message_of(const chain::ConsensusParams& params);
tendermint::abci::Event message_of(const chain::Event& event);
tendermint::abci::ExecTxResult message_of(const chain::ExecTxResult& result);
tendermint::crypto::PublicKey message_of(const crypto::PublicKey& key);
tendermint::types::Validator message_of(const chain::Validator& validator);
tendermint::types::ValidatorSet message_of(const chain::ValidatorSet& set);

tendermint::types::SignedHeader message_of(const chain::SignedHeader& header);
tendermint::types::LightBlock message_of(const chain::LightBlock& block);
tendermint::types::Evidence message_of(const chain::Evidence& evidence);
tendermint::types::Block message_of(const chain::Block& block);
tendermint::types::BlockMeta message_of(const chain::BlockMeta& meta);

tendermint::types::CanonicalVote canonical(const chain::Vote& vote, const chain::ChainId& chain);
tendermint::types::CanonicalProposal canonical(
    const chain::Proposal& proposal, const chain::ChainId& chain
);

}  // namespace steelyard::proto
