// The first byte picks a type: what our decoder accepts, the generated class of the same message
// accepts too, and would write the same, non-nullable fields included.
#include "base/check.h"
#include "chain/block.h"
#include "chain/coin.h"
#include "chain/consensus_params.h"
#include "chain/exec_result.h"
#include "chain/proposal.h"
#include "chain/tx.h"
#include "cosmos/base/v1beta1/coin.pb.h"
#include "cosmos/tx/v1beta1/tx.pb.h"
#include "proto/codec.h"
#include "proto/non_nullable.h"
#include "tendermint/abci/types.pb.h"
#include "tendermint/libs/bits/types.pb.h"
#include "tendermint/types/block.pb.h"

#include <iterator>

using namespace steelyard;

namespace {

namespace types = tendermint::types;

constexpr proto::ParseLimits limits = {.bytes_max = 1 << 20, .elements_max = 1 << 20};

template <typename Message, auto decode>
void judge(ByteView bytes) {
    if (!decode(bytes)) {
        return;
    }
    Message message;
    CHECK(proto::strict_parse(message, bytes, limits));
    proto::fill_non_nullable(message);
    CHECK(equal(proto::serialize(message), bytes));
}

// The corpus names entries by their place in this list.
constexpr void (*judges[])(ByteView) = {
    judge<google::protobuf::Timestamp, chain::decode_timestamp>,
    judge<types::PartSetHeader, chain::decode_part_set_header>,
    judge<types::BlockID, chain::decode_optional_block_id>,
    judge<types::Vote, chain::decode_vote>,
    judge<types::Proposal, chain::decode_proposal>,
    judge<types::CommitSig, chain::decode_commit_sig>,
    judge<types::Commit, chain::decode_last_commit>,
    judge<types::Header, chain::decode_header>,
    judge<types::Data, chain::decode_data>,
    judge<types::Part, chain::decode_part>,
    judge<types::TxProof, chain::decode_tx_proof>,
    judge<types::EvidenceList, chain::decode_evidence_list>,
    judge<types::LightBlock, chain::decode_light_block>,
    judge<types::Block, chain::decode_block>,
    judge<types::BlockMeta, chain::decode_block_meta>,
    judge<types::ValidatorSet, chain::decode_validator_set>,
    judge<types::ConsensusParams, chain::decode_consensus_params>,
    judge<tendermint::abci::ExecTxResult, chain::decode_exec_tx_result>,
    judge<tendermint::libs::bits::BitArray, chain::decode_bit_array>,
    judge<cosmos::base::v1beta1::Coin, chain::decode_coin>,
    judge<cosmos::tx::v1beta1::TxRaw, chain::decode_tx_raw>,
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 0) {
        judges[data[0] % std::size(judges)](ByteView(data + 1, size - 1));
    }
    return 0;
}
