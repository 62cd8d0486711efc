#include "test_chain.h"

namespace steelyard::evidence {
namespace {

using chain::Header;
using chain::Height;
using chain::LightClientAttackEvidence;
using testing::HasSubstr;

class Attack : public testing::Test {
protected:
    Attack() { chain.grow_to(10); }

    std::string refusal(const chain::Evidence& evidence) const {
        const auto result = verify(evidence, chain.context(), chain);
        EXPECT_TRUE(result || is_refusal(result.error()));
        return error_of(result);
    }

    /// The same light block with a commit of another round.
    chain::LightBlock in_round_1(const chain::LightBlock& block) const {
        std::vector<chain::CommitSig> signatures;
        for (std::size_t i = 0; i < chain.set.keys.size(); ++i) {
            const chain::Vote vote =
                chain.vote(block.header().height.value(), i, 1, block.commit().block_id());
            signatures.emplace_back(
                chain::BlockIdFlag::commit, vote.validator_address, vote.timestamp, vote.signature
            );
        }
        auto commit = chain::Commit::make(
            block.header().height, chain::Round(1), block.commit().block_id(), signatures
        );
        return *chain::LightBlock::make(
            *chain::SignedHeader::make(block.header(), *commit), chain.set.validators
        );
    }

    TestChain chain;
};

TEST_F(Attack, is_true_for_a_lunatic_header) {
    const LightClientAttackEvidence evidence = chain.attack(8, 6, "ccca", lie);
    EXPECT_EQ(evidence.byzantine_validators.size(), 3U);
    EXPECT_EQ(refusal(evidence), "");
}

TEST_F(Attack, is_true_for_equivocation) {
    const LightClientAttackEvidence evidence = chain.attack(8, 8, "cacc", equivocate);
    EXPECT_EQ(evidence.byzantine_validators.size(), 3U);
    EXPECT_EQ(refusal(evidence), "");
}

TEST_F(Attack, is_true_for_amnesia_and_accuses_nobody) {
    Header header = chain.attack(8, 8, "cccc", equivocate).conflicting_block.header();
    const chain::LightBlock same_round = test::sign_light_block(chain.set, header, "cccc");
    LightClientAttackEvidence evidence = chain.accuse(in_round_1(same_round), 8);
    EXPECT_TRUE(evidence.byzantine_validators.empty());
    EXPECT_EQ(refusal(evidence), "");

    evidence.byzantine_validators = chain.attack(8, 8, "cccc", equivocate).byzantine_validators;
    EXPECT_EQ(refusal(evidence), "evidence names 4 byzantine validators, not 0");
}

TEST_F(Attack, is_refused_for_a_lie_that_the_common_height_excludes) {
    const auto evidence = chain.attack(8, 8, "cccc", lie);
    EXPECT_THAT(refusal(evidence), HasSubstr("the common height 8 is not derived from"));
}

TEST_F(Attack, is_refused_without_two_thirds_of_its_own_set) {
    EXPECT_EQ(
        refusal(chain.attack(8, 6, "aacc", lie)),
        "conflicting block under the common set: commit has voting power 30, needs more than 33"
    );
    EXPECT_EQ(
        refusal(chain.attack(8, 6, "accc", lie)),
        "conflicting block under its own set: commit has voting power 60, needs more than 66"
    );
    EXPECT_EQ(
        refusal(chain.attack(8, 8, "accc", equivocate)),
        "conflicting block under its own set: commit has voting power 60, needs more than 66"
    );
}

TEST_F(Attack, is_refused_without_a_third_of_the_common_set) {
    const test::SigningSet strangers =
        test::validators_with_power({40, 30}, crypto::KeyType::secp256k1, 50);
    Header header = test::header(chain.chain_id, Height(8), strangers.validators, 1);
    EXPECT_EQ(
        refusal(chain.accuse(test::sign_light_block(strangers, header, "cc"), 6)),
        "conflicting block under the common set: commit has voting power 0, needs more than 33"
    );
}

TEST_F(Attack, is_refused_with_one_bad_signature_beyond_the_quorum) {
    const chain::LightBlock block = chain.attack(8, 6, "cccc", lie).conflicting_block;
    const chain::CommitSig& last = block.commit().signatures()[3];
    const chain::CommitSig forged(last.flag(), last.validator_address(), last.timestamp(), {});
    const auto tampered = chain::LightBlock::make(
        *chain::SignedHeader::make(block.header(), test::with_signature(block.commit(), 3, forged)),
        chain.set.validators
    );
    ASSERT_TRUE(tampered);
    EXPECT_THAT(refusal(chain.accuse(*tampered, 6)), HasSubstr("signature 3 of the commit"));
}

TEST_F(Attack, is_refused_with_another_time_than_the_common_block) {
    auto evidence = chain.attack(8, 6, "cccc", lie);
    evidence.timestamp = test::time_after(80);
    EXPECT_THAT(refusal(evidence), HasSubstr("evidence of height 6 has the time"));
}

TEST_F(Attack, is_as_old_as_its_common_height) {
    chain.grow_to(12);
    EXPECT_EQ(refusal(chain.attack(8, 7, "cccc", lie)), "");
    EXPECT_THAT(refusal(chain.attack(8, 6, "cccc", lie)), HasSubstr("older than 5 blocks"));
}

TEST_F(Attack, is_refused_with_other_powers_or_validators) {
    const auto good = chain.attack(8, 6, "ccca", lie);
    auto evidence = good;
    evidence.total_voting_power = 101;
    EXPECT_EQ(refusal(evidence), "evidence has total voting power 101, the set 100");
    evidence = good;
    evidence.byzantine_validators.pop_back();
    EXPECT_EQ(refusal(evidence), "evidence names 2 byzantine validators, not 3");
    evidence = good;
    evidence.byzantine_validators[0].set_voting_power(41);
    EXPECT_THAT(refusal(evidence), HasSubstr("has voting power 41, not 40"));
    evidence = good;
    const chain::Validator& innocent = chain.set.validators[3];
    evidence.byzantine_validators[2] = chain::Validator(innocent.public_key(), 10);
    EXPECT_THAT(refusal(evidence), HasSubstr("byzantine validator 2 is"));
    evidence = good;
    evidence.byzantine_validators[0].set_proposer_priority(5);
    EXPECT_EQ(refusal(evidence), "") << "a priority means nothing";
}

TEST_F(Attack, is_refused_with_our_own_block) {
    auto evidence = chain.attack(8, 6, "cccc", lie);
    evidence.conflicting_block =
        test::sign_light_block(chain.set, *chain.header(Height(8)), "cccc");
    EXPECT_THAT(refusal(evidence), HasSubstr("is our own"));
}

TEST_F(Attack, needs_the_commits_of_our_own_chain) {
    const auto evidence = chain.attack(9, 9, "cccc", equivocate);
    EXPECT_EQ(refusal(evidence), "");
    const Context before{chain.chain_id, chain.tip_at(9)};
    EXPECT_EQ(
        error_of(verify(evidence, before, chain)),
        "block 9, which the conflicting one is held against, has no commit in the chain yet, "
        "whose last block is 9"
    );
}

// CometBFT has code for it, and refuses it in effect: it looks for a commit that it does not have.
TEST_F(Attack, that_forges_the_future_must_wait_for_our_own_block) {
    const auto evidence = chain.attack(10, 6, "cccc", [](Header& header) {
        lie(header);
        header.time = test::time_after(1);
    });
    EXPECT_THAT(refusal(evidence), HasSubstr("block 10, which the conflicting one"));
    chain.grow();
    EXPECT_EQ(refusal(evidence), "");
}

TEST_F(Attack, is_judged_by_the_chain_up_to_the_tip_alone) {
    const auto change = [](Header& header) {
        lie(header);
        header.time = test::time_after(120);
    };
    const Context then = chain.context();
    EXPECT_FALSE(verify(chain.attack(12, 6, "cccc", change), then, chain));

    chain.grow_to(14);
    const auto evidence = chain.attack(12, 10, "cccc", change);
    EXPECT_TRUE(verify(evidence, chain.context(), chain));
    EXPECT_FALSE(verify(evidence, then, chain)) << "others do not have block 12 yet";
}

}  // namespace
}  // namespace steelyard::evidence
