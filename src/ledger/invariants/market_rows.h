// What the market's invariants look at: its rows, read once. Private to the .cpp files of this
// folder.
#pragma once

#include "ledger/invariants/findings.h"
#include "market/records/counters.h"
#include "market/records/instrument.h"
#include "market/records/job.h"
#include "market/records/standing.h"

#include <map>
#include <set>

namespace steelyard::invariants {

struct MarketRows {
    std::map<market::OrderId, market::Order> orders{};
    std::map<market::JobId, market::Job> jobs{};
    std::map<ledger::AccountNumber, market::Provider> providers{};
    std::map<ledger::AccountNumber, market::Worker> workers{};
    std::map<market::AskKey, market::Ask> asks{};
    std::map<market::BidKey, market::Bid> bids{};
    std::map<crypto::Hash256, market::Program> programs{};
    std::map<market::ClassId, market::Class> classes{};

    /// By whom they are of; a job has one of its kinds at most.
    std::map<std::pair<market::DeadlineKind, market::Subject>, market::Deadline> queue{};
    std::map<market::JobId, market::Waiter> awaiting_seed{};
    std::map<market::JobId, market::Waiter> awaiting_issue{};
};

MarketRows read_market(const StateView& state);

/// Matched, and not final: it has a reservation and a slot.
inline bool is_engaged(const market::Job& job) {
    return job.match.has_value() && !market::is_final(job.state);
}

void check_market(const StateView& state, Findings& findings);  // M1 to M6

// Its parts.
void check_market_money(const StateView& state, const MarketRows& rows, Findings& findings);
void check_market_parties(const StateView& state, const MarketRows& rows, Findings& findings);
void check_market_jobs(const MarketRows& rows, Findings& findings);
void check_market_lists(const StateView& state, const MarketRows& rows, Findings& findings);

}  // namespace steelyard::invariants
