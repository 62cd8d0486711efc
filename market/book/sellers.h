// Sellers: what clearing knows of providers, as fills leave it. For this folder alone.
#pragma once

#include "market/book/clearing.h"

#include <forward_list>
#include <memory>
#include <unordered_map>

namespace steelyard::market {

/// A bid as it is compared with providers. Texts are compared by hashes first; the hash decides
/// nothing, since equal ones are compared themselves.
struct Wanted {
    const Bid* bid = nullptr;
    std::uint64_t number = 0;  ///< of the bids of this clearing, from 1
    std::vector<std::size_t> region_hashes{};
    std::vector<std::size_t> attribute_hashes{};

    /// Makes it that of another bid, which must live on.
    void become(const Bid& other);
};

struct SellingProvider;

/// A provider in the books of a class.
struct Seller {
    SellingProvider* provider = nullptr;
    ClassId class_id{};
    std::optional<std::uint32_t> reputation{};
    std::uint32_t free_class = 0;     ///< those before it have no free slot, or may not serve
    bool class_serves = false;        ///< this one may; else it is not known
    std::uint32_t worker = 0;         ///< of workers as of classes
    std::uint64_t compared_with = 0;  ///< Wanted::number of the bid that `verdict` is for
    Mismatch verdict = Mismatch::none;
};

struct SellingProvider {
    AccountNumber account{};
    ProviderFacts facts{};     ///< bond and slots as they are left
    bool has_workers = false;  ///< `facts.workers` were asked for
    std::size_t region_hash = 0;
    std::vector<std::size_t> attribute_hashes{};
    std::forward_list<Seller> sellers{};
};

/// What a job at a price would cost, and what it would reserve of a bond (E2, E3).
struct Terms {
    Money price = 0;
    Money reserved = 0;
};

class Sellers {
public:
    Sellers(FactsSource& source, const ClearingRules& rules) : source_(source), rules_(rules) {}

    /// Where it stays.
    Seller& of(AccountNumber provider, ClassId class_id);

    /// Why a bid's filters do not admit a provider: unavailable to reputation, or none.
    Mismatch compare(const Wanted& wanted, Seller& seller);

    /// Whether a worker that may serve has a free slot.
    bool has_slot(Seller& seller);

    /// Takes a slot of the worker of the lowest number that may serve and has a free one (CHECKed:
    /// has_slot).
    struct Taken {
        AccountNumber worker{};
        std::uint64_t rows_read = 0;  ///< for it
    };
    Taken take_slot(Seller& seller);

    /// Nothing where it is more than all money there is.
    std::optional<Terms> terms(Price price, WorkUnits work_units) const;

private:
    Mismatch compare_filters(const Wanted& wanted, Seller& seller);
    bool may_serve(ClassId worker, ClassId book);

    FactsSource& source_;
    const ClearingRules& rules_;
    std::unordered_map<std::uint64_t, std::unique_ptr<SellingProvider>> providers_{};
    std::map<std::pair<ClassId, ClassId>, bool> may_serve_{};
};

/// Whether an ask is void or over, as far as facts of its provider say.
bool is_void(const AskKey& key, const Ask& ask, const ProviderFacts& facts, Height height);

/// Whether a job could still be committed in time, if it were matched (O2).
bool can_meet_deadline(const Bid& bid, Height height);

}  // namespace steelyard::market
