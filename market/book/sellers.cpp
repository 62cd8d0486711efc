#include "market/book/sellers.h"

#include "base/check.h"
#include "base/checked.h"

#include <algorithm>
#include <functional>

namespace steelyard::market {
namespace {

std::size_t hash_of(const std::string& text) {
    return std::hash<std::string_view>()(text);
}

std::size_t hash_of(const Attribute& attribute) {
    return hash_of(attribute.name) * 31 + hash_of(attribute.value);
}

template <typename Texts>
void hash_all(const Texts& texts, std::vector<std::size_t>& hashes) {
    hashes.clear();
    for (const auto& text : texts) {
        hashes.push_back(hash_of(text));
    }
}

bool has_region(const Wanted& wanted, const SellingProvider& provider) {
    const std::vector<std::string>& regions = wanted.bid->filters.regions;
    for (std::size_t i = 0; i < regions.size(); ++i) {
        if (wanted.region_hashes[i] == provider.region_hash &&
            regions[i] == provider.facts.region) {
            return true;
        }
    }
    return regions.empty();
}

bool has_hash(const SellingProvider& provider, std::size_t hash) {
    return std::ranges::find(provider.attribute_hashes, hash) != provider.attribute_hashes.end();
}

bool has_attribute(const SellingProvider& provider, const Attribute& attribute, std::size_t hash) {
    for (std::size_t i = 0; i < provider.attribute_hashes.size(); ++i) {
        if (provider.attribute_hashes[i] == hash && provider.facts.attributes[i] == attribute) {
            return true;
        }
    }
    return false;
}

bool has_attributes(const Wanted& wanted, const SellingProvider& provider) {
    // Of all before a text is read: most providers lack one.
    for (const std::size_t hash : wanted.attribute_hashes) {
        if (!has_hash(provider, hash)) {
            return false;
        }
    }
    const std::vector<Attribute>& attributes = wanted.bid->filters.attributes;
    for (std::size_t i = 0; i < attributes.size(); ++i) {
        if (!has_attribute(provider, attributes[i], wanted.attribute_hashes[i])) {
            return false;
        }
    }
    return true;
}

/// ceil(a x b / 10^6).
Uint128 per_million(std::uint64_t a, std::uint64_t b) {
    constexpr std::uint64_t million = 1'000'000;
    const Uint128 product = Uint128{a} * b;
    const auto low = static_cast<std::uint64_t>(product);
    if (low == product) {  // nearly always, and a division of 128 bits takes ten times as long
        return low / million + (low % million == 0 ? 0 : 1);
    }
    return product / million + (product % million == 0 ? 0 : 1);
}

}  // namespace

void Wanted::become(const Bid& other) {
    bid = &other;
    ++number;
    hash_all(other.filters.regions, region_hashes);
    hash_all(other.filters.attributes, attribute_hashes);
}

Seller& Sellers::of(AccountNumber provider, ClassId class_id) {
    std::unique_ptr<SellingProvider>& known = providers_[static_cast<std::uint64_t>(provider)];
    if (!known) {
        known = std::make_unique<SellingProvider>();
        known->account = provider;
        known->facts = source_.provider(provider);
        known->region_hash = hash_of(known->facts.region);
        hash_all(known->facts.attributes, known->attribute_hashes);
    }
    for (Seller& seller : known->sellers) {
        if (seller.class_id == class_id) {
            return seller;
        }
    }
    known->sellers.push_front({.provider = known.get(), .class_id = class_id});
    return known->sellers.front();
}

Mismatch Sellers::compare(const Wanted& wanted, Seller& seller) {
    if (seller.compared_with != wanted.number) {
        seller.compared_with = wanted.number;
        seller.verdict = compare_filters(wanted, seller);
    }
    return seller.verdict;
}

Mismatch Sellers::compare_filters(const Wanted& wanted, Seller& seller) {
    const SellingProvider& provider = *seller.provider;
    const Bid& bid = *wanted.bid;
    if (!provider.facts.is_matchable || provider.account == bid.user) {
        return Mismatch::unavailable;
    }
    if (!has_region(wanted, provider)) {
        return Mismatch::region;
    }
    if (!has_attributes(wanted, provider)) {
        return Mismatch::attribute;
    }
    if (std::ranges::count(bid.filters.excluded, provider.account) > 0 ||
        std::ranges::count(bid.had_it, provider.account) > 0) {
        return Mismatch::excluded;
    }
    if (bid.filters.reputation_min > 0) {
        if (!seller.reputation) {
            seller.reputation = source_.reputation(provider.account, seller.class_id);
        }
        if (*seller.reputation < bid.filters.reputation_min) {
            return Mismatch::reputation;
        }
    }
    return Mismatch::none;
}

bool Sellers::has_slot(Seller& seller) {
    const std::vector<ProviderFacts::FreeSlots>& free = seller.provider->facts.free_slots;
    for (; seller.free_class < free.size(); ++seller.free_class, seller.class_serves = false) {
        const ProviderFacts::FreeSlots& of_class = free[seller.free_class];
        if (of_class.slots == 0) {
            continue;
        }
        if (!seller.class_serves) {
            seller.class_serves = may_serve(of_class.class_id, seller.class_id);
        }
        if (seller.class_serves) {
            return true;
        }
    }
    return false;
}

Sellers::Taken Sellers::take_slot(Seller& seller) {
    SellingProvider& provider = *seller.provider;
    Taken taken;
    if (!provider.has_workers) {
        provider.has_workers = true;
        provider.facts.workers = source_.workers(provider.account);
        taken.rows_read = provider.facts.worker_rows;
    }
    std::vector<ProviderFacts::FreeWorker>& workers = provider.facts.workers;
    while (seller.worker < workers.size() &&
           (workers[seller.worker].slots == 0 ||
            !may_serve(workers[seller.worker].class_id, seller.class_id))) {
        ++seller.worker;
    }
    CHECK(seller.worker < workers.size());
    ProviderFacts::FreeWorker& worker = workers[seller.worker];
    const auto of_class = std::ranges::find(
        provider.facts.free_slots, worker.class_id, &ProviderFacts::FreeSlots::class_id
    );
    CHECK(of_class != provider.facts.free_slots.end() && of_class->slots > 0);
    --worker.slots;
    --of_class->slots;
    taken.worker = worker.account;
    return taken;
}

bool Sellers::may_serve(ClassId worker, ClassId book) {
    const auto [found, is_new] = may_serve_.try_emplace({worker, book}, false);
    if (is_new) {
        found->second = source_.may_serve(worker, book);
    }
    return found->second;
}

std::optional<Terms> Sellers::terms(Price price, WorkUnits work_units) const {
    const Uint128 paid = std::max(per_million(price, work_units), Uint128{rules_.min_job_price});
    if (paid > money_max) {
        return std::nullopt;
    }
    const Uint128 reserved = std::max(paid * rules_.slash_multiple, Uint128{rules_.min_slash});
    if (reserved > money_max) {
        return std::nullopt;
    }
    return Terms{static_cast<Money>(paid), static_cast<Money>(reserved)};
}

bool is_void(const AskKey& key, const Ask& ask, const ProviderFacts& facts, Height height) {
    return key.id < facts.asks_valid_from || ask.last < height;
}

bool can_meet_deadline(const Bid& bid, Height height) {
    const auto now = static_cast<std::uint64_t>(height.value());
    const auto deadline = static_cast<std::uint64_t>(bid.deadline.value());
    return deadline == 0 || clipped_add(now, bid.blocks_needed) <= deadline;
}

}  // namespace steelyard::market
