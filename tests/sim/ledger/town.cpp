#include "tests/sim/ledger/town.h"

#include "ledger/genesis/genesis.h"
#include "ledger/invariants/invariants.h"
#include "tests/support/ledger/map_state.h"

namespace steelyard::sim {
namespace {

using chain::Height;

/// Beside those who run nodes.
constexpr std::size_t others = 8;

/// What a unit of power is worth.
constexpr std::uint64_t stake_of_power = 1'000'000;

test::People make_people(const Options& options, std::span<const crypto::PublicKey> keys) {
    test::People people(options.seed, keys.size() + others);
    for (std::size_t person = 0; person < keys.size(); ++person) {
        people.set_consensus_key(person, keys[person]);
    }
    return people;
}

test::Founding make_founding(const Options& options, const test::People& people) {
    test::Dice dice(stream(options.seed, "founding").next_u64());
    test::Founding founding = draw_founding(people, 0, dice);
    founding.initial_height = Height(1);
    founding.params.block = {};
    founding.params.evidence = {};
    founding.params.evidence.max_age_num_blocks = options.evidence_age_blocks;
    founding.params.evidence.max_age_duration = options.evidence_age;
    founding.params.staking.max_validators = static_cast<std::uint32_t>(options.nodes() + 1);
    for (NodeIndex node = 0; node < options.nodes(); ++node) {
        if (options.powers[node] > 0) {
            const auto power = static_cast<std::uint64_t>(options.powers[node]);
            founding.founders.push_back({.person = node, .stake = power * stake_of_power});
        }
    }
    return founding;
}

bool is_safe_with(const Options& options, const Roster& roster) {
    chain::VotingPower power = 0;
    for (const Member& member : roster.members) {
        power += options.is_byzantine(member.node) ? member.power : 0;
    }
    return power * 3 < roster.total;
}

bool has(const chain::Event& event, std::string_view key, std::string_view value) {
    return std::ranges::any_of(event.attributes, [&](const auto& attribute) {
        return attribute.key == key && attribute.value == value;
    });
}

}  // namespace

Town::Town(const Options& options, std::vector<crypto::PublicKey> keys)
    : options_(options),
      keys_(std::move(keys)),
      people_(make_people(options_, keys_)),
      founding_(make_founding(options_, people_)) {
    if (options_.app == App::market) {
        crowd_.emplace(test::CrowdOptions{.seed = options_.seed});
        crowd_->adjust(founding_.params.market);
        watch_.emplace(*crowd_, true);
    }
    rosters_.emplace(Height(), make_roster(options_, keys_, Height(1)));
}

chain::GenesisDoc Town::with_state(chain::GenesisDoc doc) const {
    test::MapState state;
    ledger::StateView view(state);
    test::Founding founding = founding_;
    founding.chain_id = doc.chain_id;
    founding.time = doc.genesis_time;
    found(view, people_, founding);
    if (crowd_) {
        ledger::Events events;
        const ledger::BlockInfo block{founding.chain_id, {}, founding.time};
        crowd_->found(view, {view, events, block, founding.params});
    }
    doc.validators.clear();
    doc.app_state = genesis::export_state(view);
    return doc;
}

Roster Town::roster(Height height) const {
    return std::prev(rosters_.upper_bound(height))->second;
}

void Town::find(std::string what) {
    if (!finding_) {
        finding_ = std::move(what);
    }
}

void Town::note_executed(
    NodeIndex node, const chain::Block& block, const abci::BlockResults& results
) {
    const Height height = block.header.height;
    const chain::Hash256 hash = chain::header_hash(block.header);
    const auto known = executed_.find(height);
    if (known == executed_.end()) {
        executed_.emplace(height, Executed{hash, results});
        count(results);
        change_roster(height, results.validator_updates);
    } else if (known->second.block == hash && known->second.results != results) {
        find(fmt::format("node {} has other results of block {}", node, height));
    }
}

/// Before the roster changes.
void Town::count(const abci::BlockResults& results) {
    for (const chain::Event& event : results.events) {
        if (event.type == "slash") {
            const bool is_double = has(event, "reason", "double_sign");
            ++(is_double ? counters_.double_signs : counters_.sleepers);
        }
    }
    for (const chain::ExecTxResult& result : results.tx_results) {
        ++(result.code == 0 ? counters_.txs : counters_.failed_txs);
        const bool unjails = std::ranges::any_of(result.events, [](const chain::Event& event) {
            return has(event, "action", "/cosmos.slashing.v1beta1.MsgUnjail");
        });
        counters_.unjailed += result.code == 0 && unjails ? 1 : 0;
    }
    const Roster& before = rosters_.rbegin()->second;
    for (const chain::ValidatorUpdate& update : results.validator_updates) {
        const chain::Address address = update.public_key.address();
        const bool is_known = std::ranges::any_of(before.members, [&](const Member& member) {
            return member.address == address;
        });
        ++(!is_known ? counters_.joined : update.power == 0 ? counters_.left : counters_.moved);
    }
}

void Town::note_committed(
    NodeIndex node, const ledger::BlockInfo& block, ledger::StateView& state
) {
    const Height height = block.height;
    if (height <= checked_) {
        return;
    }
    checked_ = height;
    for (const auto& breach : invariants::check(state)) {
        find(fmt::format("node {}, height {}: {}", node, height, to_string(breach)));
    }
    const chain::Amount supply = invariants::genesis_supply(state);
    if (supply != genesis_supply_.value_or(supply)) {
        find(fmt::format("node {}, height {}: money came from nowhere", node, height));
    }
    genesis_supply_ = supply;
    if (watch_) {
        watch_market(node, block, state);
    }
}

void Town::watch_market(NodeIndex node, const ledger::BlockInfo& block, ledger::StateView& state) {
    const auto executed = executed_.find(block.height);
    CHECK(executed != executed_.end());
    const abci::BlockResults& results = executed->second.results;
    std::vector<const chain::Event*> events;
    for (const chain::ExecTxResult& result : results.tx_results) {
        for (const chain::Event& event : result.events) {
            events.push_back(&event);
        }
    }
    for (const chain::Event& event : results.events) {
        events.push_back(&event);
    }
    if (const auto finding = watch_->follow(state, block, events)) {
        find(fmt::format("node {}, height {}: {}", node, block.height, *finding));
    }
}

TownCounters Town::counters() const {
    TownCounters counters = counters_;
    if (watch_) {
        counters.market = watch_->counters();
    }
    return counters;
}

Roster Town::after(Roster roster, std::span<const chain::ValidatorUpdate> updates) const {
    for (const chain::ValidatorUpdate& update : updates) {
        const chain::Address address = update.public_key.address();
        std::erase_if(roster.members, [&](const Member& member) {
            return member.address == address;
        });
        const auto node = std::ranges::find(keys_, update.public_key);
        CHECK(node != keys_.end());
        if (update.power > 0) {
            roster.members.push_back({
                static_cast<NodeIndex>(node - keys_.begin()),
                update.public_key,
                address,
                update.power,
            });
        }
    }
    std::ranges::sort(roster.members, [](const Member& a, const Member& b) {
        return a.power != b.power ? a.power > b.power : a.address < b.address;
    });
    roster.total = 0;
    for (const Member& member : roster.members) {
        roster.total += member.power;
    }
    return roster;
}

/// Blocks are executed in order for the first time.
void Town::change_roster(Height height, std::span<const chain::ValidatorUpdate> updates) {
    if (updates.empty()) {
        return;
    }
    Roster next = after(rosters_.rbegin()->second, updates);
    is_safe_ = is_safe_ && is_safe_with(options_, next);
    rosters_.insert_or_assign(height.next().next(), std::move(next));
}

}  // namespace steelyard::sim
