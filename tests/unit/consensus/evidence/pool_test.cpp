#include "pool_fixture.h"

namespace steelyard::evidence {
namespace {

using chain::DuplicateVoteEvidence;
using chain::Evidence;
using chain::Height;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class EvidencePool : public PoolFixture {
protected:
    void report(std::int64_t height, std::size_t who, std::int32_t round = 0) {
        pool->report(
            chain.vote(height, who, round, test::block_id(1)),
            chain.vote(height, who, round, test::block_id(2))
        );
    }

    ErrorCode refusal_code(const Evidence& evidence) {
        const auto added = pool->add(evidence);
        EXPECT_FALSE(added);
        return added ? ErrorCode::io : added.error().code();
    }
};

TEST_F(EvidencePool, offers_what_was_added_until_it_is_committed) {
    const Evidence evidence = chain.double_vote(8);
    EXPECT_TRUE(add(evidence));
    EXPECT_THAT(pending(), ElementsAre(evidence));
    commit();
    EXPECT_THAT(pending(), ElementsAre(evidence));
    commit({evidence});
    EXPECT_THAT(pending(), IsEmpty());
}

TEST_F(EvidencePool, takes_an_offence_once) {
    EXPECT_TRUE(add(chain.double_vote(8)));
    EXPECT_FALSE(add(chain.double_vote(8)));
    EXPECT_FALSE(add(chain.double_vote(8, 0, 0, 3))) << "the same slot, another block";
    EXPECT_EQ(pool->pending_count(), 1U);
    EXPECT_TRUE(add(chain.double_vote(8, 1)));
    commit({chain.double_vote(8)});
    EXPECT_FALSE(add(chain.double_vote(8)));
    EXPECT_FALSE(add(chain.double_vote(8, 0, 0, 3)));
    EXPECT_THAT(pending(), ElementsAre(Evidence(chain.double_vote(8, 1))));
}

TEST_F(EvidencePool, refuses_what_is_not_true) {
    DuplicateVoteEvidence evidence = chain.double_vote(8);
    evidence.vote_b.signature[0] ^= 1;
    EXPECT_EQ(refusal_code(evidence), ErrorCode::denied);
    evidence = chain.double_vote(8);
    evidence.timestamp = test::time_after(1);
    EXPECT_EQ(refusal_code(evidence), ErrorCode::invalid);
    EXPECT_THAT(pending(), IsEmpty());
}

TEST_F(EvidencePool, does_not_blame_the_sender_for_what_is_ahead) {
    EXPECT_EQ(refusal_code(chain.double_vote(11)), ErrorCode::not_found);

    const Tip then = chain.tip();
    chain.grow_to(14);
    const Evidence attack = chain.attack(10, 8, "cccc", lie);
    ASSERT_EQ(pool->height(), then.height);
    EXPECT_EQ(refusal_code(attack), ErrorCode::not_found);
    const Evidence forged = [&] {
        auto evidence = chain.double_vote(10);
        evidence.vote_a.signature = {};
        return evidence;
    }();
    EXPECT_EQ(refusal_code(forged), ErrorCode::denied);
    EXPECT_EQ(refusal_code(chain.attack(9, 8, "accc", lie)), ErrorCode::insufficient);
}

TEST_F(EvidencePool, refuses_what_fits_into_no_block) {
    const Evidence evidence = chain.double_vote(8);
    const auto size = static_cast<std::int64_t>(size_in_list(evidence));
    chain::EvidenceParams params = short_memory;
    params.max_bytes = size - 1;
    chain.grow();
    ASSERT_TRUE(pool->update(chain.tip(params), {}));
    EXPECT_EQ(refusal_code(evidence), ErrorCode::too_large);
    params.max_bytes = size;
    chain.grow();
    ASSERT_TRUE(pool->update(chain.tip(params), {}));
    EXPECT_TRUE(add(evidence));
}

TEST_F(EvidencePool, lets_evidence_expire_exactly_past_both_limits) {
    const Evidence evidence = chain.double_vote(10);
    EXPECT_TRUE(add(evidence));
    commit_to(15);  // 5 blocks and 50 seconds later
    EXPECT_THAT(pending(), ElementsAre(evidence));
    EXPECT_EQ(check({evidence}), "");
    commit();
    EXPECT_THAT(pending(), IsEmpty());
    EXPECT_EQ(
        check({evidence}),
        "evidence 0 of the block: evidence of height 10 is too old, as is all up to height 10"
    );
    EXPECT_EQ(refusal_code(evidence), ErrorCode::invalid);
}

TEST_F(EvidencePool, keeps_evidence_as_long_as_one_limit_allows) {
    const Evidence evidence = chain.double_vote(10);
    EXPECT_TRUE(add(evidence));
    const chain::EvidenceParams few_blocks = {
        .max_age_num_blocks = 1, .max_age_duration = std::chrono::seconds(50)
    };
    const chain::EvidenceParams little_time = {
        .max_age_num_blocks = 5, .max_age_duration = std::chrono::seconds(1)
    };
    for (const auto& params : {few_blocks, few_blocks, few_blocks, little_time, little_time}) {
        chain.grow();
        ASSERT_TRUE(pool->update(chain.tip(params), {}));
        EXPECT_THAT(pending(), ElementsAre(evidence));
    }
    chain.grow();
    ASSERT_TRUE(pool->update(chain.tip(little_time), {}));
    EXPECT_THAT(pending(), IsEmpty());
}

TEST_F(EvidencePool, does_not_let_expired_evidence_come_back_with_longer_limits) {
    const Evidence committed = chain.double_vote(9);
    const Evidence missed = chain.double_vote(9, 1);
    commit({committed});
    commit_to(16);
    chain::EvidenceParams longer = short_memory;
    longer.max_age_num_blocks = 100;
    chain.grow();
    ASSERT_TRUE(pool->update(chain.tip(longer), {}));
    EXPECT_THAT(check({committed}), HasSubstr("too old"));
    EXPECT_THAT(check({missed}), HasSubstr("too old"));
    EXPECT_EQ(check({chain.double_vote(11)}), "");
}

TEST_F(EvidencePool, admits_a_block_with_true_evidence) {
    EXPECT_EQ(check({}), "");
    EXPECT_EQ(check({chain.double_vote(8), chain.double_vote(8, 1), chain.double_vote(9)}), "");
    EXPECT_THAT(pending(), IsEmpty()) << "checking takes nothing";
}

TEST_F(EvidencePool, refuses_a_block_that_carries_a_piece_again) {
    const Evidence evidence = chain.double_vote(8);
    EXPECT_EQ(
        check({chain.double_vote(9), evidence, evidence}),
        "evidence 2 of the block: it is there twice"
    );
    commit({evidence});
    EXPECT_EQ(check({evidence}), "evidence 0 of the block: block 11 carries it already");
}

// As CometBFT does, whose proposers may put them there.
TEST_F(EvidencePool, admits_other_pieces_about_a_committed_offence) {
    const Evidence evidence = chain.double_vote(8);
    const Evidence third_vote = chain.double_vote(8, 0, 0, 3);
    DuplicateVoteEvidence varied = chain.double_vote(8);
    varied.vote_a.validator_index = 9;
    EXPECT_EQ(check({evidence, third_vote, varied}), "");
    commit({evidence});
    EXPECT_EQ(check({third_vote}), "");
    commit({third_vote});
    EXPECT_THAT(check({third_vote}), HasSubstr("block 12 carries it already"));
    EXPECT_EQ(check({varied}), "");
}

TEST_F(EvidencePool, proposes_one_piece_about_an_offence) {
    EXPECT_TRUE(add(chain.double_vote(8)));
    EXPECT_FALSE(add(chain.double_vote(8, 0, 0, 3)));
    commit({chain.double_vote(8, 0, 0, 3)});
    EXPECT_THAT(pending(), IsEmpty()) << "it was punished, with another piece";
    EXPECT_FALSE(add(chain.double_vote(8)));
    reopen();
    EXPECT_FALSE(add(chain.double_vote(8)));
}

TEST_F(EvidencePool, proposes_one_piece_about_a_validator_at_a_time) {
    EXPECT_TRUE(add(chain.double_vote(8)));
    EXPECT_TRUE(add(chain.double_vote(9)));
    EXPECT_TRUE(add(chain.double_vote(9, 1)));
    EXPECT_THAT(
        pending(), ElementsAre(Evidence(chain.double_vote(8)), Evidence(chain.double_vote(9, 1)))
    );
    EXPECT_EQ(pool->waiting(any_size).size(), 3U);
    commit(pending());
    EXPECT_THAT(pending(), ElementsAre(Evidence(chain.double_vote(9))));
}

TEST_F(EvidencePool, refuses_a_block_with_false_evidence_though_it_has_the_true_one) {
    EXPECT_TRUE(add(chain.double_vote(8)));
    DuplicateVoteEvidence forged = chain.double_vote(8);
    forged.vote_a.signature[0] ^= 1;
    EXPECT_THAT(check({forged}), HasSubstr("vote_a"));
    forged = chain.double_vote(8);
    std::swap(forged.vote_a, forged.vote_b);
    EXPECT_THAT(check({forged}), HasSubstr("order of their block ids"));
}

TEST_F(EvidencePool, admits_a_second_piece_about_an_attack_that_names_more) {
    const Evidence part = chain.attack(8, 6, "ccca", lie);
    const Evidence other_part = chain.attack(8, 7, "ccca", lie);
    const Evidence all = chain.attack(8, 7, "cccc", lie);
    EXPECT_EQ(check({part, all}), "");
    EXPECT_THAT(check({other_part, all}), HasSubstr("there twice")) << "of one common height";
    commit({part});
    EXPECT_FALSE(add(other_part));
    EXPECT_TRUE(add(all));
    commit({all});
    EXPECT_THAT(check({all}), HasSubstr("block 12 carries it already"));
    EXPECT_THAT(check({other_part}), HasSubstr("block 12 carries it already"));
}

TEST_F(EvidencePool, drops_what_blocks_take_for_a_piece_that_they_carry) {
    const Evidence part = chain.attack(8, 7, "ccca", lie);
    const Evidence all = chain.attack(8, 7, "cccc", lie);
    EXPECT_TRUE(add(all));
    EXPECT_FALSE(add(part));
    commit({part});
    EXPECT_THAT(pending(), IsEmpty()) << "though it names one more";
    EXPECT_FALSE(add(all));
}

TEST_F(EvidencePool, tells_its_own_failure_from_a_verdict) {
    const Evidence evidence = chain.double_vote(8);
    chain.broken = true;
    const auto checked = pool->check(std::vector{evidence});
    ASSERT_FALSE(checked);
    EXPECT_FALSE(is_refusal(checked.error()));
    EXPECT_THAT(error_of(checked), HasSubstr("the disk is gone"));
    chain.broken = false;
    store.fail_read_at(1);
    const auto unread = pool->check(std::vector{evidence});
    ASSERT_FALSE(unread);
    EXPECT_FALSE(is_refusal(unread.error()));
}

TEST_F(EvidencePool, makes_evidence_of_reported_votes_when_their_height_is_committed) {
    report(11, 0);
    EXPECT_THAT(pending(), IsEmpty());
    commit();
    EXPECT_THAT(pending(), ElementsAre(Evidence(chain.double_vote(11))));
    report(12, 1);
    report(13, 2);
    commit();
    EXPECT_EQ(pool->pending_count(), 2U);
    commit(pending());
    EXPECT_THAT(pending(), ElementsAre(Evidence(chain.double_vote(13, 2))));
}

TEST_F(EvidencePool, makes_the_same_evidence_whichever_vote_came_first) {
    pool->report(chain.vote(10, 0, 0, test::block_id(2)), chain.vote(10, 0, 0, test::block_id(1)));
    commit();
    EXPECT_THAT(pending(), ElementsAre(Evidence(chain.double_vote(10))));
}

TEST_F(EvidencePool, drops_reports_that_prove_nothing) {
    pool->report(chain.vote(11, 0, 0, test::block_id(1)), chain.vote(11, 0, 0, test::block_id(1)));
    pool->report(chain.vote(11, 0, 1, test::block_id(1)), chain.vote(11, 0, 2, test::block_id(2)));
    chain::Vote forged = chain.vote(11, 1, 0, test::block_id(1));
    forged.signature = {};
    pool->report(forged, chain.vote(11, 1, 0, test::block_id(2)));
    chain::Vote stranger = chain.vote(11, 2, 0, test::block_id(1));
    stranger.validator_address = {};
    chain::Vote again = stranger;
    again.block_id.reset();
    pool->report(stranger, again);
    report(2, 0);
    commit();
    EXPECT_THAT(pending(), IsEmpty());
}

TEST_F(EvidencePool, does_not_take_reported_votes_that_the_block_punishes) {
    report(10, 0);
    commit({chain.double_vote(10)});
    EXPECT_THAT(pending(), IsEmpty());
}

TEST_F(EvidencePool, keeps_a_bounded_number_of_reports) {
    for (std::int32_t round = 0; round < 100; ++round) {
        report(11, 0, round);
    }
    report(11, 1);
    commit();
    EXPECT_EQ(pool->pending_count(), pending_per_validator_max + 1);
    commit(pool->waiting(any_size));
    report(12, 0);
    commit();
    EXPECT_EQ(pool->pending_count(), 1U) << "there is room again";
}

TEST_F(EvidencePool, takes_any_round) {
    const Evidence evidence = chain.double_vote(8, 0, std::numeric_limits<std::int32_t>::max());
    EXPECT_TRUE(add(evidence));
    report(11, 0, std::numeric_limits<std::int32_t>::max());
    commit(pending());
    EXPECT_EQ(pool->pending_count(), 1U);
}

TEST_F(EvidencePool, takes_an_attack_once_the_chain_has_a_commit_for_its_height) {
    const auto attack = [&] { return Evidence(chain.attack(12, 9, "cccc", lie)); };
    for (; pool->height() < Height(13); commit()) {
        EXPECT_EQ(refusal_code(attack()), ErrorCode::not_found);
        EXPECT_THAT(check({attack()}), HasSubstr("has no commit in the chain yet"));
    }
    EXPECT_TRUE(add(attack()));
    EXPECT_EQ(check(pending()), "");
}

TEST_F(EvidencePool, judges_an_attack_that_waits_in_another_form) {
    const Evidence attack = chain.attack(8, 6, "cccc", lie);
    EXPECT_TRUE(add(attack));
    auto narrowed = std::get<chain::LightClientAttackEvidence>(attack);
    narrowed.byzantine_validators.pop_back();
    EXPECT_THAT(check({narrowed}), HasSubstr("names 3 byzantine validators, not 4"));
}

TEST_F(EvidencePool, follows_the_chain_block_by_block) {
    const Evidence evidence = chain.double_vote(8);
    commit({evidence});
    chain.grow();
    chain.grow();
    EXPECT_EQ(error_of(pool->update(chain.tip(), {})), "block 13 does not follow block 11");
    EXPECT_EQ(pool->height(), Height(11));
    const std::uint64_t writes = store.writes();
    EXPECT_TRUE(pool->update(chain.tip_at(11), std::vector{evidence})) << "known already";
    EXPECT_TRUE(pool->update(chain.tip_at(5), {}));
    EXPECT_EQ(store.writes(), writes);
    EXPECT_TRUE(pool->update(chain.tip_at(12), {}));
    EXPECT_EQ(store.writes(), writes + 1);
}

TEST_F(EvidencePool, forgets_committed_offences_when_they_have_expired) {
    const auto committed = [&](const Evidence& evidence) {
        return store.get(committed_key(offences(evidence)[0]))->has_value();
    };
    const auto carried = [&](const Evidence& evidence) {
        return store.get(carried_key(evidence))->has_value();
    };
    const Evidence evidence = chain.double_vote(9);
    commit({evidence});
    commit_to(14);
    EXPECT_TRUE(committed(evidence));
    EXPECT_TRUE(carried(evidence));
    commit();
    EXPECT_FALSE(committed(evidence));
    EXPECT_FALSE(carried(evidence));
}

TEST_F(EvidencePool, forgets_a_bounded_number_of_offences_with_a_block) {
    std::vector<Evidence> many;
    for (std::size_t i = 0; i < forgotten_per_block_max + 10; ++i) {
        auto evidence = chain.double_vote(9);
        evidence.vote_a.validator_address[0] = static_cast<std::uint8_t>(i);
        evidence.vote_a.validator_address[1] = static_cast<std::uint8_t>(i >> 8);
        many.push_back(evidence);
    }
    const auto remembered = [&] {
        return std::ranges::count_if(many, [&](const Evidence& evidence) {
            return store.get(committed_key(offences(evidence)[0]))->has_value();
        });
    };
    chain.grow(many);
    ASSERT_TRUE(pool->update(chain.tip(), many));
    commit_to(14);
    EXPECT_EQ(remembered(), std::ssize(many));
    commit();
    EXPECT_EQ(remembered(), 10);
    commit();
    EXPECT_EQ(remembered(), 0);
}

TEST(EvidencePoolOfANewChain, begins_before_its_first_block) {
    TestChain chain;
    test::SimStore store{1};
    const auto pool = *Pool::open(store, chain, {.chain_id = chain.chain_id});
    ASSERT_TRUE(pool->resume(chain.tip()));
    EXPECT_EQ(pool->height(), Height(0));
    EXPECT_TRUE(pool->check({}));
    chain.grow();
    EXPECT_TRUE(pool->update(chain.tip(), {}));
    EXPECT_TRUE(pool->check(std::vector<Evidence>{chain.double_vote(1)}));
}

TEST(EvidencePoolOfANewChain, takes_no_evidence_from_before_its_initial_height) {
    TestChain chain;
    test::SimStore store{1};
    const auto pool =
        *Pool::open(store, chain, {.chain_id = chain.chain_id, .initial_height = Height(7)});
    ASSERT_TRUE(pool->resume({Height(0), test::time_after(0), short_memory}));
    EXPECT_THAT(error_of(pool->update(chain.tip_at(6), {})), HasSubstr("does not follow"));
    chain.grow_to(7);
    chain.prune_below(7);
    ASSERT_TRUE(pool->update(chain.tip(), {}));
    const auto checked = pool->check(std::vector<Evidence>{chain.double_vote(6)});
    ASSERT_FALSE(checked);
    EXPECT_TRUE(is_refusal(checked.error())) << "not a question to history";
    EXPECT_TRUE(pool->check(std::vector<Evidence>{chain.double_vote(7)}));
}

}  // namespace
}  // namespace steelyard::evidence
