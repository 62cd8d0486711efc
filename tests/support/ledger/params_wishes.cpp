#include "crypto/sha256.h"
#include "ledger/state/values.h"
#include "steelyard/params/v1/tx.pb.h"
#include "tests/support/ledger/stake_wishes.h"

namespace steelyard::test {
namespace {

namespace pb = steelyard::params::v1;
using chain::Dec;
using std::chrono::seconds;

Dec permille(std::int64_t value) {
    const auto dec = Dec::from_scaled(Int128{value} * (Dec::scale / 1'000));
    CHECK(dec.has_value());
    return *dec;
}

void change_fees(ledger::Params& params, Dice& dice) {
    params.auth.max_memo_characters = static_cast<std::uint64_t>(dice.between(20, 300));
    params.auth.tx_size_cost_per_byte = static_cast<std::uint64_t>(dice.between(1, 20));
    params.auth.sig_verify_cost_secp256k1 = static_cast<std::uint64_t>(dice.between(1, 3'000));
    params.fees.min_gas_price = permille(dice.between(0, 30));
}

void change_mint(ledger::Params& params, chain::Height height, Dice& dice) {
    params.mint.clear();
    for (std::int64_t from = dice.between(0, 3); from < height.value() + 100;) {
        const auto amount =
            static_cast<std::uint64_t>(dice.between(0, 2) * dice.between(0, 70'000'001));
        params.mint.push_back({chain::Height(from), chain::Amount(amount)});
        from += dice.between(1, 200);
    }
}

void change_staking(ledger::StakingParams& staking, Dice& dice) {
    staking.unbonding_time = seconds(dice.between(1, 200));
    staking.max_validators = static_cast<std::uint32_t>(dice.between(1, 8));
    staking.max_entries = static_cast<std::uint32_t>(dice.between(1, 7));
    staking.historical_entries = static_cast<std::uint32_t>(dice.between(0, 6));
    staking.min_commission_rate = permille(dice.chance(700) ? 0 : dice.between(0, 100));
}

void change_slashing(ledger::SlashingParams& slashing, Dice& dice) {
    slashing.signed_blocks_window =
        dice.chance(50) ? dice.between(1'000, 1'100) : dice.between(1, 20);
    slashing.min_signed_per_window = permille(dice.between(0, 1'000));
    slashing.downtime_jail_time = seconds(dice.between(1, 100));
    slashing.slash_fraction_double_sign = permille(dice.chance(100) ? 1'000 : dice.between(0, 300));
    slashing.slash_fraction_downtime = permille(dice.chance(30) ? 1'000 : dice.between(0, 100));
}

void change_consensus(ledger::Params& params, Dice& dice) {
    params.block.max_bytes = dice.chance(300) ? -1 : dice.between(50'000, 2'000'000);
    params.block.max_gas = dice.chance(500) ? -1 : dice.between(2'000'000, 40'000'000);
    params.evidence.max_age_num_blocks = dice.between(1, 30);
    params.evidence.max_age_duration = seconds(dice.between(1, 300));
    params.evidence.max_bytes = dice.between(10'000, 20'000);
}

}  // namespace

ledger::Params change_params(
    ledger::Params params, chain::Height height, const Restraint& restraint, Dice& dice
) {
    switch (dice.index(restraint.changes_consensus ? 7 : 6)) {
        case 0:
            change_fees(params, dice);
            break;
        case 1:
            change_mint(params, height, dice);
            break;
        case 2:
            change_staking(params.staking, dice);
            break;
        case 3:
            change_slashing(params.slashing, dice);
            break;
        case 4:
            params.community_tax = permille(dice.chance(50) ? 1'000 : dice.between(0, 200));
            break;
        case 5:
            params.beacon.epoch_blocks = dice.between(1, 10);
            params.beacon.history_blocks = dice.between(100, 130);
            break;
        default:
            change_consensus(params, dice);
            break;
    }
    return params;
}

MessagePtr propose_params(const Drawing& drawing) {
    const auto person = draw_operator(drawing);
    if (!person) {
        return nullptr;
    }
    Dice& dice = drawing.dice;
    auto message = std::make_unique<pb::MsgProposeParams>();
    message->set_validator_address(ledger::operator_text(drawing.people[*person].address));
    ledger::Params params = change_params(
        drawing.survey.params, chain::Height(dice.between(1, 500)), drawing.survey.restraint, dice
    );
    if (dice.chance(30)) {
        params.staking.max_validators = 0;
    }
    message->set_params(std::string(as_text(encode_params(params))));
    return message;
}

MessagePtr approve_params(const Drawing& drawing) {
    const auto person = draw_operator(drawing);
    if (!person || drawing.survey.proposals.empty()) {
        return nullptr;
    }
    Dice& dice = drawing.dice;
    const proposals::Proposal& proposal = dice.pick(drawing.survey.proposals);
    auto message = std::make_unique<pb::MsgApproveParams>();
    message->set_validator_address(ledger::operator_text(drawing.people[*person].address));
    message->set_proposal_id(proposal.id + (dice.chance(20) ? 1 : 0));
    crypto::Hash256 hash = crypto::sha256(proposal.params);
    if (dice.chance(20)) {
        hash.back() = 0;
    }
    message->set_params_hash(std::string(as_text(hash)));
    return message;
}

}  // namespace steelyard::test
