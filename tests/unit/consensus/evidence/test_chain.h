// A short chain with real signatures, as the evidence pool sees it, and misbehaviour on it.
#pragma once

#include "consensus/evidence/verify.h"
#include "tests/support/chain_builders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace steelyard::evidence {

/// The message of a result's error, or nothing where there is none.
template <typename T>
std::string error_of(const Result<T>& result) {
    return result ? "" : result.error().message();
}

/// Evidence lasts 5 blocks and 50 seconds.
inline constexpr chain::EvidenceParams short_memory = {
    .max_age_num_blocks = 5, .max_age_duration = std::chrono::seconds(50)
};

/// Blocks of one validator set (powers 40, 30, 20, 10), one every ten seconds, from height 1.
class TestChain final : public History {
public:
    TestChain();

    /// Adds a block that carries evidence.
    void grow(std::vector<chain::Evidence> evidence = {});

    /// Adds empty blocks up to a height.
    void grow_to(std::int64_t height);

    /// Takes the last block away.
    void shrink();

    /// Forgets the blocks below a height.
    void prune_below(std::int64_t height) { base_ = height; }

    Tip tip(const chain::EvidenceParams& params = short_memory) const;
    Tip tip_at(std::int64_t height, const chain::EvidenceParams& params = short_memory) const;
    Context context(const chain::EvidenceParams& params = short_memory) const;

    /// Precommits of validator `who` for block 1 and for block `number`.
    chain::DuplicateVoteEvidence double_vote(
        std::int64_t height, std::size_t who = 0, std::int32_t round = 0, int number = 2
    ) const;

    /// A signed precommit.
    chain::Vote vote(
        std::int64_t height,
        std::size_t who,
        std::int32_t round,
        const std::optional<chain::BlockId>& id
    ) const;

    /// A light block of a height whose header is the chain's but for what `change` does, with one
    /// letter for each vote; reported with the common height.
    template <typename Change>
    chain::LightClientAttackEvidence attack(
        std::int64_t height, std::int64_t common, std::string_view votes, Change change
    ) const {
        chain::Header header = header_like(height);
        change(header);
        return accuse(test::sign_light_block(set, header, votes), common);
    }

    /// Reports a light block with what our own chain says to it.
    chain::LightClientAttackEvidence accuse(
        const chain::LightBlock& conflicting, std::int64_t common
    ) const;

    Result<chain::Header> header(chain::Height height) const override;
    Result<chain::ValidatorSet> validators(chain::Height height) const override;
    Result<chain::Commit> commit(chain::Height height) const override;
    Result<std::vector<chain::Evidence>> evidence(chain::Height height) const override;

    test::SigningSet set;
    chain::ChainId chain_id = test::chain_id("evidence-test");

    /// The commits that not all have signed, by height, one letter for each validator.
    std::map<std::int64_t, std::string> partial_commits;

    /// Every question is answered with an error.
    bool broken = false;

private:
    struct TestBlock {
        chain::Header header;
        std::vector<chain::Evidence> evidence;
    };

    chain::Header header_like(std::int64_t height) const;
    Result<const TestBlock*> block(chain::Height height) const;

    std::vector<TestBlock> blocks_;
    std::int64_t base_ = 1;
};

/// The change of an attack that no correct chain can have made.
void lie(chain::Header& header);

/// The change of one that it can have.
void equivocate(chain::Header& header);

}  // namespace steelyard::evidence
