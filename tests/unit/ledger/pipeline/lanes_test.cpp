// Lanes (doc/spec/market.md, K7; T3 of doc/spec/ledger.md): a proof is alone in its transaction,
// and what a transaction holds decides where it stands in a proposal.
#include "steelyard/market/v1/tx.pb.h"
#include "tests/unit/ledger/pipeline/pipeline_bench.h"

namespace steelyard::pipeline {
namespace {

using messages::Lane;
using namespace ::steelyard::market::v1;

class Lanes : public PipelineTest {
protected:
    template <typename M>
    M of_job() {
        M message;
        message.set_signer(alice.text());
        message.set_order_id(1);
        return message;
    }

    MsgCancelOrder cancellation() {
        MsgCancelOrder message;
        message.set_user(alice.text());
        message.set_order_id(1);
        return message;
    }

    Bytes signed_with(std::initializer_list<const google::protobuf::Message*> messages) {
        TxDraft draft;
        for (const google::protobuf::Message* const message : messages) {
            draft.message(*message);
        }
        return draft.fee("3000uyard").signer(alice).sign();
    }

    Lane lane_with(std::initializer_list<const google::protobuf::Message*> messages) {
        return lane_of(read_tx(signed_with(messages), bench.params).value());
    }

    MsgSpotCheck proof = of_job<MsgSpotCheck>();
    MsgStartJob start = of_job<MsgStartJob>();
    MsgCancelOrder cancel = cancellation();
};

TEST_F(Lanes, K7_are_those_of_the_message) {
    EXPECT_EQ(lane_with({&proof}), Lane::proof);
    EXPECT_EQ(lane_with({&start}), Lane::worker);
    EXPECT_EQ(lane_with({&cancel}), Lane::usual);
    EXPECT_LT(Lane::proof, Lane::worker);
    EXPECT_LT(Lane::worker, Lane::usual);
}

/// Nobody gets anything before others by putting a worker's message in front of it.
TEST_F(Lanes, K7_of_several_messages_are_the_last) {
    EXPECT_EQ(lane_with({&start, &start}), Lane::worker);
    EXPECT_EQ(lane_with({&start, &cancel}), Lane::usual);
    EXPECT_EQ(lane_with({&cancel, &start}), Lane::usual);
}

TEST_F(Lanes, T3_a_proof_is_alone) {
    const std::string refused =
        "sdk/18 a spot check is not alone in its transaction: invalid request";

    EXPECT_EQ(refusal_of(signed_with({&proof, &proof})), refused);
    EXPECT_EQ(refusal_of(signed_with({&proof, &start})), refused);
    EXPECT_EQ(refusal_of(signed_with({&cancel, &proof})), refused);
}

}  // namespace
}  // namespace steelyard::pipeline
