#include "test_chain.h"

#include "base/check.h"

#include <algorithm>

namespace steelyard::evidence {

using chain::Height;

TestChain::TestChain() : set(test::validators_with_power({40, 30, 20, 10})) {
}

void TestChain::grow(std::vector<chain::Evidence> evidence) {
    chain::Header header = header_like(static_cast<std::int64_t>(blocks_.size()) + 1);
    header.evidence_hash = chain::evidence_hash(evidence);
    blocks_.push_back({header, std::move(evidence)});
}

void TestChain::grow_to(std::int64_t height) {
    while (std::cmp_less(blocks_.size(), height)) {
        grow();
    }
}

void TestChain::shrink() {
    blocks_.pop_back();
}

Tip TestChain::tip(const chain::EvidenceParams& params) const {
    return tip_at(static_cast<std::int64_t>(blocks_.size()), params);
}

Tip TestChain::tip_at(std::int64_t height, const chain::EvidenceParams& params) const {
    return {Height(height), test::time_after(10 * height), params};
}

Context TestChain::context(const chain::EvidenceParams& params) const {
    return {chain_id, tip(params)};
}

chain::DuplicateVoteEvidence TestChain::double_vote(
    std::int64_t height, std::size_t who, std::int32_t round, int number
) const {
    auto evidence = chain::make_duplicate_vote_evidence(
        vote(height, who, round, test::block_id(1)),
        vote(height, who, round, test::block_id(number)),
        set.validators,
        test::time_after(10 * height)
    );
    CHECK(evidence);
    return *std::move(evidence);
}

chain::Vote TestChain::vote(
    std::int64_t height,
    std::size_t who,
    std::int32_t round,
    const std::optional<chain::BlockId>& id
) const {
    chain::Vote vote{
        .type = chain::SignedMsgType::precommit,
        .height = Height(height),
        .round = chain::Round(round),
        .block_id = id,
        .timestamp = test::time_after(10 * height + 1),
        .validator_address = set.keys[who].public_key().address(),
        .validator_index = static_cast<chain::ValidatorIndex>(who),
    };
    vote.signature = set.keys[who].sign(chain::sign_bytes(vote, chain_id));
    return vote;
}

chain::LightClientAttackEvidence TestChain::accuse(
    const chain::LightBlock& conflicting, std::int64_t common
) const {
    const auto last = static_cast<std::int64_t>(blocks_.size()) - 1;
    const Height height(std::min(conflicting.header().height.value(), last));
    auto trusted = chain::SignedHeader::make(*header(height), *commit(height));
    CHECK(trusted);
    auto evidence = chain::make_light_client_attack_evidence(
        conflicting, *trusted, *header(Height(common)), set.validators
    );
    CHECK(evidence);
    return *std::move(evidence);
}

Result<chain::Header> TestChain::header(Height height) const {
    TRY_ASSIGN(const TestBlock* found, block(height));
    return found->header;
}

Result<chain::ValidatorSet> TestChain::validators(Height height) const {
    TRY(block(height));
    return set.validators;
}

Result<chain::Commit> TestChain::commit(Height height) const {
    TRY(block(height.next()));
    TRY_ASSIGN(const TestBlock* found, block(height));
    const chain::BlockId id{chain::header_hash(found->header), {1, {}}};
    const auto some = partial_commits.find(height.value());
    return test::sign_commit(
        set, {chain_id, height, id}, some == partial_commits.end() ? "cccc" : some->second
    );
}

Result<std::vector<chain::Evidence>> TestChain::evidence(Height height) const {
    TRY_ASSIGN(const TestBlock* found, block(height));
    return found->evidence;
}

chain::Header TestChain::header_like(std::int64_t height) const {
    chain::Header header = test::header(chain_id, Height(height), set.validators, 1);
    header.time = test::time_after(10 * height);
    return header;
}

Result<const TestChain::TestBlock*> TestChain::block(Height height) const {
    if (broken) {
        return fail(ErrorCode::io, "the disk is gone");
    }
    if (height.value() < base_ || std::cmp_greater(height.value(), blocks_.size())) {
        return fail(ErrorCode::not_found, "no block {}", height);
    }
    return &blocks_[static_cast<std::size_t>(height.value() - 1)];
}

void lie(chain::Header& header) {
    header.app_hash = chain::Hash256{};
}

void equivocate(chain::Header& header) {
    header.data_hash[0] ^= 1;
}

}  // namespace steelyard::evidence
