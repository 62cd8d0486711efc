#include "tests/support/ledger/traffic.h"

#include <google/protobuf/message.h>
#include <numeric>

namespace steelyard::test {
namespace {

using chain::Amount;

/// ceil(price x gas).
Amount fee_of(const ledger::Params& params, std::uint64_t gas) {
    const auto fee = checked_mul(params.fees.min_gas_price, Amount(gas));
    CHECK(fee.has_value());
    const auto amount = chain::to_amount(*fee, chain::Rounding::up);
    CHECK(amount.has_value());
    return *amount;
}

/// What the admission of a transaction makes sure of: it moves the signers' sequences.
bool is_admitted(Flaw flaw) {
    return flaw == Flaw::none;
}

}  // namespace

MessagePtr Traffic::draw_message(const Survey& survey, Dice& dice) const {
    const Weights& weights = options_.weights;
    const auto sum = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
    while (true) {
        std::uint64_t at = dice.below(sum);
        std::size_t wish = 0;
        while (at >= weights[wish]) {
            at -= weights[wish++];
        }
        if (auto message = make_wish(static_cast<Wish>(wish), people_, survey, dice)) {
            return message;
        }
    }
}

TxPlan Traffic::draw_plan(const Survey& survey, const ledger::BlockInfo& block, Dice& dice) const {
    TxPlan plan;
    const std::int64_t count = dice.chance(700) ? 1 : dice.between(1, options_.messages_max);
    for (std::int64_t i = 0; i < count; ++i) {
        plan.messages.push_back(draw_message(survey, dice));
    }
    plan.memo = std::string(dice.chance(100) ? dice.index(25) : 0, 'm');
    if (dice.chance(100)) {
        plan.timeout_height = static_cast<std::uint64_t>(block.height.value() + dice.between(0, 3));
    }
    const bool is_short = dice.chance(options_.little_gas);
    plan.gas_limit = static_cast<std::uint64_t>(
        is_short ? dice.between(1, 120'000) : 300'000 * count + dice.between(0, 300'000)
    );
    const Amount least = fee_of(survey.params, plan.gas_limit);
    plan.fee = *checked_add(least, Amount(dice.chance(500) ? 0 : dice.index(10'000)));
    if (dice.chance(50)) {
        plan.payer = people_[dice.index(people_.size())].address;
    }
    if (dice.chance(options_.flawed)) {
        plan.flaw = static_cast<Flaw>(dice.index(flaws_count));
    }
    if (plan.flaw == Flaw::low_fee && !least.is_zero()) {
        plan.fee = *checked_sub(least, Amount(1));
    }
    if (plan.flaw == Flaw::fee_of_others) {
        plan.fee = Amount(1'000'000'000'000'000'000);
    }
    return plan;
}

std::vector<Bytes> Traffic::draw(
    const ledger::StateView& state, const ledger::BlockInfo& block, std::size_t count, Dice& dice
) {
    Survey now = survey(state, people_);
    now.restraint = options_.restraint;
    std::vector<Bytes> txs;
    while (txs.size() < count) {
        const TxPlan plan = draw_plan(now, block, dice);
        const std::vector<std::size_t> signers = signers_of(people_, plan);
        Places places;
        for (const std::size_t signer : signers) {
            const Survey::Standing& standing = now.people[signer];
            places.push_back({block.chain_id, standing.number, standing.sequence});
        }
        txs.push_back(sign_tx(people_, plan, places, dice));
        if (is_admitted(plan.flaw)) {
            for (const std::size_t signer : signers) {
                ++now.people[signer].sequence;
            }
        }
    }
    return txs;
}

}  // namespace steelyard::test
