#include "tests/support/chain_builders.h"
#include "tests/unit/sim/oracles/history.h"

#include <gtest/gtest.h>

namespace steelyard::sim {
namespace {

constexpr std::size_t blocks = 4;

/// Four nodes, one of which equivocates, so that there is evidence.
Options options() {
    Options options = calm_options(3);
    options.byzantine.push_back({3, "parrot"});
    return options;
}

/// A true history, the last block of which a test may spoil.
class ValidityOracle : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(recording_.commits().size(), blocks);
        for (std::size_t i = 0; i + 1 < blocks; ++i) {
            ASSERT_EQ(commits(recording_.commits()[i]), std::nullopt);
        }
    }

    Oracle::Finding commits(const RecordedCommit& one) {
        return oracle_->on_committed(recording_.cluster(), {0, one.block, one.commit, one.results});
    }

    RecordedCommit last() const { return recording_.commits().back(); }

    /// The last block with its contents sealed anew, under a commit that names it.
    static RecordedCommit spoiled(RecordedCommit one) {
        chain::seal_contents(one.block);
        const auto id = chain::block_id(one.block.header, chain::make_part_set(one.block));
        one.commit = chain::Commit::make(
                         one.commit.height(), one.commit.round(), id, one.commit.signatures()
        )
                         .value();
        return one;
    }

    static RecordedCommit with_signatures(
        RecordedCommit one, std::vector<chain::CommitSig> signatures
    ) {
        one.commit = chain::Commit::make(
                         one.commit.height(),
                         one.commit.round(),
                         one.commit.block_id(),
                         std::move(signatures)
        )
                         .value();
        return one;
    }

    Recording recording_{options(), blocks};
    std::unique_ptr<Oracle> oracle_ = make_validity();
};

TEST_F(ValidityOracle, admits_the_true_history) {
    EXPECT_EQ(commits(last()), std::nullopt);
}

TEST_F(ValidityOracle, finds_a_commit_of_two_thirds_or_less) {
    auto signatures = last().commit.signatures();
    std::size_t left = signatures.size();
    for (auto& signature : signatures) {
        if (left > 2 && !signature.is_absent()) {
            signature = {};
        }
        left -= 1;
    }

    const auto finding = commits(with_signatures(last(), signatures));

    ASSERT_TRUE(finding);
    EXPECT_NE(finding->find("has power"), std::string::npos) << *finding;
}

TEST_F(ValidityOracle, finds_a_forged_signature) {
    auto signatures = last().commit.signatures();
    const chain::CommitSig& old = signatures[0];
    chain::Signature signature = old.signature();
    signature[0] ^= 1;
    signatures[0] = {old.flag(), old.validator_address(), old.timestamp(), signature};

    EXPECT_TRUE(commits(with_signatures(last(), signatures)));
}

TEST_F(ValidityOracle, finds_a_stolen_address) {
    auto signatures = last().commit.signatures();
    const chain::CommitSig& old = signatures[0];
    const auto address = signatures[1].validator_address();
    signatures[0] = {old.flag(), address, old.timestamp(), old.signature()};

    EXPECT_TRUE(commits(with_signatures(last(), signatures)));
}

/// What is found of a block under a name that fits it.
struct Spoiling {
    const char* name;
    void (*spoil)(chain::Block& block);
    const char* found;
};

class ValidityOracleOfBlocks : public ValidityOracle,
                               public testing::WithParamInterface<Spoiling> {};

TEST_P(ValidityOracleOfBlocks, finds_what_is_wrong) {
    RecordedCommit one = last();
    GetParam().spoil(one.block);

    const auto finding = commits(spoiled(one));

    ASSERT_TRUE(finding);
    EXPECT_NE(finding->find(GetParam().found), std::string::npos) << *finding;
}

void later(chain::Block& block) {
    block.header.time = *chain::checked_add(block.header.time, std::chrono::milliseconds(1));
}

void other_app_hash(chain::Block& block) {
    block.header.app_hash = chain::Hash256{1};
}

void other_results(chain::Block& block) {
    block.header.last_results_hash = {1};
}

void other_validators(chain::Block& block) {
    block.header.next_validators_hash = {1};
}

void other_parent(chain::Block& block) {
    block.header.last_block_id->hash = {1};
}

void strange_proposer(chain::Block& block) {
    block.header.proposer_address = {1};
}

void no_transaction(chain::Block& block) {
    block.txs.push_back(to_bytes(as_bytes("rubbish")));
}

void thinner_last_commit(chain::Block& block) {
    auto signatures = block.last_commit->signatures();
    for (std::size_t i = 0; i < 2; ++i) {
        signatures[i] = {};
    }
    block.last_commit = chain::Commit::make(
                            block.last_commit->height(),
                            block.last_commit->round(),
                            block.last_commit->block_id(),
                            signatures
    )
                            .value();
}

void false_evidence(chain::Block& block) {
    const auto address = block.last_commit->signatures()[0].validator_address();
    chain::Vote vote{.height = chain::Height(1), .validator_address = address};
    chain::DuplicateVoteEvidence evidence{vote, vote, 40, 10, {}};
    evidence.vote_b.block_id = test::block_id(1);
    block.evidence.push_back(evidence);
}

INSTANTIATE_TEST_SUITE_P(
    each,
    ValidityOracleOfBlocks,
    testing::Values(
        Spoiling{"time", later, "median time"},
        Spoiling{"app_hash", other_app_hash, "another state"},
        Spoiling{"results", other_results, "another state"},
        Spoiling{"validators", other_validators, "other validators"},
        Spoiling{"parent", other_parent, "does not follow"},
        Spoiling{"proposer", strange_proposer, "by a stranger"},
        Spoiling{"transaction", no_transaction, "no transaction"},
        Spoiling{"last_commit", thinner_last_commit, "has power"},
        Spoiling{"evidence", false_evidence, "evidence in block"}
    ),
    [](const auto& test) { return test.param.name; }
);

TEST_F(ValidityOracle, finds_a_prevote_for_an_invalid_block) {
    Recording one(options(), 0);
    oracle_ = make_validity();
    chain::Block block = recording_.commits().front().block;
    block.txs.push_back(to_bytes(as_bytes("rubbish")));
    chain::seal_contents(block);
    const auto parts = chain::make_part_set(block);
    const auto id = chain::block_id(block.header, parts);
    const auto sends = [&](const consensus::Message& message) {
        return oracle_->on_sent(one.cluster(), {0, std::nullopt, message});
    };
    const chain::Vote prevote{
        .height = chain::Height(1),
        .block_id = id,
        .validator_address = one.cluster().node(0).public_key().address(),
    };

    EXPECT_FALSE(sends(prevote));
    EXPECT_FALSE(sends(chain::Proposal{.height = chain::Height(1), .block_id = id}));
    EXPECT_FALSE(sends(consensus::BlockPart{chain::Height(1), {}, *parts.part(0)}));
    EXPECT_TRUE(sends(prevote));
}

}  // namespace
}  // namespace steelyard::sim
