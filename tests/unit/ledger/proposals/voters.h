// Validators with powers that a test sets, as the rows of stake that proposals look at.
#pragma once

#include "ledger/proposals/proposals.h"
#include "tests/unit/ledger/map_state.h"
#include "tests/unit/ledger/validators.h"

namespace steelyard::proposals {

struct Voters : ledger::Bench {
    static chain::Address operator_of(std::uint32_t number) {
        chain::Address address{};
        address.fill(static_cast<std::uint8_t>(number + 1));
        return address;
    }

    /// Makes a validator that is not in the active set.
    void make(std::uint32_t number) { ledger::make_validator(state, number, operator_of(number)); }

    /// 0: it leaves the active set.
    void set_power(std::uint32_t number, std::int64_t power) {
        ledger::set_active_power(state, number, power);
    }

    /// Parameters that can be told by their number.
    static ledger::Params params_of(std::uint32_t number) {
        ledger::Params changed;
        changed.staking.max_entries = 1 + number % 100;
        changed.beacon.epoch_blocks = 1 + number / 100;
        return changed;
    }

    static Bytes encoded(std::uint32_t number) { return ledger::encode_params(params_of(number)); }

    Outcome<std::uint64_t> propose(std::uint32_t by, std::uint32_t number) {
        return proposals::propose(context, operator_of(by), encoded(number));
    }

    Outcome<void> approve(std::uint32_t by, std::uint64_t id, std::uint32_t number) {
        return proposals::approve(context, operator_of(by), id, hash_of(encoded(number)));
    }

    /// Phase B8 of the block, and on to the next.
    std::optional<ledger::Params> end() {
        auto effective = end_block(context).value();
        block.height = block.height.next();
        return effective;
    }

    std::vector<std::uint64_t> open() {
        std::vector<std::uint64_t> ids;
        walk_proposals(state, [&](const Proposal& proposal) -> Outcome<bool> {
            ids.push_back(proposal.id);
            return true;
        }).value();
        return ids;
    }
};

}  // namespace steelyard::proposals
