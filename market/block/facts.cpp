#include "market/block/facts.h"

#include "ledger/params/params.h"
#include "market/parties/reputation.h"

namespace steelyard::market {

ProviderFacts StateFacts::provider(AccountNumber account) {
    const auto provider = must(get_provider(context_.state, account));
    if (!provider) {
        return {};
    }
    ProviderFacts facts{
        .is_matchable = !provider->is_jailed && !provider->is_removed(),
        .asks_valid_from = provider->asks_valid_from,
        .free_bond = provider->free_bond(),
        .region = provider->region,
        .attributes = provider->attributes,
        .worker_rows = provider->workers,
    };
    for (const WorkersOfClass& of_class : provider->classes) {
        if (of_class.free_slots > 0) {
            facts.free_slots.push_back({.class_id = of_class.class_id, .slots = of_class.free_slots}
            );
        }
    }
    return facts;
}

std::vector<ProviderFacts::FreeWorker> StateFacts::workers(AccountNumber account) {
    std::vector<ProviderFacts::FreeWorker> workers;
    must(walk_workers(
        context_.state,
        account,
        [&workers](AccountNumber number, const Worker& worker) -> Outcome<bool> {
            if (worker.free_slots() > 0) {
                workers.push_back(
                    {.account = number, .class_id = worker.class_id, .slots = worker.free_slots()}
                );
            }
            return true;
        }
    ));
    return workers;
}

std::uint32_t StateFacts::reputation(AccountNumber provider, ClassId class_id) {
    const Reputation reputation = must(reputation_of(
        context_.state,
        provider,
        class_id,
        context_.block.height,
        context_.params.market.nominal_block_ms
    ));
    return static_cast<std::uint32_t>((Uint128{reputation.r} * reputation_scale) >> 32);
}

bool StateFacts::may_serve(ClassId worker, ClassId book) {
    return market::may_serve(known(worker), known(book));
}

const Class& StateFacts::known(ClassId id) {
    const auto place = classes_.find(id);
    if (place != classes_.end()) {
        return place->second;
    }
    const auto found = must(get_class(context_.state, id));
    CHECK(found.has_value());
    return classes_.emplace(id, *found).first->second;
}

}  // namespace steelyard::market
