// Workers come and go.
#include "base/check.h"
#include "ledger/auth/accounts.h"
#include "ledger/state/values.h"
#include "market/parties/providers.h"
#include "market/records/counters.h"
#include "market/records/kinds.h"

namespace steelyard::market {
namespace {

using ledger::refuse;

Outcome<Provider> employer(const StateView& state, AccountNumber account) {
    TRY_ASSIGN(auto provider, get_provider(state, account));
    if (!provider) {
        TRY_ASSIGN(const std::string address, address_text(state, account));
        return refuse(kinds::not_provider, "{}", address);
    }
    return *std::move(provider);
}

Outcome<bool> has_worker_of(const StateView& state, AccountNumber provider, ClassId class_id) {
    bool has = false;
    TRY(walk_workers(state, provider, [&](AccountNumber, const Worker& worker) -> Outcome<bool> {
        has = worker.class_id == class_id && !worker.is_retired;
        return !has;
    }));
    return has;
}

/// What a class has of providers, workers and slots: one worker more, or (`is_gone`) fewer. The
/// provider's other workers are in the state.
Outcome<void> count_worker(
    Context& context, AccountNumber provider, const Worker& worker, bool is_gone
) {
    TRY_ASSIGN(const bool has_others, has_worker_of(context.state, provider, worker.class_id));
    TRY_ASSIGN(ClassCounters counters, get_class_counters(context.state, worker.class_id));
    if (is_gone) {
        CHECK(counters.workers > 0 && counters.slots >= worker.slots);
        counters.providers -= has_others ? 0 : 1;
        --counters.workers;
        counters.slots -= worker.slots;
    } else {
        counters.providers += has_others ? 0 : 1;
        ++counters.workers;
        counters.slots += worker.slots;
    }
    return put_class_counters(context.state, worker.class_id, counters);
}

Outcome<void> tell(
    Context& context,
    std::string_view action,
    AccountNumber provider,
    const chain::Address& address,
    const Worker& worker
) {
    TRY_ASSIGN(const std::string employer_text, address_text(context.state, provider));
    context.events.push_back(ledger::make_event(
        "worker",
        {{"action", action},
         {"address", ledger::account_text(address)},
         {"provider", employer_text},
         {"class", std::to_string(static_cast<std::uint32_t>(worker.class_id))},
         {"slots", std::to_string(worker.slots)}}
    ));
    return {};
}

/// One account plays one part: it is no worker yet and no provider.
Outcome<void> check_is_free(const StateView& state, AccountNumber account, std::string_view text) {
    TRY_ASSIGN(const auto worker, get_worker(state, account));
    if (worker) {
        return refuse(kinds::worker_exists, "{}", text);
    }
    TRY_ASSIGN(const auto provider, get_provider(state, account));
    if (provider) {
        return refuse(kinds::provider_exists, "{}", text);
    }
    return {};
}

}  // namespace

Outcome<void> add_worker(
    Context& context,
    AccountNumber account,
    const chain::Address& worker,
    ClassId class_id,
    std::uint32_t slots,
    Money funds
) {
    StateView& state = context.state;
    const std::string text = ledger::account_text(worker);
    if (auth::is_module_address(worker)) {
        return refuse(ledger::kinds::unauthorized, "{} is a module's", text);
    }
    TRY_ASSIGN(Provider provider, employer(state, account));
    if (slots == 0 || slots > slots_max) {
        return refuse(kinds::bad_order, "slots are {}, must be from 1 to {}", slots, slots_max);
    }
    if (provider.workers == workers_max) {
        return refuse(kinds::too_many_workers, "{} are the most", workers_max);
    }
    TRY_ASSIGN(const auto served, get_class(state, class_id));
    if (!served) {
        return refuse(kinds::unknown_class, "{}", static_cast<std::uint32_t>(class_id));
    }
    TRY_ASSIGN(const bank::Party party, bank::party_at(state, worker));
    TRY(check_is_free(state, party.number, text));
    const Worker added{.provider = account, .class_id = class_id, .slots = slots};
    TRY(count_worker(context, account, added, false));
    provider.count_in(added);
    if (provider.classes.size() > worker_classes_max) {
        return refuse(
            kinds::too_many_workers,
            "of {} classes, {} are the most",
            provider.classes.size(),
            worker_classes_max
        );
    }
    TRY(put_provider(state, account, provider));
    TRY(put_worker(state, party.number, added));
    TRY(hand_over(context, account, party.number, funds));
    return tell(context, "added", account, worker, added);
}

Outcome<void> remove_worker(Context& context, AccountNumber account, const chain::Address& worker) {
    StateView& state = context.state;
    TRY_ASSIGN(const auto number, auth::find(state, worker));
    TRY_ASSIGN(auto found, number ? get_worker(state, *number) : Outcome<std::optional<Worker>>());
    const bool is_itself = found && number == account;
    const AccountNumber from = is_itself ? found->provider : account;
    TRY_ASSIGN(Provider provider, employer(state, from));
    if (!found || found->provider != from || found->is_retired) {
        return refuse(kinds::not_worker, "{}", ledger::account_text(worker));
    }
    provider.count_out(*found);
    if (found->busy == 0) {
        TRY(erase_worker(state, *number, *found));
    } else {
        found->is_retired = true;
        provider.count_in(*found);
        TRY(put_worker(state, *number, *found));
    }
    TRY(put_provider(state, from, provider));
    TRY(count_worker(context, from, *found, true));
    return tell(context, "removed", from, worker, *found);
}

}  // namespace steelyard::market
