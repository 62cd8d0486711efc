// M1 to M5 of doc/spec/market.md: the rows, money, and counters.
#include "ledger/bank/bank.h"
#include "ledger/invariants/market_rows.h"
#include "ledger/state/values.h"

namespace steelyard::invariants {
namespace {

using ledger::AccountNumber;
using ledger::Record;
using ledger::Store;

template <typename T>
T decoded(Result<T> value) {
    CHECK(value.has_value());
    return *std::move(value);
}

void read_queue(const StateView& state, MarketRows& rows) {
    std::optional<market::Queued> queued;
    while (true) {
        const auto next = sure(market::first_queued(state, queued));
        if (!next) {
            return;
        }
        rows.queue[{next->deadline.kind, next->subject}] = next->deadline;
        queued = next;
    }
}

std::map<market::JobId, market::Waiter> read_waiting(
    const StateView& state, market::WaitingFor what
) {
    std::map<market::JobId, market::Waiter> waiting;
    sure(market::walk_waiting(state, what, [&](const market::Waiter& waiter) -> Outcome<bool> {
        waiting[waiter.job] = waiter;
        return true;
    }));
    return waiting;
}

template <typename Map>
auto keep_in(Map& map) {
    return [&map](const auto& key, const auto& value) -> Outcome<bool> {
        map.emplace(key, value);
        return true;
    };
}

/// What the account should have for one reason.
struct Held {
    market::Money escrows = 0;
    market::Money budgets = 0;
    market::Money bonds = 0;
    market::Money deposits = 0;
    market::Money pool = 0;

    market::Money sum() const { return escrows + budgets + bonds + deposits + pool; }
};

Held held_money(const StateView& state, const MarketRows& rows) {
    Held held{.pool = sure(market::verification_pool(state))};
    for (const auto& [id, job] : rows.jobs) {
        held.escrows += market::is_final(job.state) ? 0 : job.job_escrow + job.proof_escrow;
    }
    for (const auto& [id, order] : rows.orders) {
        held.budgets += order.budget;
    }
    for (const auto& [account, provider] : rows.providers) {
        held.bonds += provider.bond;
    }
    for (const auto& [id, program] : rows.programs) {
        held.deposits += program.deposit;
    }
    return held;
}

/// M5, of orders, programs, accounts.
void check_counts(const StateView& state, const MarketRows& rows, Findings& findings) {
    std::map<AccountNumber, std::uint32_t> open;
    std::map<crypto::Hash256, std::uint64_t> uses;
    std::map<market::OrderId, std::uint32_t> live;
    for (const auto& [id, job] : rows.jobs) {
        live[id.order] += market::is_final(job.state) ? 0 : 1;
    }
    for (const auto& [id, order] : rows.orders) {
        open[order.user] += order.is_final ? 0 : 1;
        uses[order.program] += order.is_final ? 0 : 1;
        findings.expect(
            order.live == live[id] && (!order.is_final || order.live == 0),
            "M5",
            "order {} says that {} jobs are live, {} are",
            to_string(id),
            order.live,
            live[id]
        );
    }
    for (const auto& [key, ask] : rows.asks) {
        ++open[ask.provider];
    }
    for (const auto& [account, count] : open) {
        const auto counters = sure(market::get_counters(state, account));
        findings.expect(
            counters.open == count,
            "M5",
            "account {} has {} open orders and asks, and its counter says {}",
            std::uint64_t(account),
            count,
            counters.open
        );
    }
    for (const auto& [id, program] : rows.programs) {
        findings.expect(
            program.uses == uses[id],
            "M5",
            "a program has {} uses, and its record says {}",
            uses[id],
            program.uses
        );
    }
}

}  // namespace

MarketRows read_market(const StateView& state) {
    MarketRows rows;
    sure(market::walk_orders(state, market::OrderId{}, keep_in(rows.orders)));
    sure(market::walk_jobs(state, market::JobId{}, keep_in(rows.jobs)));
    sure(market::walk_providers(state, AccountNumber{}, keep_in(rows.providers)));
    sure(market::walk_programs(state, crypto::Hash256{}, keep_in(rows.programs)));
    sure(market::walk_classes(state, market::ClassId{}, keep_in(rows.classes)));
    each(state, Store::provider, 'w', [&](const Record& record) {
        const AccountNumber account = ledger::KeyReader(record.key).account();
        rows.workers.emplace(account, decoded(market::decode_worker(record.value)));
    });
    each(state, Store::book, 'a', [&](const Record& record) {
        rows.asks.emplace(
            decoded(market::decode_ask_key(record.key)), decoded(market::decode_ask(record.value))
        );
    });
    each(state, Store::book, 'b', [&](const Record& record) {
        rows.bids.emplace(
            decoded(market::decode_bid_key(record.key)), decoded(market::decode_bid(record.value))
        );
    });
    read_queue(state, rows);
    rows.awaiting_seed = read_waiting(state, market::WaitingFor::seed);
    rows.awaiting_issue = read_waiting(state, market::WaitingFor::issue);
    return rows;
}

void check_market_money(const StateView& state, const MarketRows& rows, Findings& findings) {
    const auto denom = chain::Denom::parse(ledger::base_denom);
    const auto own = sure(bank::module_party(state, "market"));
    const chain::Amount balance = sure(bank::balance(state, own.number, denom.value()));
    const Held held = held_money(state, rows);
    findings.expect(
        balance == chain::Amount(held.sum()),
        "M1",
        "the market has {}, and should have {}: escrows {}, budgets {}, bonds {}, deposits {}, "
        "pool {}",
        to_string(balance),
        held.sum(),
        held.escrows,
        held.budgets,
        held.bonds,
        held.deposits,
        held.pool
    );
}

void check_market(const StateView& state, Findings& findings) {
    const MarketRows rows = read_market(state);
    check_market_money(state, rows, findings);
    check_market_parties(state, rows, findings);
    check_market_jobs(rows, findings);
    check_counts(state, rows, findings);
    check_market_lists(state, rows, findings);
}

}  // namespace steelyard::invariants
