// Which blocks may follow a state: a good block with one thing wrong at a time.
#include "base/hex.h"
#include "tests/support/test_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::consensus {
namespace {

using chain::Block;
using chain::Height;
using crypto::KeyType;
using test::TestChain;
using test::validators_with_power;
using testing::HasSubstr;
using testing::StartsWith;

/// Three heights after genesis, so that every field of the next header has come from somewhere.
TestChain chain_of(KeyType type, Height initial_height = Height(5)) {
    TestChain chain(validators_with_power({10, 20, 30, 40}, type), initial_height);
    for (std::uint8_t i = 1; i <= 3; ++i) {
        BlockOutcome outcome;
        outcome.results_hash.fill(i);
        outcome.app_hash = chain::Hash256{i};
        chain.append(chain.make_block({Bytes{i}}), outcome);
    }
    return chain;
}

std::string verdict(const ChainState& state, const Block& block) {
    const auto verified = validate_block(state, block);
    return verified ? "accepted" : verified.error().message();
}

chain::DuplicateVoteEvidence some_evidence() {
    const auto set = validators_with_power({10});
    chain::Vote vote{
        .type = chain::SignedMsgType::precommit,
        .height = Height(5),
        .round = chain::Round(0),
        .block_id = test::block_id(1),
        .timestamp = test::time_after(1),
        .validator_address = set.validators[0].address(),
        .signature = chain::Signature{1},
    };
    chain::Vote other = vote;
    other.block_id = test::block_id(2);
    return *chain::make_duplicate_vote_evidence(vote, other, set.validators, test::time_after(0));
}

chain::Timestamp plus(chain::Timestamp time, std::chrono::nanoseconds delta) {
    return *chain::checked_add(time, delta);
}

struct Damage {
    std::string refusal;  ///< what the message begins with
    std::function<void(Block&)> damage;
};

using std::chrono::nanoseconds;

const std::vector<Damage> header_damages = {
    {"Header.version.block: is 12, must be 11", [](Block& b) { b.header.version.block = 12; }},
    {"Header.version.app: is 1, must be 0", [](Block& b) { b.header.version.app = 1; }},
    {"Header.chain_id: is other, must be test-chain",
     [](Block& b) { b.header.chain_id = test::chain_id("other"); }},
    {"Header.height: is 9, must be 8", [](Block& b) { b.header.height = Height(9); }},
    {"Header.height: is 7, must be 8", [](Block& b) { b.header.height = Height(7); }},
    {"Header.time: is ", [](Block& b) { b.header.time = plus(b.header.time, nanoseconds(1)); }},
    {"Header.time: is ", [](Block& b) { b.header.time = plus(b.header.time, nanoseconds(-1)); }},
    {"Header.last_block_id: is no block, must be ",
     [](Block& b) {
         b.header.last_block_id.reset();
         b.last_commit.reset();
         chain::seal_contents(b);
     }},
    {"Header.last_block_id: is ", [](Block& b) { b.header.last_block_id->hash[0] ^= 1; }},
    {"Header.last_block_id: is ", [](Block& b) { b.header.last_block_id->parts.hash[31] ^= 1; }},
    {"Header.last_block_id: is ", [](Block& b) { ++b.header.last_block_id->parts.total; }},
    {"Block.header: last_commit_hash is ", [](Block& b) { b.header.last_commit_hash[0] ^= 1; }},
    {"Block.header: data_hash is ", [](Block& b) { b.header.data_hash[0] ^= 1; }},
    {"Header.validators_hash: is ", [](Block& b) { b.header.validators_hash[0] ^= 1; }},
    {"Header.next_validators_hash: is ", [](Block& b) { b.header.next_validators_hash[0] ^= 1; }},
    {"Header.consensus_hash: is ", [](Block& b) { b.header.consensus_hash[0] ^= 1; }},
    {"Header.app_hash: is , must be 03", [](Block& b) { b.header.app_hash = {}; }},
    {"Header.last_results_hash: is ", [](Block& b) { b.header.last_results_hash[0] ^= 1; }},
    {"Block.header: evidence_hash is ", [](Block& b) { b.header.evidence_hash[0] ^= 1; }},
    {"Header.proposer_address: ", [](Block& b) { b.header.proposer_address[0] ^= 1; }},
};

const std::vector<Damage> content_damages = {
    {"Block.header: data_hash is ", [](Block& b) { b.txs.push_back({7}); }},
    {"Block.header: data_hash is ", [](Block& b) { b.txs.front().push_back(7); }},
    {"Block.header: evidence_hash is ", [](Block& b) { b.evidence.push_back(some_evidence()); }},
    {"Block.last_commit: a last block and its commit go together",
     [](Block& b) { b.last_commit.reset(); }},
    {"Block.header: last_commit_hash is ",
     [](Block& b) { b.last_commit = test::with_signature(*b.last_commit, 0, {}); }},
};

class ValidateBlock : public testing::TestWithParam<KeyType> {};

TEST_P(ValidateBlock, accepts_the_next_block_that_the_rules_make) {
    const TestChain chain = chain_of(GetParam());
    const Block block = chain.make_block({{1}, {2, 3}});

    const auto verified = validate_block(chain.state(), block);

    ASSERT_TRUE(verified) << verified.error().message();
    EXPECT_EQ(verified->hash(), chain::header_hash(block.header));
    ASSERT_TRUE(verified->last_commit());
    EXPECT_EQ(verified->last_commit()->commit(), *block.last_commit);
    EXPECT_EQ(verified->last_commit()->participants(), chain.last_commit()->participants());
    EXPECT_TRUE(chain::decode_block(chain::encode_block(block)));
}

// The round, which a block does not name, may be a later one: B10.
TEST_P(ValidateBlock, takes_any_member_for_the_proposer) {
    const TestChain chain = chain_of(GetParam());

    for (const chain::Validator& validator : chain.state().validators.validators()) {
        const Block block = make_block(
            chain.state(),
            {.last_commit = chain.last_commit(), .proposer_address = validator.address()}
        );
        EXPECT_EQ(block.header.proposer_address, validator.address());
        EXPECT_EQ(verdict(chain.state(), block), "accepted");
    }
}

TEST_P(ValidateBlock, names_the_one_thing_that_is_wrong) {
    const TestChain chain = chain_of(GetParam());
    const Block good = chain.make_block({{1}});

    for (const auto* const damages : {&header_damages, &content_damages}) {
        for (const auto& [refusal, damage] : *damages) {
            Block block = good;
            damage(block);
            EXPECT_THAT(verdict(chain.state(), block), StartsWith(refusal));
        }
    }
}

// That the table has forgotten no field: any other byte of the header makes it refused.
TEST_P(ValidateBlock, accepts_no_other_header) {
    const TestChain chain = chain_of(GetParam());
    Block block = chain.make_block({{1}});
    const Bytes header = chain::encode_header(block.header);
    std::size_t readable = 0;

    for (std::size_t i = 0; i < header.size(); ++i) {
        for (const int flip : {0x01, 0x10, 0x80}) {
            Bytes changed = header;
            changed[i] = static_cast<std::uint8_t>(changed[i] ^ flip);
            if (const auto decoded = chain::decode_header(changed)) {
                ++readable;
                block.header = *decoded;
                EXPECT_NE(verdict(chain.state(), block), "accepted") << "byte " << i;
            }
        }
    }

    EXPECT_GT(readable, 3U * 32 * 9);
}

TEST_P(ValidateBlock, tells_what_it_got_and_what_it_wanted) {
    const TestChain chain = chain_of(GetParam());
    Block block = chain.make_block();
    const chain::Hash256 hash = block.header.consensus_hash;

    block.header.consensus_hash = chain::Hash256{0xab};
    EXPECT_EQ(
        verdict(chain.state(), block),
        "Header.consensus_hash: is " + to_hex_upper(chain::Hash256{0xab}) + ", must be " +
            to_hex_upper(hash)
    );

    block = chain.make_block();
    const chain::Timestamp time = block.header.time;
    block.header.time = test::time_after(3600);
    EXPECT_EQ(
        verdict(chain.state(), block),
        "Header.time: is 2026-01-01T01:00:00Z, must be " + chain::to_string(time)
    );
}

/// The good block with another commit of its last block.
Block with_commit(const Block& good, chain::Commit commit) {
    Block block = good;
    block.last_commit = std::move(commit);
    chain::seal_contents(block);
    return block;
}

TEST_P(ValidateBlock, verifies_every_signature_of_the_last_commit) {
    const TestChain chain = chain_of(GetParam());
    const Block good = chain.make_block();
    const chain::Commit& commit = *good.last_commit;
    const auto with_flag = [&](std::size_t index, const chain::Address& address, int flip) {
        const chain::CommitSig& sig = commit.signatures()[index];
        chain::Signature signature = sig.signature();
        signature[40] = static_cast<std::uint8_t>(signature[40] ^ flip);
        return with_commit(
            good,
            test::with_signature(
                commit, index, {chain::BlockIdFlag::commit, address, sig.timestamp(), signature}
            )
        );
    };
    const auto address = [&](std::size_t i) { return commit.signatures()[i].validator_address(); };

    EXPECT_EQ(
        verdict(chain.state(), with_flag(3, address(3), 1)),
        "Block.last_commit: signature 3 of the commit is wrong"
    );
    EXPECT_THAT(
        verdict(chain.state(), with_flag(3, address(2), 0)),
        StartsWith("Block.last_commit: signature 3 of the commit names ")
    );
}

TEST_P(ValidateBlock, wants_more_than_two_thirds_behind_the_last_block) {
    const TestChain chain = chain_of(GetParam());
    const Block good = chain.make_block();
    const chain::CommitTarget target = {
        chain.state().chain_id, Height(7), *chain.state().last_block_id
    };
    const auto signers = chain.with_keys(*chain.state().last_validators);
    const auto verdict_on = [&](std::string_view votes) {
        const chain::Commit commit = test::sign_commit(signers, target, votes, good.header.time);
        return verdict(chain.state(), with_commit(good, commit));
    };

    EXPECT_EQ(
        verdict_on("cnac"), "Block.last_commit: commit has voting power 50, needs more than 66"
    );
    EXPECT_EQ(verdict_on("ccc"), "Block.last_commit: commit has 3 signatures for 4 validators");
    EXPECT_EQ(verdict_on("ccaa"), "accepted");
    EXPECT_THAT(verdict_on("ccca"), StartsWith("Header.time: is "));  // another median
}

TEST_P(ValidateBlock, refuses_a_time_that_does_not_go_on) {
    const TestChain chain = chain_of(GetParam());
    const chain::Timestamp last_time = chain.state().last_block_time;
    const auto signers = chain.with_keys(*chain.state().last_validators);
    const chain::Commit commit = test::sign_commit(
        signers,
        {chain.state().chain_id, Height(7), *chain.state().last_block_id},
        "cccc",
        plus(last_time, std::chrono::seconds(-1))
    );
    Block block = with_commit(chain.make_block(), commit);

    // The second of the four, with half of the power on it and the first one.
    block.header.time = last_time;

    EXPECT_EQ(
        verdict(chain.state(), block),
        "Header.time: is " + chain::to_string(last_time) + ", must be after the last block's " +
            chain::to_string(last_time) + " and before 2262-04-11"
    );
}

// Nanoseconds since 1970 end in 2262: later times wrap, and stand before all others in the median.
TEST_P(ValidateBlock, refuses_a_time_that_the_median_cannot_order) {
    const TestChain chain = chain_of(GetParam());
    const auto verdict_at = [&](std::string_view first_time) {
        const chain::Commit commit = test::sign_commit(
            chain.with_keys(*chain.state().last_validators),
            {chain.state().chain_id, Height(7), *chain.state().last_block_id},
            "cccc",
            *chain::Timestamp::parse(first_time)
        );
        Block block = with_commit(chain.make_block(), commit);
        block.header.time = *chain::Timestamp::parse(std::string(first_time.substr(0, 18)) + "1Z");
        return verdict(chain.state(), block);
    };

    EXPECT_EQ(verdict_at("2262-04-10T23:59:50Z"), "accepted");
    EXPECT_THAT(verdict_at("2262-04-11T00:00:00Z"), testing::EndsWith("before 2262-04-11"));
    EXPECT_THAT(verdict_at("9999-01-01T00:00:00Z"), testing::EndsWith("before 2262-04-11"));
}

TEST_P(ValidateBlock, holds_the_first_block_to_genesis) {
    const TestChain chain(validators_with_power({10, 20}, GetParam()), Height(5));
    const Block good = chain.make_block();
    const TestChain later = chain_of(GetParam(), Height(2));  // the next height is 5, too
    const Block other = later.make_block();

    EXPECT_EQ(verdict(chain.state(), good), "accepted");
    EXPECT_EQ(good.header.time, test::time_after(0));
    EXPECT_FALSE(validate_block(chain.state(), good)->last_commit());

    Block block = good;
    block.header.height = Height(1);
    EXPECT_EQ(verdict(chain.state(), block), "Header.height: is 1, must be 5");

    block = good;
    block.header.time = test::time_after(1);
    EXPECT_EQ(
        verdict(chain.state(), block),
        "Header.time: is 2026-01-01T00:00:01Z, must be 2026-01-01T00:00:00Z"
    );

    block = good;
    block.header.last_block_id = other.header.last_block_id;
    block.last_commit = other.last_commit;
    chain::seal_contents(block);
    EXPECT_THAT(verdict(chain.state(), block), HasSubstr("must be no block"));

    block.header.last_block_id.reset();
    EXPECT_THAT(verdict(chain.state(), block), StartsWith("Block.last_commit: "));
}

TEST_P(ValidateBlock, holds_block_and_evidence_to_their_sizes) {
    const TestChain chain = chain_of(GetParam());
    ChainState state = chain.state();
    Block block = chain.make_block({Bytes(1000, 7)});
    block.evidence = {some_evidence()};
    chain::seal_contents(block);
    const auto set_limits = [&](std::size_t block_size, std::size_t evidence_size) {
        state.consensus_params.block.max_bytes = static_cast<std::int64_t>(block_size);
        state.consensus_params.evidence.max_bytes = static_cast<std::int64_t>(evidence_size);
        block.header.consensus_hash = chain::consensus_hash(state.consensus_params);
    };
    const std::size_t evidence_size = chain::encode_evidence_list(block.evidence).size();
    set_limits(1 << 20, evidence_size);
    std::size_t size = chain::encode_block(block).size();

    EXPECT_EQ(verdict(state, block), "accepted");

    set_limits(1 << 20, evidence_size - 1);
    EXPECT_EQ(
        verdict(state, block),
        fmt::format("Block.evidence: has {} bytes, limit {}", evidence_size, evidence_size - 1)
    );

    set_limits(size, evidence_size);
    EXPECT_EQ(verdict(state, block), "accepted");

    set_limits(size - 1, evidence_size);
    EXPECT_EQ(verdict(state, block), fmt::format("Block: has {} bytes, limit {}", size, size - 1));
}

TEST_P(ValidateBlock, asks_about_no_signature_of_a_block_that_is_wrong_anyway) {
    const TestChain chain = chain_of(GetParam());
    Block block = chain.make_block();
    block.header.app_hash = {};
    std::size_t asked = 0;

    const auto verified = validate_block(chain.state(), block, [&](auto checks) {
        asked += checks.size();
        return std::optional<std::size_t>();
    });

    EXPECT_FALSE(verified);
    EXPECT_EQ(asked, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    KeyTypes,
    ValidateBlock,
    testing::Values(KeyType::secp256k1, KeyType::ed25519),
    [](const auto& param) { return std::string(crypto::to_string(param.param)); }
);

}  // namespace
}  // namespace steelyard::consensus
