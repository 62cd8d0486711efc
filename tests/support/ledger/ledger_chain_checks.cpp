// What a LedgerChain looks at after every block, and what it counts.
#include "ledger/invariants/invariants.h"
#include "ledger/staking/end_block.h"
#include "tests/support/ledger/ledger_chain.h"
#include "tx/decoded_tx.h"

namespace steelyard::test {
namespace {

using ledger::StateView;

template <typename T>
T must(ledger::Outcome<T> outcome) {
    CHECK(outcome.has_value());
    return *std::move(outcome);
}

std::string short_name(std::string_view type_url) {
    return std::string(type_url.substr(type_url.rfind('.') + 1));
}

}  // namespace

LedgerChain::Finding LedgerChain::check_state() {
    StateView view(state_);
    const auto breaches = invariants::check(view);
    if (!breaches.empty()) {
        std::string all;
        for (const auto& breach : breaches) {
            all += (all.empty() ? "" : "\n  ") + to_string(breach);
        }
        return all;
    }
    if (invariants::genesis_supply(view) != genesis_supply_) {
        return "I1: the supply is not that of the genesis and what was minted and burned";
    }
    return check_validators();
}

/// M6, and what the crowd's characters lead to.
LedgerChain::Finding LedgerChain::watch_market(
    const chain::Block& block, const abci::BlockResults& results
) {
    const StateView view(state_);
    market::Books stored;
    stored.rebuild(view);
    if (!(stored == books_)) {
        return "M6: the books in memory are not those of the state";
    }
    if (!watch_) {
        return {};
    }
    std::vector<const chain::Event*> events;
    for (const chain::ExecTxResult& result : results.tx_results) {
        for (const chain::Event& event : result.events) {
            events.push_back(&event);
        }
    }
    for (const chain::Event& event : results.events) {
        events.push_back(&event);
        if (event.type == "job") {
            ++tally_["job " + event.attributes.front().value];
        }
    }
    const chain::Header& header = block.header;
    return watch_->follow(view, {header.chain_id, header.height, header.time}, events);
}

/// I5: what consensus was told, and what the ledger thinks that it was told.
LedgerChain::Finding LedgerChain::check_validators() {
    const StateView view(state_);
    const auto active = must(staking::active_set(view));
    for (const auto& [number, power] : active) {
        const auto validator = must(staking::get_validator(view, number));
        if (!validator || !validator->consensus_key) {
            return fmt::format("I5: validator {} is active and gone", std::uint32_t(number));
        }
        const auto index = chain_->next_validators.index_of(validator->consensus_key->address());
        if (!index) {
            return fmt::format(
                "I5: consensus does not know of validator {}", std::uint32_t(number)
            );
        }
        const auto known = chain_->next_validators[*index].voting_power();
        if (known != power) {
            return fmt::format(
                "I5: validator {} has power {}, and consensus knows {}",
                std::uint32_t(number),
                power,
                known
            );
        }
    }
    if (active.size() != chain_->next_validators.size()) {
        return fmt::format(
            "I5: {} validators are active, and consensus knows {}",
            active.size(),
            chain_->next_validators.size()
        );
    }
    return {};
}

void LedgerChain::count(const chain::Block& block, const abci::BlockResults& results) {
    for (std::size_t i = 1; i < block.txs.size(); ++i) {
        const chain::ExecTxResult& result = results.tx_results.at(i);
        const auto decoded = tx::decode_tx(block.txs[i]);
        CHECK(decoded.has_value());
        for (const tx::PackedMessage& message : decoded->messages) {
            ++tally_[(result.code == 0 ? "done " : "failed ") + short_name(message.type_url)];
        }
        if (result.code != 0) {
            ++tally_[fmt::format("refused {} {}", result.codespace, result.code)];
        }
    }
    for (const chain::Event& event : results.events) {
        ++tally_["event " + event.type];
    }
    for (const chain::Evidence& evidence : block.evidence) {
        ++tally_[evidence.index() == 0 ? "evidence of a double vote" : "evidence of an attack"];
    }
    for (const chain::ValidatorUpdate& update : results.validator_updates) {
        ++tally_[update.power == 0 ? "validator left the set" : "validator's power changed"];
    }
    if (results.params_update != chain::ConsensusParamsUpdate()) {
        ++tally_["consensus parameters changed"];
    }
}

}  // namespace steelyard::test
