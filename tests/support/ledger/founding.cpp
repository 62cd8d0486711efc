#include "tests/support/ledger/founding.h"

#include "ledger/params/stored_params.h"
#include "ledger/slashing/slashing.h"
#include "ledger/staking/end_block.h"
#include "ledger/staking/operations.h"
#include "tests/support/chain_builders.h"

namespace steelyard::test {
namespace {

using chain::Amount;
using ledger::Context;
using ledger::Outcome;

template <typename T>
T must(Outcome<T> outcome) {
    if (!outcome) {
        fmt::print(stderr, "founding: {}\n", outcome.error().log);
    }
    CHECK(outcome.has_value());
    if constexpr (!std::is_void_v<T>) {
        return *std::move(outcome);
    }
}

constexpr std::string_view other_denom = "uabc";

chain::Dec permille(std::int64_t value) {
    const auto dec = chain::Dec::from_scaled(Int128{value} * (chain::Dec::scale / 1'000));
    CHECK(dec.has_value());
    return *dec;
}

chain::Coins purse(const Founding& founding) {
    auto coins = chain::Coins::parse(
        fmt::format("{}{},1000000{}", founding.money, ledger::base_denom, other_denom)
    );
    CHECK(coins.has_value());
    return *std::move(coins);
}

void make_accounts(ledger::StateView& state, const People& people, const Founding& founding) {
    for (const std::string_view name : auth::module_names) {
        must(auth::make(
            state, {.address = auth::module_address(name), .module_name = std::string(name)}
        ));
    }
    for (std::size_t person = 0; person < people.size(); ++person) {
        const auto account = must(auth::make(state, {.address = people[person].address}));
        must(bank::endow(state, account, purse(founding)));
    }
}

void make_validator(Context& context, const People& people, const Founder& founder) {
    const auto account = must(bank::party_at(context.state, people[founder.person].address));
    const staking::NewValidator validator{
        .description = {.moniker = "founder"},
        .commission =
            {.rate = founder.commission, .max_rate = chain::Dec(1), .max_change_rate = permille(500)
            },
        .min_self_delegation = Amount(1),
        .consensus_key = people.consensus_key(founder.person, 0),
        .self_delegation = Amount(founder.stake),
    };
    const auto number = must(staking::create_validator(context, account, validator));
    const auto key = people.beacon_key(founder.person, 0);
    must(beacon::endow(context.state, number, key));
}

}  // namespace

Founding draw_founding(const People& people, std::size_t founders, Dice& dice) {
    CHECK(founders <= people.size());
    Founding founding{
        .chain_id = chain_id("histories"),
        .time = time_after(0),
        .initial_height = chain::Height(dice.chance(700) ? 1 : dice.between(2, 1'000)),
        .money = static_cast<std::uint64_t>(dice.between(2'000'000'000, 20'000'000'000)),
    };
    ledger::Params& params = founding.params;
    params.staking.unbonding_time = std::chrono::seconds(dice.between(10, 300));
    params.staking.max_validators = static_cast<std::uint32_t>(dice.between(3, 8));
    params.staking.max_entries = static_cast<std::uint32_t>(dice.between(2, 7));
    params.staking.historical_entries = static_cast<std::uint32_t>(dice.between(0, 10));
    params.slashing.signed_blocks_window = dice.between(4, 20);
    params.slashing.downtime_jail_time = std::chrono::seconds(dice.between(5, 60));
    params.slashing.slash_fraction_downtime = permille(dice.between(0, 50));
    params.slashing.slash_fraction_double_sign = permille(dice.between(0, 300));
    params.community_tax = permille(dice.between(0, 200));
    params.beacon.epoch_blocks = dice.between(1, 8);
    params.beacon.history_blocks = dice.between(100, 120);
    params.mint = {
        {chain::Height(1), Amount(static_cast<std::uint64_t>(dice.between(0, 50'000'001)))}
    };
    // Blocks may be small: what they must hold of proofs is the least.
    params.market.issue_bytes_max = ledger::proof_bytes_limit;
    params.market.block_proof_bytes_max = 2 * ledger::proof_bytes_limit;
    if (dice.chance(300)) {
        params.auth.tx_size_cost_per_byte = 1;
        params.block.max_gas = dice.between(4'500'000, 6'500'000);
    }
    params.evidence.max_age_num_blocks = dice.between(5, 30);
    params.evidence.max_age_duration = std::chrono::seconds(dice.between(20, 300));
    const bool are_equal = dice.chance(300);
    for (std::size_t person = 0; person < founders; ++person) {
        founding.founders.push_back({
            .person = person,
            .stake = static_cast<std::uint64_t>(
                are_equal ? 100'000'000 : dice.between(1'000'000, 1'000'000'000)
            ),
            .commission = permille(dice.between(0, 300)),
        });
    }
    return founding;
}

std::vector<chain::ValidatorUpdate> found(
    ledger::StateView& state, const People& people, const Founding& founding
) {
    const chain::GenesisDoc doc = document_of(founding);
    const ledger::BlockInfo block{
        .chain_id = founding.chain_id, .height = {}, .time = founding.time
    };
    ledger::Events events;
    Context context{state, events, block, founding.params};
    must(ledger::store_params(state, founding.params));
    make_accounts(state, people, founding);
    must(beacon::begin(
        state,
        {.height = founding.initial_height.previous(),
         .value = beacon::first_value(founding.chain_id, crypto::Hash256{})}
    ));
    for (const Founder& founder : founding.founders) {
        make_validator(context, people, founder);
    }
    staking::SetChange change = must(staking::draw_active_set(context));
    must(slashing::watch(context, change.bonded));
    return std::move(change.updates);
}

chain::GenesisDoc document_of(const Founding& founding) {
    chain::GenesisDoc doc;
    doc.genesis_time = founding.time;
    doc.chain_id = founding.chain_id;
    doc.initial_height = founding.initial_height;
    doc.consensus_params.block = founding.params.block;
    doc.consensus_params.evidence = founding.params.evidence;
    return doc;
}

}  // namespace steelyard::test
