// StateFacts: what clearing asks about providers, out of the state.
#pragma once

#include "market/block/must.h"
#include "market/book/clearing.h"
#include "market/funds/funds.h"
#include "market/records/instrument.h"

namespace steelyard::market {

/// Borrows the context, whose state must not change meanwhile.
class StateFacts final : public FactsSource {
public:
    explicit StateFacts(const Context& context) : context_(context) {}

    ProviderFacts provider(AccountNumber provider) override;
    std::vector<ProviderFacts::FreeWorker> workers(AccountNumber provider) override;
    std::uint32_t reputation(AccountNumber provider, ClassId class_id) override;
    bool may_serve(ClassId worker, ClassId book) override;

private:
    const Class& known(ClassId id);

    const Context& context_;
    std::map<ClassId, Class> classes_{};
};

}  // namespace steelyard::market
