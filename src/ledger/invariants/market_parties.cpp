// M2, M3 and M5 of providers and workers.
#include "ledger/invariants/market_rows.h"

namespace steelyard::invariants {
namespace {

using ledger::AccountNumber;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

/// What jobs hold of providers and workers.
struct Engaged {
    std::map<AccountNumber, market::Money> reserved{};
    std::map<AccountNumber, std::uint32_t> busy{};
};

Engaged engaged_by_jobs(const MarketRows& rows) {
    Engaged engaged;
    for (const auto& [id, job] : rows.jobs) {
        if (is_engaged(job)) {
            engaged.reserved[job.match->provider] += job.match->reserved;
            ++engaged.busy[job.match->worker];
        }
    }
    return engaged;
}

struct Withdrawals {
    market::Money amount = 0;
    std::uint32_t count = 0;
};

std::map<AccountNumber, Withdrawals> withdrawals(
    const StateView& state, const MarketRows& rows, Findings& findings
) {
    std::map<AccountNumber, Withdrawals> all;
    each(state, Store::provider, 'u', [&](const Record& record) {
        KeyReader reader(record.key);
        const AccountNumber account = reader.account();
        const std::uint32_t number = reader.number4();
        all[account].amount += sure(market::get_withdrawal(state, account, number)).value_or(0);
        ++all[account].count;
        const market::Subject subject{market::OrderId{std::uint64_t(account)}, number};
        findings.expect(
            rows.queue.contains({market::DeadlineKind::withdraw, subject}),
            "M4",
            "withdrawal {} of {} never ends",
            number,
            std::uint64_t(account)
        );
    });
    return all;
}

void check_standings(const StateView& state, AccountNumber account, Findings& findings) {
    sure(market::walk_standings(
        state,
        account,
        [&](market::ClassId class_id, const market::Standing& standing) -> Outcome<bool> {
            market::Q32 sum = 0;
            const auto payers = sure(market::payers_of(state, account, class_id));
            for (const market::Payer& payer : payers) {
                sum += payer.value;
            }
            findings.expect(
                standing.s == sum && standing.payers == payers.size(),
                "M5",
                "the standing of {} in class {} has s {} of {} payers, its rows {} of {}",
                std::uint64_t(account),
                static_cast<std::uint32_t>(class_id),
                standing.s,
                standing.payers,
                sum,
                payers.size()
            );
            return true;
        }
    ));
}

void check_providers(const StateView& state, const MarketRows& rows, Findings& findings) {
    Engaged engaged = engaged_by_jobs(rows);
    auto leaving = withdrawals(state, rows, findings);
    std::map<AccountNumber, market::Provider> counted;
    for (const auto& [account, worker] : rows.workers) {
        counted[worker.provider].count_in(worker);
    }
    for (const auto& [account, provider] : rows.providers) {
        const auto number = std::uint64_t(account);
        findings.expect(
            provider.reserved == engaged.reserved[account],
            "M2",
            "provider {} has {} reserved, its jobs {}",
            number,
            provider.reserved,
            engaged.reserved[account]
        );
        findings.expect(
            provider.withdrawing == leaving[account].amount &&
                provider.withdrawals == leaving[account].count,
            "M2",
            "provider {} has {} on its way out in {} parts, its rows {} in {}",
            number,
            provider.withdrawing,
            provider.withdrawals,
            leaving[account].amount,
            leaving[account].count
        );
        findings.expect(
            provider.reserved + provider.withdrawing <= provider.bond,
            "M2",
            "provider {} has {} bonded, {} reserved, {} on its way out",
            number,
            provider.bond,
            provider.reserved,
            provider.withdrawing
        );
        findings.expect(
            provider.workers == counted[account].workers &&
                provider.classes == counted[account].classes,
            "M5",
            "provider {} has {} workers of {} classes, its record says {} of {}, or other slots",
            number,
            counted[account].workers,
            counted[account].classes.size(),
            provider.workers,
            provider.classes.size()
        );
        check_standings(state, account, findings);
    }
}

void check_workers(const MarketRows& rows, Findings& findings) {
    Engaged engaged = engaged_by_jobs(rows);
    for (const auto& [account, worker] : rows.workers) {
        findings.expect(
            worker.busy == engaged.busy[account] && worker.busy <= worker.slots,
            "M3",
            "worker {} has {} of {} slots busy, and {} jobs",
            std::uint64_t(account),
            worker.busy,
            worker.slots,
            engaged.busy[account]
        );
        findings.expect(
            rows.providers.contains(worker.provider) && (!worker.is_retired || worker.busy > 0),
            "M3",
            "worker {} works for nobody",
            std::uint64_t(account)
        );
        engaged.busy.erase(account);
    }
    for (const auto& [account, count] : engaged.busy) {
        findings.expect(
            false, "M3", "{} jobs are with {}, which is no worker", count, std::uint64_t(account)
        );
    }
}

/// What a class has of suppliers.
void check_supply(const StateView& state, const MarketRows& rows, Findings& findings) {
    struct Supply {
        std::set<AccountNumber> providers{};
        std::uint64_t workers = 0;
        std::uint64_t slots = 0;
        std::uint64_t busy = 0;
    };
    std::map<market::ClassId, Supply> supplies;
    for (const auto& [account, worker] : rows.workers) {
        Supply& supply = supplies[worker.class_id];
        supply.busy += worker.busy;
        if (!worker.is_retired) {
            supply.providers.insert(worker.provider);
            ++supply.workers;
            supply.slots += worker.slots;
        }
    }
    for (const auto& [id, value] : rows.classes) {
        const Supply& supply = supplies[id];
        const auto counters = sure(market::get_class_counters(state, id));
        findings.expect(
            counters.providers == supply.providers.size() && counters.workers == supply.workers &&
                counters.slots == supply.slots && counters.busy == supply.busy,
            "M5",
            "class {} has {} providers, {} workers, {} slots, {} busy; its counters {}, {}, {}, {}",
            value.name,
            supply.providers.size(),
            supply.workers,
            supply.slots,
            supply.busy,
            counters.providers,
            counters.workers,
            counters.slots,
            counters.busy
        );
    }
}

}  // namespace

void check_market_parties(const StateView& state, const MarketRows& rows, Findings& findings) {
    check_providers(state, rows, findings);
    check_workers(rows, findings);
    check_supply(state, rows, findings);
}

}  // namespace steelyard::invariants
