// Survey: what people know of a chain when they decide what to do next.
#pragma once

#include "ledger/params/params.h"
#include "ledger/proposals/proposals.h"
#include "ledger/staking/delegation.h"
#include "tests/support/ledger/people.h"

#include <limits>

namespace steelyard::test {

/// What people leave alone.
struct Restraint {
    /// Only the first so many of the people run validators.
    std::size_t operators_max = std::numeric_limits<std::size_t>::max();

    bool changes_consensus = true;  ///< proposals about the size of blocks and the age of evidence
};

struct Survey {
    struct Stake {
        std::size_t person = 0;
        std::size_t validator = 0;  ///< index below
        chain::Amount worth{};
    };
    struct Waiting {
        std::size_t person = 0;
        std::size_t validator = 0;
        staking::UnbondingEntry entry{};
    };
    struct Standing {
        bool exists = false;  ///< the account
        std::uint64_t number = 0;
        std::uint64_t sequence = 0;
        chain::Coins coins{};
    };

    Restraint restraint{};
    ledger::Params params{};
    std::vector<Standing> people{};  ///< by person
    std::vector<staking::Member> validators{};
    std::vector<std::optional<std::size_t>> operators{};  ///< by validator: the person
    std::vector<Stake> stakes{};
    std::vector<Waiting> waiting{};  ///< unbondings
    std::vector<proposals::Proposal> proposals{};

    bool runs_validator(std::size_t person) const;
};

/// The state has no meter.
Survey survey(const ledger::StateView& state, const People& people);

}  // namespace steelyard::test
