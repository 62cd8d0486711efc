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
    };
    must(walk_workers(
        context_.state,
        account,
        [&facts](AccountNumber number, const Worker& worker) -> Outcome<bool> {
            if (!worker.is_retired && worker.busy < worker.slots) {
                facts.workers.push_back(
                    {.account = number,
                     .class_id = worker.class_id,
                     .slots = worker.slots - worker.busy}
                );
            }
            return true;
        }
    ));
    return facts;
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
