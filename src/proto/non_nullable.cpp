#include "proto/non_nullable.h"

#include "base/check.h"

#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <array>

namespace steelyard::proto {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;

/// Sorted, so that it can be searched by halves.
constexpr auto fields = std::to_array<std::string_view>({
    "cosmos.auth.v1beta1.QueryParamsResponse.params",
    "cosmos.bank.v1beta1.DenomOwner.balance",
    "cosmos.bank.v1beta1.QueryDenomMetadataByQueryStringResponse.metadata",
    "cosmos.bank.v1beta1.QueryDenomMetadataResponse.metadata",
    "cosmos.bank.v1beta1.QueryParamsResponse.params",
    "cosmos.bank.v1beta1.QuerySupplyOfResponse.amount",
    "cosmos.base.abci.v1beta1.SimulationResponse.gas_info",
    "cosmos.base.tendermint.v1beta1.Block.data",
    "cosmos.base.tendermint.v1beta1.Block.evidence",
    "cosmos.base.tendermint.v1beta1.Block.header",
    "cosmos.base.tendermint.v1beta1.Header.last_block_id",
    "cosmos.base.tendermint.v1beta1.Header.time",
    "cosmos.base.tendermint.v1beta1.Header.version",
    "cosmos.distribution.v1beta1.QueryParamsResponse.params",
    "cosmos.distribution.v1beta1.QueryValidatorCommissionResponse.commission",
    "cosmos.distribution.v1beta1.QueryValidatorOutstandingRewardsResponse.rewards",
    "cosmos.mint.v1beta1.QueryParamsResponse.params",
    "cosmos.slashing.v1beta1.Params.downtime_jail_duration",
    "cosmos.slashing.v1beta1.QueryParamsResponse.params",
    "cosmos.slashing.v1beta1.QuerySigningInfoResponse.val_signing_info",
    "cosmos.slashing.v1beta1.ValidatorSigningInfo.jailed_until",
    "cosmos.staking.v1beta1.Commission.commission_rates",
    "cosmos.staking.v1beta1.Commission.update_time",
    "cosmos.staking.v1beta1.DelegationResponse.balance",
    "cosmos.staking.v1beta1.DelegationResponse.delegation",
    "cosmos.staking.v1beta1.HistoricalInfo.header",
    "cosmos.staking.v1beta1.MsgBeginRedelegate.amount",
    "cosmos.staking.v1beta1.MsgBeginRedelegateResponse.completion_time",
    "cosmos.staking.v1beta1.MsgCancelUnbondingDelegation.amount",
    "cosmos.staking.v1beta1.MsgCreateValidator.commission",
    "cosmos.staking.v1beta1.MsgCreateValidator.description",
    "cosmos.staking.v1beta1.MsgCreateValidator.value",
    "cosmos.staking.v1beta1.MsgDelegate.amount",
    "cosmos.staking.v1beta1.MsgEditValidator.description",
    "cosmos.staking.v1beta1.MsgUndelegate.amount",
    "cosmos.staking.v1beta1.MsgUndelegateResponse.amount",
    "cosmos.staking.v1beta1.MsgUndelegateResponse.completion_time",
    "cosmos.staking.v1beta1.Params.unbonding_time",
    "cosmos.staking.v1beta1.QueryDelegatorValidatorResponse.validator",
    "cosmos.staking.v1beta1.QueryParamsResponse.params",
    "cosmos.staking.v1beta1.QueryPoolResponse.pool",
    "cosmos.staking.v1beta1.QueryUnbondingDelegationResponse.unbond",
    "cosmos.staking.v1beta1.QueryValidatorResponse.validator",
    "cosmos.staking.v1beta1.RedelegationEntry.completion_time",
    "cosmos.staking.v1beta1.RedelegationEntryResponse.redelegation_entry",
    "cosmos.staking.v1beta1.RedelegationResponse.redelegation",
    "cosmos.staking.v1beta1.UnbondingDelegationEntry.completion_time",
    "cosmos.staking.v1beta1.Validator.commission",
    "cosmos.staking.v1beta1.Validator.description",
    "cosmos.staking.v1beta1.Validator.unbonding_time",
    "tendermint.abci.ExtendedVoteInfo.validator",
    "tendermint.abci.Misbehavior.time",
    "tendermint.abci.Misbehavior.validator",
    "tendermint.abci.RequestFinalizeBlock.decided_last_commit",
    "tendermint.abci.RequestFinalizeBlock.time",
    "tendermint.abci.TxResult.result",
    "tendermint.abci.ValidatorUpdate.pub_key",
    "tendermint.abci.VoteInfo.validator",
    "tendermint.consensus.BlockPart.part",
    "tendermint.consensus.MsgInfo.msg",
    "tendermint.consensus.NewValidBlock.block_part_set_header",
    "tendermint.consensus.Proposal.proposal",
    "tendermint.consensus.ProposalPOL.proposal_pol",
    "tendermint.consensus.TimedWALMessage.time",
    "tendermint.consensus.TimeoutInfo.duration",
    "tendermint.consensus.VoteSetBits.block_id",
    "tendermint.consensus.VoteSetBits.votes",
    "tendermint.consensus.VoteSetMaj23.block_id",
    "tendermint.p2p.AuthSigMessage.pub_key",
    "tendermint.p2p.DefaultNodeInfo.other",
    "tendermint.p2p.DefaultNodeInfo.protocol_version",
    "tendermint.privval.PubKeyResponse.pub_key",
    "tendermint.privval.SignedProposalResponse.proposal",
    "tendermint.privval.SignedVoteResponse.vote",
    "tendermint.state.ConsensusParamsInfo.consensus_params",
    "tendermint.state.State.consensus_params",
    "tendermint.state.State.last_block_id",
    "tendermint.state.State.last_block_time",
    "tendermint.state.State.version",
    "tendermint.state.Version.consensus",
    "tendermint.types.Block.data",
    "tendermint.types.Block.evidence",
    "tendermint.types.Block.header",
    "tendermint.types.BlockID.part_set_header",
    "tendermint.types.BlockMeta.block_id",
    "tendermint.types.BlockMeta.header",
    "tendermint.types.CanonicalBlockID.part_set_header",
    "tendermint.types.CanonicalProposal.timestamp",
    "tendermint.types.CanonicalVote.timestamp",
    "tendermint.types.Commit.block_id",
    "tendermint.types.CommitSig.timestamp",
    "tendermint.types.DuplicateVoteEvidence.timestamp",
    "tendermint.types.EvidenceParams.max_age_duration",
    "tendermint.types.ExtendedCommit.block_id",
    "tendermint.types.ExtendedCommitSig.timestamp",
    "tendermint.types.Header.last_block_id",
    "tendermint.types.Header.time",
    "tendermint.types.Header.version",
    "tendermint.types.LightClientAttackEvidence.timestamp",
    "tendermint.types.Part.proof",
    "tendermint.types.Proposal.block_id",
    "tendermint.types.Proposal.timestamp",
    "tendermint.types.Validator.pub_key",
    "tendermint.types.Vote.block_id",
    "tendermint.types.Vote.timestamp",
});
static_assert(std::ranges::is_sorted(fields));

bool is_non_nullable(const FieldDescriptor& field) {
    return std::ranges::binary_search(fields, std::string_view(field.full_name()));
}

void set_to_zero_value(Message& message, const FieldDescriptor& field) {
    Message* const value = message.GetReflection()->MutableMessage(&message, &field);
    if (auto* const time = google::protobuf::DynamicCastToGenerated<Timestamp>(value)) {
        time->set_seconds(go_zero_time_seconds);
    }
}

}  // namespace

void fill_non_nullable(Message& message) {
    const Descriptor& type = *message.GetDescriptor();
    const Reflection& reflection = *message.GetReflection();
    for (int i = 0; i < type.field_count(); ++i) {
        const FieldDescriptor& field = *type.field(i);
        if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
            continue;
        }
        if (field.is_repeated()) {
            for (int j = 0; j < reflection.FieldSize(message, &field); ++j) {
                fill_non_nullable(*reflection.MutableRepeatedMessage(&message, &field, j));
            }
            continue;
        }
        if (!reflection.HasField(message, &field) && is_non_nullable(field)) {
            set_to_zero_value(message, field);
        }
        if (reflection.HasField(message, &field)) {
            fill_non_nullable(*reflection.MutableMessage(&message, &field));
        }
    }
}

std::span<const std::string_view> non_nullable_fields() {
    return fields;
}

}  // namespace steelyard::proto
