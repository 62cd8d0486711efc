#include "consensus/evidence/verify.h"

#include "base/hex.h"

#include <algorithm>
#include <array>

namespace steelyard::evidence {

using chain::DuplicateVoteEvidence;
using chain::Header;
using chain::Height;
using chain::LightClientAttackEvidence;
using chain::SignedHeader;
using chain::Timestamp;
using chain::Validator;
using chain::ValidatorSet;
using chain::VotingPower;

namespace {

Result<void> in_context(std::string_view context, Result<void> result) {
    if (!result) {
        return std::unexpected(std::move(result).error().in(context));
    }
    return {};
}

/// Rules E1..E3: what every piece must state, whatever its kind.
Result<void> check_age(const chain::Evidence& evidence, const Tip& tip, const History& history) {
    const Height height = chain::evidence_height(evidence);
    if (height > tip.height) {
        return invalid("evidence of height {} is ahead of the last block, {}", height, tip.height);
    }
    TRY_ASSIGN(const Header header, history.header(height));
    const Timestamp time = chain::evidence_time(evidence);
    if (time != header.time) {
        return invalid(
            "evidence of height {} has the time {}, its block {}",
            height,
            to_string(time),
            to_string(header.time)
        );
    }
    if (is_expired(height, time, tip)) {
        return invalid(
            "evidence of height {} and {} is older than {} blocks and {} ns at height {} and {}",
            height,
            to_string(time),
            tip.params.max_age_num_blocks,
            tip.params.max_age_duration.count(),
            tip.height,
            to_string(tip.time)
        );
    }
    return {};
}

Result<void> check_total_power(VotingPower claimed, const ValidatorSet& validators) {
    if (claimed != validators.total_power()) {
        return invalid(
            "evidence has total voting power {}, the set {}", claimed, validators.total_power()
        );
    }
    return {};
}

/// Rules E4 and E5.
Result<void> verify_one(
    const DuplicateVoteEvidence& evidence, const Context& context, const History& history
) {
    const Height height = evidence.vote_a.height;
    const chain::Address& address = evidence.vote_a.validator_address;
    TRY_ASSIGN(const ValidatorSet validators, history.validators(height));
    const auto index = validators.index_of(address);
    if (!index) {
        return invalid("{} was no validator at height {}", to_hex_upper(address), height);
    }
    const Validator& validator = validators[*index];
    if (evidence.validator_power != validator.voting_power()) {
        return invalid(
            "evidence has voting power {} of validator {}, the set {}",
            evidence.validator_power,
            to_hex_upper(address),
            validator.voting_power()
        );
    }
    TRY(check_total_power(evidence.total_voting_power, validators));

    const auto signature_of = [&](const chain::Vote& vote) {
        return chain::SignatureCheck{
            validator.public_key(), sign_bytes(vote, context.chain_id), vote.signature
        };
    };
    const std::array checks = {signature_of(evidence.vote_a), signature_of(evidence.vote_b)};
    if (const auto bad = context.verifier(checks)) {
        return fail(
            ErrorCode::denied,
            "vote_{} of validator {} has a bad signature",
            *bad == 0 ? 'a' : 'b',
            to_hex_upper(address)
        );
    }
    return {};
}

/// Our own header of a height, with the commit that the chain has for it.
Result<SignedHeader> signed_header(const History& history, Height height) {
    TRY_ASSIGN(Header header, history.header(height));
    TRY_ASSIGN(chain::Commit commit, history.commit(height));
    auto result = SignedHeader::make(std::move(header), std::move(commit));
    if (!result) {
        return fail(ErrorCode::corrupt, "history: {}", result.error().message());
    }
    return result;
}

/// Rule E7: enough of those whom light clients trusted signed the conflicting block.
Result<void> check_conflicting_block(
    const LightClientAttackEvidence& evidence,
    const SignedHeader& trusted,
    const ValidatorSet& common_validators,
    const Context& context
) {
    const chain::LightBlock& conflicting = evidence.conflicting_block;
    const chain::LightOptions every_signature{
        .scope = chain::SignatureScope::all, .verifier = context.verifier
    };
    if (conflicting.header().height != evidence.common_height) {
        TRY(in_context(
            "conflicting block under the common set",
            chain::verify_commit_light_trusting(
                context.chain_id, common_validators, conflicting.commit(), {}, every_signature
            )
        ));
    } else if (chain::is_lunatic(conflicting.header(), trusted.header())) {
        return invalid(
            "conflicting block {} of the common height {} is not derived from the block before",
            to_hex_upper(conflicting.signed_header().hash()),
            evidence.common_height
        );
    }
    return in_context(
        "conflicting block under its own set",
        chain::verify_commit_light(
            {context.chain_id, conflicting.header().height, conflicting.commit().block_id()},
            conflicting.validators(),
            conflicting.commit(),
            every_signature
        )
    );
}

/// Rule E9. Priorities mean nothing.
Result<void> check_accused(
    const std::vector<Validator>& accused, const std::vector<Validator>& guilty
) {
    if (accused.size() != guilty.size()) {
        return invalid(
            "evidence names {} byzantine validators, not {}", accused.size(), guilty.size()
        );
    }
    for (std::size_t i = 0; i < guilty.size(); ++i) {
        if (accused[i].address() != guilty[i].address()) {
            return invalid(
                "byzantine validator {} is {}, not {}",
                i,
                to_hex_upper(accused[i].address()),
                to_hex_upper(guilty[i].address())
            );
        }
        if (accused[i].voting_power() != guilty[i].voting_power()) {
            return invalid(
                "byzantine validator {} has voting power {}, not {}",
                to_hex_upper(guilty[i].address()),
                accused[i].voting_power(),
                guilty[i].voting_power()
            );
        }
    }
    return {};
}

/// Rules E6 to E9.
Result<void> verify_one(
    const LightClientAttackEvidence& evidence, const Context& context, const History& history
) {
    const chain::LightBlock& conflicting = evidence.conflicting_block;
    const Height height = conflicting.header().height;
    if (height >= context.tip.height) {
        return invalid(
            "block {}, which the conflicting one is held against, has no commit in the chain yet, "
            "whose last block is {}",
            height,
            context.tip.height
        );
    }
    TRY_ASSIGN(const SignedHeader trusted, signed_header(history, height));
    TRY_ASSIGN(const ValidatorSet common_validators, history.validators(evidence.common_height));

    TRY(check_total_power(evidence.total_voting_power, common_validators));
    if (conflicting.signed_header().hash() == trusted.hash()) {  // rule E8
        return invalid("conflicting block {} is our own", to_hex_upper(trusted.hash()));
    }
    TRY(check_conflicting_block(evidence, trusted, common_validators, context));
    return check_accused(
        evidence.byzantine_validators,
        chain::byzantine_validators(conflicting, trusted, common_validators)
    );
}

}  // namespace

bool is_expired(Height height, Timestamp time, const Tip& tip) {
    const auto age = chain::checked_sub(tip.time, time);
    const bool older = age ? *age > tip.params.max_age_duration : time < tip.time;
    return older && tip.height.value() - height.value() > tip.params.max_age_num_blocks;
}

Result<void> verify(
    const chain::Evidence& evidence, const Context& context, const History& history
) {
    TRY(chain::validate(evidence));
    TRY(check_age(evidence, context.tip, history));
    return std::visit([&](const auto& one) { return verify_one(one, context, history); }, evidence);
}

bool is_refusal(const Error& error) {
    switch (error.code()) {
        case ErrorCode::invalid:
        case ErrorCode::too_large:
        case ErrorCode::denied:
        case ErrorCode::insufficient:
            return true;
        case ErrorCode::not_found:
        case ErrorCode::corrupt:
        case ErrorCode::io:
        case ErrorCode::no_space:
        case ErrorCode::unsupported:
            return false;
    }
    return false;
}

}  // namespace steelyard::evidence
