// Evidence that clients hand in.
#include "base/base64.h"
#include "rpc/json_chain.h"
#include "rpc/json_evidence.h"
#include "rpc/json_reader.h"
#include "tests/support/chain_builders.h"
#include "tests/unit/rpc/fake_node.h"

#include <gmock/gmock.h>

namespace steelyard::rpc {
namespace {

using testing::HasSubstr;

std::string to_json(const chain::Evidence& evidence) {
    JsonWriter out;
    write_evidence(out, evidence);
    return std::move(out).take();
}

class BroadcastEvidence : public testing::Test {
protected:
    chain::Evidence double_vote() const {
        const auto vote = [&](int block) {
            chain::Vote made{
                .type = chain::SignedMsgType::precommit,
                .height = chain::Height(5),
                .block_id = test::block_id(block),
                .timestamp = test::time_after(50),
                .validator_address = set.validators[1].address(),
                .validator_index = 1,
            };
            made.signature.fill(7);
            made.extension = {1, 2, 3};
            made.extension_signature = Bytes(64, 9);
            return made;
        };
        return *chain::make_duplicate_vote_evidence(
            vote(1), vote(2), set.validators, test::time_after(49)
        );
    }

    chain::Evidence attack(std::string_view votes) const {
        const auto header = [&](int height, int number) {
            return test::header(
                test::chain_id("rpc"), chain::Height(height), set.validators, number
            );
        };
        const auto ours = test::sign_light_block(set, header(5, 1), "cccc");
        return *chain::make_light_client_attack_evidence(
            test::sign_light_block(set, header(5, 2), votes),
            ours.signed_header(),
            header(3, 1),
            set.validators
        );
    }

    /// What is said to a piece whose JSON has one text replaced by another.
    std::string refusal(const chain::Evidence& evidence, std::string_view from, std::string to) {
        std::string json = to_json(evidence);
        const auto at = json.find(from);
        EXPECT_NE(at, json.npos) << from;
        json.replace(at, from.size(), to);
        EXPECT_TRUE(check_json(json));
        const auto read = read_evidence(json);
        return read ? "" : read.error().message();
    }

    test::SigningSet set = test::validators_with_power({40, 30, 20, 10});
    test::FakeNode node;
};

TEST_F(BroadcastEvidence, takes_both_kinds_as_blocks_show_them) {
    for (const chain::Evidence& evidence : {double_vote(), attack("ccna"), attack("cccc")}) {
        const std::string answer =
            node.call("broadcast_evidence", fmt::format(R"({{"evidence":{}}})", to_json(evidence)));

        EXPECT_EQ(
            answer,
            fmt::format(R"("result":{{"hash":"{}"}})", to_base64(chain::evidence_id(evidence)))
        );
        ASSERT_FALSE(node.evidence_submitted.empty()) << answer;
        EXPECT_EQ(node.evidence_submitted.back(), evidence);
    }
}

TEST_F(BroadcastEvidence, takes_an_attack_that_accuses_nobody) {
    auto evidence = std::get<chain::LightClientAttackEvidence>(attack("cccc"));
    evidence.byzantine_validators.clear();

    EXPECT_EQ(*read_evidence(to_json(evidence)), chain::Evidence(evidence));
    std::string json = to_json(evidence);
    const std::string_view empty = R"("ByzantineValidators":[])";
    json.replace(json.find(empty), empty.size(), R"("ByzantineValidators":null)");
    EXPECT_EQ(*read_evidence(json), chain::Evidence(evidence)) << "as Go writes it";
}

TEST_F(BroadcastEvidence, names_what_is_wrong_with_an_attack) {
    const auto evidence = attack("cccc");
    EXPECT_EQ(
        refusal(evidence, R"("block":"11")", R"("block":"12")"), "version.block: is 12, not 11"
    );
    EXPECT_EQ(
        refusal(evidence, R"("block_id_flag":2)", R"("block_id_flag":4)"),
        "signatures.block_id_flag: is none of 1, 2 and 3"
    );
    EXPECT_EQ(
        refusal(evidence, R"("CommonHeight":"3")", R"("CommonHeight":"x")"),
        "value.CommonHeight: is not a number"
    );
    EXPECT_THAT(
        refusal(evidence, R"("CommonHeight":"3")", R"("CommonHeight":"6")"),
        HasSubstr("evidence.ValidateBasic failed: common height 6 is not in 1..5")
    );
    EXPECT_EQ(
        refusal(evidence, R"("voting_power":"40")", R"("voting_power":"0")"),
        "validators.voting_power: is out of range"
    );
    EXPECT_THAT(
        refusal(evidence, R"("voting_power":"40")", R"("voting_power":"41")"),
        HasSubstr("proposer: is none of the validators")
    );
    EXPECT_THAT(
        refusal(evidence, "tendermint/PubKeySecp256k1", "x"),
        HasSubstr(R"(pub_key.type: "x" is no key)")
    );
    EXPECT_THAT(refusal(evidence, R"("round":0)", R"("round":-1)"), HasSubstr("is not a round"));
}

TEST_F(BroadcastEvidence, takes_a_bounded_number_of_signatures) {
    std::string many = R"("signatures":[)";
    for (std::size_t i = 0; i < chain::validators_max; ++i) {
        many += R"({"block_id_flag":1},)";
    }
    EXPECT_EQ(
        refusal(attack("cccc"), R"("signatures":[)", many),
        "commit.signatures: has more than 10000 elements"
    );
}

}  // namespace
}  // namespace steelyard::rpc
