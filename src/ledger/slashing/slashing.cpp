#include "ledger/slashing/slashing.h"

#include "base/check.h"
#include "ledger/params/params.h"
#include "ledger/slashing/kinds.h"
#include "ledger/slashing/missed_blocks.h"
#include "ledger/staking/delegation.h"
#include "ledger/staking/penalties.h"
#include "ledger/state/values.h"

namespace steelyard::slashing {
namespace {

using chain::Address;
using chain::Amount;
using chain::Dec;
using chain::Height;
using chain::Rounding;
using chain::Timestamp;
using ledger::SlashingParams;
using staking::Member;
using staking::Status;

/// The validator of a consensus key, where there is one still.
Outcome<std::optional<Member>> member_of(const StateView& state, const Address& consensus_address) {
    TRY_ASSIGN(const auto number, staking::find_by_consensus_address(state, consensus_address));
    if (!number) {
        return std::optional<Member>();
    }
    TRY_ASSIGN(auto validator, staking::get_validator(state, *number));
    return validator ? std::optional(Member{*number, *std::move(validator)}) : std::nullopt;
}

/// What is known of a key that is in the active set. Where nothing is, its watch begins now.
Outcome<SigningInfo> info_of(const Context& context, const Address& consensus_address) {
    TRY_ASSIGN(const auto info, signing_info(context.state, consensus_address));
    return info.value_or(SigningInfo{
        .start_height = context.block.height,
        .jailed_until = Timestamp::from_unix(0).value(),
    });
}

/// Height less what stake takes to come into force, and no less than 0.
Height distribution_height(Height height, std::int64_t delay) {
    return Height(std::max<std::int64_t>(height.value() - delay, 0));
}

/// How many blocks of a window may be missed.
std::int64_t missed_max(const SlashingParams& params) {
    const auto window = static_cast<std::uint64_t>(params.signed_blocks_window);
    const auto signed_min = checked_mul(params.min_signed_per_window, Amount(window));
    CHECK(signed_min.has_value());
    const auto rounded = to_amount(*signed_min, Rounding::up);
    CHECK(rounded && *rounded <= Amount(window));
    return static_cast<std::int64_t>(window - static_cast<std::uint64_t>(rounded->value()));
}

struct Offence {
    Address consensus_address{};
    std::string_view reason{};
    Height height{};  ///< of the stake that answers for it
    std::int64_t power = 0;
    Dec fraction{};
};

/// Burns stake and jails who is not in jail.
Outcome<void> slash_and_jail(Context& context, const Member& member, const Offence& offence) {
    TRY_ASSIGN(
        const Amount burned,
        staking::slash(context, member.number, offence.height, offence.power, offence.fraction)
    );
    const std::string address = ledger::consensus_text(offence.consensus_address);
    chain::Event event = ledger::make_event(
        "slash",
        {{"address", address},
         {"power", std::to_string(offence.power)},
         {"reason", std::string(offence.reason)},
         {"burned_coins", to_string(burned)}}
    );
    TRY_ASSIGN(const auto slashed, staking::get_validator(context.state, member.number));
    if (slashed && !slashed->jailed) {
        event.attributes.push_back({"jailed", address, true});
        TRY(staking::jail(context, member.number));
    }
    context.events.push_back(std::move(event));
    return {};
}

/// Forgets what was missed; the window begins anew.
Outcome<void> begin_window(Context& context, const Address& consensus_address, SigningInfo& info) {
    info.index = 0;
    info.missed = 0;
    info.window = context.params.slashing.signed_blocks_window;
    return forget_missed(context.state, consensus_address);
}

/// Takes a block into the window.
Outcome<void> note_block(
    Context& context, const Address& consensus_address, bool missed, SigningInfo& info
) {
    if (info.window != context.params.slashing.signed_blocks_window) {
        TRY(begin_window(context, consensus_address, info));
    }
    const std::int64_t place = info.index % info.window;
    info.index = (place + 1) % info.window;
    TRY_ASSIGN(const bool before, exchange_missed(context.state, consensus_address, place, missed));
    info.missed += static_cast<int>(missed) - static_cast<int>(before);
    if (missed) {
        context.events.push_back(ledger::make_event(
            "liveness",
            {{"address", ledger::consensus_text(consensus_address)},
             {"missed_blocks", std::to_string(info.missed)},
             {"height", fmt::format("{}", context.block.height)}}
        ));
    }
    return {};
}

Outcome<void> judge(Context& context, const chain::CommitParticipant& participant) {
    const SlashingParams& params = context.params.slashing;
    TRY_ASSIGN(const auto member, member_of(context.state, participant.address));
    if (!member || member->validator.jailed) {
        return {};
    }
    TRY_ASSIGN(SigningInfo info, info_of(context, participant.address));
    const bool missed = participant.flag == chain::BlockIdFlag::absent;
    TRY(note_block(context, participant.address, missed, info));

    const bool watched_long =
        context.block.height.value() - info.start_height.value() > params.signed_blocks_window;
    if (watched_long && info.missed > missed_max(params) &&
        member->validator.status != Status::unbonded) {
        const Offence offence{
            .consensus_address = participant.address,
            .reason = "missing_signature",
            .height = distribution_height(context.block.height, 2),
            .power = participant.power,
            .fraction = params.slash_fraction_downtime,
        };
        TRY(slash_and_jail(context, *member, offence));
        const auto until = checked_add(context.block.time, params.downtime_jail_time);
        info.jailed_until = until.value_or(Timestamp::from_unix(Timestamp::seconds_max).value());
        TRY(begin_window(context, participant.address, info));
    }
    return put_signing_info(context.state, participant.address, info);
}

/// A validator's part in a piece of evidence.
struct Culprit {
    Address consensus_address{};
    std::int64_t power = 0;
};

std::vector<Culprit> culprits_of(const chain::Evidence& evidence) {
    if (const auto* vote = std::get_if<chain::DuplicateVoteEvidence>(&evidence)) {
        return {{vote->vote_a.validator_address, vote->validator_power}};
    }
    std::vector<Culprit> culprits;
    for (const chain::Validator& byzantine :
         std::get<chain::LightClientAttackEvidence>(evidence).byzantine_validators) {
        culprits.push_back({byzantine.address(), byzantine.voting_power()});
    }
    return culprits;
}

/// Older than both limits.
bool is_too_old(const Context& context, const chain::Evidence& evidence) {
    const chain::EvidenceParams& params = context.params.evidence;
    const std::int64_t blocks =
        context.block.height.value() - chain::evidence_height(evidence).value();
    const auto age = checked_sub(context.block.time, chain::evidence_time(evidence));
    return blocks > params.max_age_num_blocks && (!age || *age > params.max_age_duration);
}

Outcome<void> punish_one(Context& context, const Culprit& culprit, Height height) {
    TRY_ASSIGN(const auto member, member_of(context.state, culprit.consensus_address));
    if (!member || member->validator.status == Status::unbonded) {
        return {};
    }
    TRY_ASSIGN(SigningInfo info, info_of(context, culprit.consensus_address));
    if (info.tombstoned) {
        return {};
    }
    const Offence offence{
        .consensus_address = culprit.consensus_address,
        .reason = "double_sign",
        .height = distribution_height(height, 1),
        .power = culprit.power,
        .fraction = context.params.slashing.slash_fraction_double_sign,
    };
    TRY(slash_and_jail(context, *member, offence));
    info.tombstoned = true;
    info.jailed_until = Timestamp::from_unix(Timestamp::seconds_max).value();
    return put_signing_info(context.state, culprit.consensus_address, info);
}

}  // namespace

Outcome<void> judge_signatures(
    Context& context, std::span<const chain::CommitParticipant> participants
) {
    for (const chain::CommitParticipant& participant : participants) {
        TRY(judge(context, participant));
    }
    return {};
}

Outcome<void> punish(Context& context, std::span<const chain::Evidence> evidence) {
    for (const chain::Evidence& piece : evidence) {
        if (is_too_old(context, piece)) {
            continue;
        }
        for (const Culprit& culprit : culprits_of(piece)) {
            TRY(punish_one(context, culprit, chain::evidence_height(piece)));
        }
    }
    return {};
}

Outcome<void> watch(Context& context, std::span<const Member> bonded) {
    for (const Member& member : bonded) {
        CHECK(member.validator.consensus_key.has_value());
        const Address address = member.validator.consensus_key->address();
        TRY_ASSIGN(SigningInfo info, info_of(context, address));
        info.start_height = context.block.height;
        TRY(put_signing_info(context.state, address, info));
    }
    return {};
}

Outcome<void> unjail(Context& context, const Address& operator_address) {
    StateView& state = context.state;
    TRY_ASSIGN(const auto member, staking::find_by_operator(state, operator_address));
    if (!member) {
        return refuse(
            kinds::no_validator_for_address, "{}", ledger::operator_text(operator_address)
        );
    }
    const staking::Validator& validator = member->validator;
    TRY_ASSIGN(
        const Dec shares,
        staking::delegated_shares(state, validator.operator_account, member->number)
    );
    if (shares.is_zero()) {
        return refuse(
            kinds::missing_self_delegation, "{}", ledger::operator_text(operator_address)
        );
    }
    const auto tokens = to_amount(staking::tokens_of(validator, shares), Rounding::truncate);
    CHECK(tokens.has_value());
    if (*tokens < validator.min_self_delegation) {
        return refuse(
            kinds::self_delegation_too_low,
            "{} less than {}",
            to_string(*tokens),
            to_string(validator.min_self_delegation)
        );
    }
    if (!validator.jailed) {
        return refuse(kinds::validator_not_jailed, "{}", ledger::operator_text(operator_address));
    }
    TRY_ASSIGN(const auto info, signing_info(state, validator.consensus_key->address()));
    if (info && info->tombstoned) {
        return refuse(kinds::validator_jailed, "validator is tombstoned");
    }
    if (info && context.block.time < info->jailed_until) {
        return refuse(kinds::validator_jailed, "jailed until {}", to_string(info->jailed_until));
    }
    return staking::unjail(context, member->number);
}

}  // namespace steelyard::slashing
