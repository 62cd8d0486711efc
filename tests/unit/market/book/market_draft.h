// A market as plain lists: what the books and the facts about providers are made of in tests.
#pragma once

#include "market/book/clearing.h"

#include <map>

namespace steelyard::market {

using AskRecord = std::pair<AskKey, Ask>;
using BidRecord = std::pair<BidKey, Bid>;

/// Facts from tables. Counts how often it is asked.
class TableOfFacts final : public FactsSource {
public:
    ProviderFacts provider(AccountNumber provider) override;

    std::vector<ProviderFacts::FreeWorker> workers(AccountNumber provider) override {
        ++asked_workers[provider];
        return providers.at(provider).workers;
    }

    std::uint32_t reputation(AccountNumber provider, ClassId class_id) override {
        ++asked_reputations[{provider, class_id}];
        const auto found = reputations.find({provider, class_id});
        return found == reputations.end() ? 0 : found->second;
    }

    bool may_serve(ClassId worker, ClassId book) override {
        return worker == book || serves.contains({worker, book});
    }

    /// With their workers, and so many worker rows beside these.
    std::map<AccountNumber, ProviderFacts> providers{};
    std::map<std::pair<AccountNumber, ClassId>, std::uint32_t> reputations{};
    std::map<std::pair<ClassId, ClassId>, bool> serves{};

    std::map<AccountNumber, int> asked_providers{};
    std::map<AccountNumber, int> asked_workers{};
    std::map<std::pair<AccountNumber, ClassId>, int> asked_reputations{};
};

struct MarketDraft {
    std::vector<AskRecord> asks{};
    std::vector<BidRecord> bids{};
    TableOfFacts facts{};
    ClearingRules rules{.height = Height(10), .pairs_max = 1'000'000};

    /// What the rows give; in the order of the lists.
    Books books() const;

    /// Does what whoever carries out fills does to the rows and the facts.
    void carry_out(const std::vector<Fill>& fills);
};

/// An address that belongs to a number.
inline chain::Address address_of(AccountNumber account) {
    chain::Address address{};
    address[0] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(account));
    address[1] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(account) >> 8);
    address[19] = 7;
    return address;
}

inline BookId book_of(std::uint32_t class_id) {
    return {ClassId{class_id}, Product::work};
}

/// Books that follow the rows of lists.
void follow_all(Books& books, const std::vector<AskRecord>& asks);
void follow_all(Books& books, const std::vector<BidRecord>& bids);

/// A provider with slots of one worker of a class.
ProviderFacts rich_provider(std::uint32_t class_id, std::uint32_t slots);

/// Small numbers, so that everything that can be equal, full or short often is. Counts of an
/// account are used once.
MarketDraft random_market(std::uint64_t seed);

}  // namespace steelyard::market
