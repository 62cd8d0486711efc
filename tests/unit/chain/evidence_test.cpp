#include "chain/evidence.h"

#include "base/protowire.h"
#include "crypto/merkle.h"
#include "crypto/sha256.h"
#include "samples.h"
#include "tests/support/chain_builders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::chain {
namespace {

using test::sign_light_block;
using test::SigningSet;
using test::validators_with_power;
using testing::HasSubstr;

const ChainId chain_id = test::chain_id("evidence-1");

Vote signed_vote(const crypto::PrivateKey& key, const std::optional<BlockId>& id) {
    Vote vote{
        .type = SignedMsgType::precommit,
        .height = Height(10),
        .round = Round(1),
        .block_id = id,
        .timestamp = test::time_after(10),
        .validator_address = key.public_key().address(),
        .validator_index = 0,
    };
    vote.signature = key.sign(sign_bytes(vote, chain_id));
    return vote;
}

DuplicateVoteEvidence duplicate_vote(const SigningSet& set) {
    auto evidence = make_duplicate_vote_evidence(
        signed_vote(set.keys[0], test::block_id(1)),
        signed_vote(set.keys[0], test::block_id(2)),
        set.validators,
        test::time_after(9)
    );
    EXPECT_TRUE(evidence) << error_of(evidence);
    return *std::move(evidence);
}

/// An attack on height 8 whose header differs from ours as `change` says.
struct Attack {
    SigningSet set = validators_with_power({40, 30, 20, 10});
    Header common = test::header(chain_id, Height(5), set.validators, 1);
    LightBlock trusted =
        sign_light_block(set, test::header(chain_id, Height(8), set.validators, 1), "cccc");

    template <typename Change>
    Result<LightClientAttackEvidence> evidence(std::string_view votes, Change change) const {
        Header header = trusted.header();
        change(header);
        return make_light_client_attack_evidence(
            sign_light_block(set, header, votes), trusted.signed_header(), common, set.validators
        );
    }
};

void equivocate(Header& header) {
    header.data_hash[0] ^= 1;
}

void lie(Header& header) {
    header.app_hash = Hash256{};
}

std::vector<Address> addresses(const std::vector<Validator>& validators) {
    std::vector<Address> out;
    for (const Validator& validator : validators) {
        out.push_back(validator.address());
    }
    return out;
}

// CometBFT v0.38 evidence/reactor_test.go: TestEvidenceVectors. Its votes carry no signature, which
// ours cannot do without: the expected bytes have one of zeros put in.
TEST(Evidence, has_the_bytes_of_comet) {
    const std::string block_id_hash =
        "8b01023386c371778ecb6368573e539afc3cc860ec3a2f614e54fe5652f4fc80";
    const std::string parts_hash =
        "72db3d959635dff1bb567bedaa70573392c5159666a3f8caf11e413aac52207a";
    const auto vote_bytes = [&](const std::string& type) {
        return *from_hex(
            "08" + type + "10031802224a0a20" + block_id_hash + "122608c0843d1220" + parts_hash +
            "2a0b08b1d381d20510809dca6f32146af1f4111082efb388211bc72c55bcd61e9ac3d538d5bb03"
        );
    };
    const auto published = [&](const Bytes& vote_a, const Bytes& vote_b) {
        const auto message = [](std::uint32_t field, ByteView bytes) {
            ProtoWriter writer;
            writer.message(field, bytes);
            return std::move(writer).take();
        };
        Bytes inner = message(1, vote_a);
        append(inner, message(2, vote_b));
        append(inner, *from_hex("180a200a2a060880dbaae105"));
        return message(1, message(1, inner));
    };
    // The assembly is right: without signatures it gives the published bytes.
    ASSERT_EQ(
        to_hex(published(vote_bytes("02"), vote_bytes("01"))),
        "0a85020a82020a79080210031802224a0a208b01023386c371778ecb6368573e539afc3cc860ec3a2f614e54fe"
        "5652f4fc80122608c0843d122072db3d959635dff1bb567bedaa70573392c5159666a3f8caf11e413aac52207a"
        "2a0b08b1d381d20510809dca6f32146af1f4111082efb388211bc72c55bcd61e9ac3d538d5bb03127908011003"
        "1802224a0a208b01023386c371778ecb6368573e539afc3cc860ec3a2f614e54fe5652f4fc80122608c0843d12"
        "2072db3d959635dff1bb567bedaa70573392c5159666a3f8caf11e413aac52207a2a0b08b1d381d20510809dca"
        "6f32146af1f4111082efb388211bc72c55bcd61e9ac3d538d5bb03180a200a2a060880dbaae105"
    );

    Vote vote{
        .type = SignedMsgType::precommit,
        .height = Height(3),
        .round = Round(2),
        .block_id = BlockId{},
        .timestamp = *Timestamp::parse("2017-12-25T03:00:01.234Z"),
        .validator_index = 56789,
    };
    ASSERT_TRUE(from_hex(block_id_hash, vote.block_id->hash));
    vote.block_id->parts.total = 1'000'000;
    ASSERT_TRUE(from_hex(parts_hash, vote.block_id->parts.hash));
    ASSERT_TRUE(from_hex("6af1f4111082efb388211bc72c55bcd61e9ac3d5", vote.validator_address));
    DuplicateVoteEvidence evidence{
        .vote_a = vote,
        .vote_b = vote,
        .total_voting_power = 10,
        .validator_power = 10,
        .timestamp = *Timestamp::parse("2019-01-01T00:00:00Z"),
    };
    evidence.vote_b.type = SignedMsgType::prevote;

    const auto with_signature = [](Bytes bytes) {
        append(bytes, ByteArray<2>{0x42, 64});
        append(bytes, Signature{});
        return bytes;
    };
    EXPECT_EQ(
        to_hex(encode_evidence_list(std::vector<Evidence>{evidence})),
        to_hex(published(with_signature(vote_bytes("02")), with_signature(vote_bytes("01"))))
    );
}

// What a double signer can have committed by nodes of CometBFT must not stop ours.
TEST(DuplicateVoteEvidence, takes_votes_that_no_round_would) {
    DuplicateVoteEvidence evidence = duplicate_vote(validators_with_power({40, 30}));
    evidence.vote_a.validator_index = 2'000'000'000;
    evidence.vote_a.block_id->parts.total = 4'000'000'000;
    evidence.vote_b.extension = {1, 2, 3};
    evidence.vote_b.extension_signature = Bytes(64, 4);
    for (Vote* vote : {&evidence.vote_a, &evidence.vote_b}) {
        vote->round = Round(2'000'000'000);
    }

    const auto decoded = decode_evidence(encode_evidence(evidence));
    ASSERT_TRUE(decoded) << error_of(decoded);
    EXPECT_EQ(*decoded, Evidence(evidence));
}

TEST(DuplicateVoteEvidence, does_not_depend_on_the_order_of_the_votes) {
    const SigningSet set = validators_with_power({40, 30});
    const Vote one = signed_vote(set.keys[0], test::block_id(1));
    const Vote two = signed_vote(set.keys[0], test::block_id(2));
    const Vote nil = signed_vote(set.keys[0], std::nullopt);
    for (const auto& [a, b] : {std::pair(one, two), std::pair(one, nil)}) {
        const auto forth = make_duplicate_vote_evidence(a, b, set.validators, test::time_after(9));
        const auto back = make_duplicate_vote_evidence(b, a, set.validators, test::time_after(9));
        ASSERT_TRUE(forth && back);
        EXPECT_EQ(*forth, *back);
        EXPECT_TRUE(validate(*forth));
        EXPECT_LT(forth->vote_a.block_id, forth->vote_b.block_id);  // nothing sorts first
        EXPECT_EQ(forth->total_voting_power, 70);
        EXPECT_EQ(forth->validator_power, 40);
        EXPECT_EQ(evidence_height(*forth), Height(10));
        EXPECT_EQ(evidence_time(*forth), test::time_after(9));
    }
}

TEST(DuplicateVoteEvidence, needs_two_votes_that_contradict_each_other) {
    const SigningSet set = validators_with_power({40, 30});
    const Vote one = signed_vote(set.keys[0], test::block_id(1));
    const Vote two = signed_vote(set.keys[0], test::block_id(2));
    const auto refusal = [&](const Vote& a, const Vote& b) {
        return error_of(make_duplicate_vote_evidence(a, b, set.validators, test::time_after(9)));
    };
    EXPECT_EQ(refusal(one, two), "");
    EXPECT_THAT(refusal(one, one), HasSubstr("same block"));
    EXPECT_THAT(
        refusal(one, signed_vote(set.keys[1], test::block_id(2))), HasSubstr("two validators")
    );
    Vote other = two;
    other.height = Height(11);
    EXPECT_THAT(refusal(one, other), HasSubstr("same height, round and step"));
    other = two;
    other.round = Round(2);
    EXPECT_THAT(refusal(one, other), HasSubstr("same height, round and step"));
    other = two;
    other.type = SignedMsgType::prevote;
    EXPECT_THAT(refusal(one, other), HasSubstr("same height, round and step"));

    const auto stranger = test::private_key(77);
    EXPECT_THAT(
        refusal(signed_vote(stranger, test::block_id(1)), signed_vote(stranger, test::block_id(2))),
        HasSubstr("is not in the set")
    );
}

TEST(DuplicateVoteEvidence, is_refused_out_of_order_or_with_impossible_powers) {
    const DuplicateVoteEvidence good = duplicate_vote(validators_with_power({40, 30}));
    const auto refusal = [](const DuplicateVoteEvidence& evidence) {
        EXPECT_EQ(
            error_of(validate(evidence)), error_of(decode_evidence(encode_evidence(evidence)))
        );
        return error_of(validate(evidence));
    };
    EXPECT_EQ(refusal(good), "");

    DuplicateVoteEvidence bad = good;
    std::swap(bad.vote_a, bad.vote_b);
    EXPECT_THAT(refusal(bad), HasSubstr("order of their block ids"));
    bad = good;
    bad.validator_power = 71;
    EXPECT_THAT(refusal(bad), HasSubstr("71 is not in 1..70"));
    bad.validator_power = 0;
    EXPECT_THAT(refusal(bad), HasSubstr("0 is not in 1..70"));
    bad = good;
    bad.total_voting_power = -1;
    EXPECT_THAT(refusal(bad), HasSubstr("total voting power -1"));
    bad.total_voting_power = total_voting_power_max + 1;
    EXPECT_THAT(refusal(bad), HasSubstr("total voting power"));
}

TEST(LightClientAttackEvidence, accuses_for_a_lunatic_header_whoever_signed_it) {
    Attack attack;
    attack.trusted = sign_light_block(attack.set, attack.trusted.header(), "ccaa");
    const auto evidence = attack.evidence("acca", lie);
    ASSERT_TRUE(evidence) << error_of(evidence);
    EXPECT_EQ(
        addresses(evidence->byzantine_validators),
        (std::vector{attack.set.validators[1].address(), attack.set.validators[2].address()})
    );
    EXPECT_EQ(evidence->common_height, Height(5));
    EXPECT_EQ(evidence->timestamp, attack.common.time);
    EXPECT_EQ(evidence->total_voting_power, 100);
    EXPECT_EQ(evidence_height(*evidence), Height(5));
}

TEST(LightClientAttackEvidence, is_lunatic_where_the_header_states_what_no_correct_chain_can) {
    const Header trusted = Attack().trusted.header();
    const auto differs = [&](Hash256 Header::* field) {
        Header header = trusted;
        (header.*field)[0] ^= 1;
        return is_lunatic(header, trusted);
    };
    EXPECT_TRUE(differs(&Header::validators_hash));
    EXPECT_TRUE(differs(&Header::next_validators_hash));
    EXPECT_TRUE(differs(&Header::consensus_hash));
    EXPECT_TRUE(differs(&Header::last_results_hash));
    EXPECT_FALSE(differs(&Header::data_hash));
    EXPECT_FALSE(differs(&Header::last_commit_hash));
    EXPECT_FALSE(differs(&Header::evidence_hash));

    Header other_state = trusted;
    lie(other_state);
    EXPECT_TRUE(is_lunatic(other_state, trusted));
}

TEST(LightClientAttackEvidence, accuses_for_equivocation_whoever_signed_both) {
    Attack attack;
    attack.trusted = sign_light_block(attack.set, attack.trusted.header(), "ccna");
    const auto evidence = attack.evidence("nccc", equivocate);
    ASSERT_TRUE(evidence) << error_of(evidence);
    EXPECT_EQ(
        addresses(evidence->byzantine_validators), std::vector{attack.set.validators[1].address()}
    );
}

TEST(LightClientAttackEvidence, accuses_nobody_for_amnesia) {
    const Attack attack;
    const auto& commit = attack.trusted.commit();
    const auto later_round = SignedHeader::make(
        attack.trusted.header(),
        *Commit::make(commit.height(), Round(1), commit.block_id(), commit.signatures())
    );
    Header header = attack.trusted.header();
    equivocate(header);
    EXPECT_TRUE(
        byzantine_validators(
            sign_light_block(attack.set, header, "cccc"), *later_round, attack.set.validators
        )
            .empty()
    );
}

TEST(LightClientAttackEvidence, passes_over_signers_that_were_not_in_the_common_set) {
    const Attack attack;
    const SigningSet others = validators_with_power({50, 30}, crypto::KeyType::secp256k1, 3);
    const auto guilty = byzantine_validators(
        sign_light_block(others, test::header(chain_id, Height(8), others.validators, 1), "cc"),
        attack.trusted.signed_header(),
        attack.set.validators
    );
    // Key 3 is in both sets, key 4 only in the other.
    EXPECT_EQ(addresses(guilty), std::vector{test::private_key(3).public_key().address()});
    EXPECT_EQ(guilty[0].voting_power(), 10);
}

TEST(LightClientAttackEvidence, is_no_evidence_against_our_own_block) {
    EXPECT_THAT(error_of(Attack().evidence("cccc", [](Header&) {})), HasSubstr("is our own"));
}

TEST(LightClientAttackEvidence, is_refused_with_an_impossible_height_order_or_power) {
    const LightClientAttackEvidence good = *Attack().evidence("cccc", lie);
    const auto refusal = [](const LightClientAttackEvidence& evidence) {
        EXPECT_FALSE(validate(evidence));
        EXPECT_FALSE(decode_evidence(encode_evidence(evidence)));
        return error_of(validate(evidence));
    };
    LightClientAttackEvidence bad = good;
    bad.common_height = Height(9);
    EXPECT_THAT(refusal(bad), HasSubstr("common height 9"));
    bad.common_height = Height();
    EXPECT_THAT(refusal(bad), HasSubstr("common height 0"));
    bad = good;
    std::swap(bad.byzantine_validators[0], bad.byzantine_validators[1]);
    EXPECT_THAT(refusal(bad), HasSubstr("descending order"));
    bad = good;
    bad.byzantine_validators[1] = bad.byzantine_validators[0];
    EXPECT_THAT(refusal(bad), HasSubstr("descending order"));
    bad = good;
    bad.total_voting_power = 39;
    EXPECT_THAT(refusal(bad), HasSubstr("40 is not in 1..39"));
}

TEST(Evidence, has_one_encoding) {
    const std::vector<Evidence> list = {
        duplicate_vote(validators_with_power({40, 30})), *Attack().evidence("cccc", lie)
    };
    const Bytes bytes = encode_evidence_list(list);
    const auto decoded = decode_evidence_list(bytes);
    ASSERT_TRUE(decoded) << error_of(decoded);
    EXPECT_EQ(*decoded, list);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        Bytes changed = bytes;
        changed[i] ^= 0x01;
        if (const auto value = decode_evidence_list(changed)) {
            EXPECT_EQ(encode_evidence_list(*value), changed) << "byte " << i;
        }
    }
    EXPECT_TRUE(decode_evidence_list({})->empty());
}

TEST(Evidence, is_of_exactly_one_kind) {
    Bytes both = encode_evidence(duplicate_vote(validators_with_power({40, 30})));
    append(both, encode_evidence(*Attack().evidence("cccc", lie)));
    EXPECT_THAT(error_of(decode_evidence(both)), HasSubstr("not of one kind"));
    EXPECT_THAT(error_of(decode_evidence({})), HasSubstr("not of one kind"));
}

TEST(Evidence, is_hashed_without_the_wrapper_of_its_kind) {
    const DuplicateVoteEvidence evidence = duplicate_vote(validators_with_power({40, 30}));
    const Bytes wrapped = encode_evidence(evidence);
    // Tag, two bytes of length, then the message itself.
    const ByteView inner = ByteView(wrapped).subspan(3);

    EXPECT_EQ(evidence_hash(std::vector<Evidence>{evidence}), crypto::merkle_leaf_hash(inner));
    EXPECT_EQ(evidence_id(evidence), crypto::sha256(inner));
    EXPECT_EQ(evidence_hash({}), crypto::sha256(ByteView()));
}

TEST(Evidence, names_an_attack_by_31_bytes_of_the_hash_and_the_common_height) {
    const Attack attack;
    const auto some = attack.evidence("ccca", lie);
    const auto all = attack.evidence("cccc", lie);
    const auto other = attack.evidence("cccc", equivocate);
    ASSERT_TRUE(some && all && other);
    EXPECT_EQ(evidence_id(*some), evidence_id(*all));
    EXPECT_NE(evidence_id(*other), evidence_id(*all));
    EXPECT_NE(
        evidence_hash(std::vector<Evidence>{*some}), evidence_hash(std::vector<Evidence>{*all})
    );

    Bytes preimage = to_bytes(ByteView(all->conflicting_block.signed_header().hash()).first(31));
    append(preimage, ByteArray<2>{0, 2 * 5});
    EXPECT_EQ(evidence_id(*all), crypto::sha256(preimage));
}

}  // namespace
}  // namespace steelyard::chain
