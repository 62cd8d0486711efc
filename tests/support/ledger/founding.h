// Founding: how a chain of tests begins.
#pragma once

#include "chain/genesis.h"
#include "ledger/params/params.h"
#include "tests/support/ledger/dice.h"
#include "tests/support/ledger/people.h"

namespace steelyard::test {

struct Founder {
    std::size_t person = 0;
    std::uint64_t stake = 0;  ///< of their own, in uyard
    chain::Dec commission{};
};

/// Everybody has money; founders have validators from the beginning.
struct Founding {
    chain::ChainId chain_id{};
    chain::Timestamp time{};
    chain::Height initial_height{1};
    ledger::Params params{};
    std::uint64_t money = 0;  ///< of each person
    std::vector<Founder> founders{};
};

/// Windows, times and epochs are short, so that much happens in a hundred blocks.
Founding draw_founding(const People& people, std::size_t founders, Dice& dice);

/// The state before the first block, made by hand; and who votes first. The state is empty.
std::vector<chain::ValidatorUpdate> found(
    ledger::StateView& state, const People& people, const Founding& founding
);

/// The document of such a chain; it names no validators. `app_state` is empty.
chain::GenesisDoc document_of(const Founding& founding);

}  // namespace steelyard::test
