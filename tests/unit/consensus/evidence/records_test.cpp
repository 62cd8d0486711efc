#include "consensus/evidence/records.h"

#include "base/hex.h"
#include "test_chain.h"

namespace steelyard::evidence {
namespace {

using chain::Height;
using testing::HasSubstr;

TEST(Records, have_these_bytes) {
    EXPECT_EQ(to_hex(head_key()), "00");
    EXPECT_EQ(to_hex(encode_head({Height(258), Height(3)})), "0200000000000001020000000000000003");
    EXPECT_EQ(to_hex(encode_committed(Height(258))), "0000000000000102");

    const Offence offence{Height(7), {1, 2, 3}};
    EXPECT_EQ(to_hex(committed_key(offence)), "020000000000000007010203");

    const TestChain chain;
    EXPECT_THAT(
        to_hex(pending_key(chain.double_vote(258))), testing::StartsWith("010000000000000102")
    );
    EXPECT_EQ(
        to_hex(carried_key(chain.double_vote(258))),
        "030000000000000102" + to_hex(chain::evidence_id(chain.double_vote(258)))
    );
}

TEST(Records, of_the_head_in_the_first_format_say_nothing) {
    Bytes head = encode_head({Height(258), Height(3)});
    head[0] = 1;
    const auto decoded = decode_head(head);
    ASSERT_TRUE(decoded) << error_of(decoded);
    EXPECT_EQ(*decoded, std::nullopt);
}

TEST(Records, of_the_head_are_refused_when_damaged) {
    const Bytes good = encode_head({Height(258), Height(3)});
    EXPECT_EQ(*decode_head(good), (Head{Height(258), Height(3)}));
    Bytes bad = good;
    bad.pop_back();
    EXPECT_THAT(error_of(decode_head(bad)), HasSubstr("has 16 bytes, not 17"));
    EXPECT_THAT(error_of(decode_head({})), HasSubstr("has 0 bytes"));
    bad = good;
    bad[0] = 3;
    EXPECT_THAT(error_of(decode_head(bad)), HasSubstr("format 3 is unknown"));
    bad = good;
    bad[1] = 0x80;
    EXPECT_THAT(error_of(decode_head(bad)), HasSubstr("is negative"));
    bad = good;
    bad[9] = 0x7f;
    EXPECT_THAT(error_of(decode_head(bad)), HasSubstr("is over the limit"));
}

TEST(Records, of_committed_offences_are_refused_when_damaged) {
    EXPECT_EQ(*decode_committed(encode_committed(Height(9))), Height(9));
    EXPECT_THAT(error_of(decode_committed(Bytes(7))), HasSubstr("has 7 bytes, not 8"));
    EXPECT_THAT(error_of(decode_committed(Bytes(8, 0xff))), HasSubstr("-1 is negative"));
}

TEST(Records, of_pending_evidence_are_refused_under_another_key) {
    const TestChain chain;
    const chain::Evidence one = chain.double_vote(8);
    const chain::Evidence other = chain.double_vote(9);
    EXPECT_EQ(*decode_pending(pending_key(one), chain::encode_evidence(one)), one);
    const auto swapped = decode_pending(pending_key(one), chain::encode_evidence(other));
    ASSERT_FALSE(swapped);
    EXPECT_EQ(swapped.error().code(), ErrorCode::corrupt);
    const auto damaged = decode_pending(pending_key(one), {});
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().code(), ErrorCode::corrupt);
}

TEST(Records, sort_by_height) {
    const TestChain chain;
    const auto before = [](const Bytes& a, const Bytes& b) { return compare(a, b) < 0; };
    EXPECT_TRUE(before(pending_key(chain.double_vote(255)), pending_key(chain.double_vote(256))));
    EXPECT_TRUE(before(pending_key(chain.double_vote(7)), pending_range().end));

    const Bytes last_of_7 = committed_key({Height(7), Bytes(60, 0xff)});
    EXPECT_TRUE(before(last_of_7, committed_range(Height(7)).end));
    EXPECT_FALSE(before(committed_key({Height(8), {}}), committed_range(Height(7)).end));
    EXPECT_TRUE(before(carried_key(chain.double_vote(7)), carried_range(Height(7)).end));
    EXPECT_FALSE(before(carried_key(chain.double_vote(8)), carried_range(Height(7)).end));
    EXPECT_FALSE(before(last_of_7, block_range().begin));
    EXPECT_TRUE(before(carried_key(chain.double_vote(8)), block_range().end));
}

TEST(Offences, of_a_double_vote_are_its_slot) {
    const TestChain chain;
    const chain::DuplicateVoteEvidence evidence = chain.double_vote(8, 1, 3);
    const auto same = [&](const chain::DuplicateVoteEvidence& other) {
        return offences(other) == offences(evidence);
    };
    auto other = chain.double_vote(8, 1, 3, 5);
    EXPECT_TRUE(same(other)) << "other blocks";
    other = evidence;
    other.vote_a.validator_index = 77;
    other.vote_a.timestamp = test::time_after(1);
    other.vote_b.extension_signature = {1};
    EXPECT_TRUE(same(other)) << "what the validator, or nobody, may vary";
    EXPECT_NE(chain::evidence_id(other), chain::evidence_id(evidence));

    EXPECT_FALSE(same(chain.double_vote(9, 1, 3)));
    EXPECT_FALSE(same(chain.double_vote(8, 2, 3)));
    EXPECT_FALSE(same(chain.double_vote(8, 1, 4)));
    other = evidence;
    other.vote_a.type = chain::SignedMsgType::prevote;
    EXPECT_FALSE(same(other));
}

TEST(Offences, of_an_attack_are_one_for_each_of_the_accused) {
    TestChain chain;
    chain.grow_to(10);
    const auto some = offences(chain.attack(8, 6, "ccca", lie));
    const auto all = offences(chain.attack(8, 6, "cccc", lie));
    EXPECT_EQ(some.size(), 3U);
    EXPECT_EQ(all.size(), 4U);
    EXPECT_TRUE(std::equal(some.begin(), some.end(), all.begin()));
    EXPECT_EQ(offences(chain.attack(8, 5, "cccc", lie)), all) << "whatever the common height";
    EXPECT_NE(offences(chain.attack(8, 6, "cccc", equivocate)), all);
}

}  // namespace
}  // namespace steelyard::evidence
