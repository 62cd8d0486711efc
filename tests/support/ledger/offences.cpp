#include "tests/support/ledger/offences.h"

#include "base/check.h"

namespace steelyard::test {
namespace {

chain::Hash256 draw_hash(Dice& dice) {
    chain::Hash256 hash;
    dice.fill(hash);
    return hash;
}

/// Nobody who executes a block looks at signatures of evidence: they may be anything but nothing.
chain::Signature draw_signature(Dice& dice) {
    chain::Signature signature;
    dice.fill(signature);
    return signature;
}

}  // namespace

chain::Evidence draw_double_vote(const PastBlock& block, Dice& dice) {
    const auto index = static_cast<chain::ValidatorIndex>(dice.index(block.validators.size()));
    const auto vote = [&] {
        return chain::Vote{
            .type = chain::SignedMsgType::precommit,
            .height = block.header.height,
            .block_id = chain::BlockId{draw_hash(dice), {1, draw_hash(dice)}},
            .timestamp = block.header.time,
            .validator_address = block.validators[index].address(),
            .validator_index = index,
            .signature = draw_signature(dice),
        };
    };
    const chain::Vote first = vote();
    auto evidence =
        chain::make_duplicate_vote_evidence(first, vote(), block.validators, block.header.time);
    CHECK(evidence.has_value());
    return *std::move(evidence);
}

std::optional<chain::Evidence> draw_attack(
    const PastBlock& common, const PastBlock& decided, Dice& dice
) {
    if (!decided.commit || decided.header.height < common.header.height) {
        return std::nullopt;
    }
    const bool is_lunatic = common.header.height < decided.header.height;
    const chain::ValidatorSet& signers = is_lunatic ? common.validators : decided.validators;
    chain::Header forged = decided.header;
    forged.data_hash = draw_hash(dice);
    if (is_lunatic) {
        forged.app_hash = draw_hash(dice);
        forged.validators_hash = signers.hash();
    }
    std::vector<chain::CommitSig> signatures;
    for (const chain::Validator& validator : signers.validators()) {
        signatures.emplace_back();
        if (dice.chance(500)) {
            signatures.back() = chain::CommitSig(
                chain::BlockIdFlag::commit, validator.address(), forged.time, draw_signature(dice)
            );
        }
    }
    const chain::BlockId id{chain::header_hash(forged), {1, draw_hash(dice)}};
    auto commit =
        chain::Commit::make(forged.height, decided.commit->round(), id, std::move(signatures));
    CHECK(commit.has_value());
    auto signed_header = chain::SignedHeader::make(forged, *std::move(commit));
    auto trusted = chain::SignedHeader::make(decided.header, *decided.commit);
    CHECK(signed_header && trusted);
    auto light_block = chain::LightBlock::make(*std::move(signed_header), signers);
    CHECK(light_block.has_value());
    auto evidence = chain::make_light_client_attack_evidence(
        *std::move(light_block), *trusted, common.header, common.validators
    );
    if (!evidence || !chain::validate(*evidence)) {
        return std::nullopt;
    }
    return *std::move(evidence);
}

}  // namespace steelyard::test
