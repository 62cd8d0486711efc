#include "market/book/clearing.h"
#include "market/book/rows.h"
#include "market/book/sellers.h"

namespace steelyard::market {
namespace {

/// One bid against all asks.
class Comparison {
public:
    Comparison(Sellers& sellers, const ClearingRules& rules, Price limit, const Bid& bid)
        : sellers_(sellers),
          rules_(rules),
          limit_(limit),
          can_meet_deadline_(can_meet_deadline(bid, rules.height)) {
        wanted_.become(bid);
    }

    Mismatch with(const AskRow& row) {
        if (row.key.row.price > limit_) {
            return Mismatch::price;
        }
        Seller& seller = sellers_.of(row.ask.provider, row.key.row.book.class_id);
        const ProviderFacts& facts = seller.provider->facts;
        if (is_void(row.key, row.ask, facts, rules_.height)) {
            return Mismatch::void_ask;
        }
        if (const Mismatch found = sellers_.compare(wanted_, seller); found != Mismatch::none) {
            return found;
        }
        if (row.ask.work_units == 0 || row.ask.work_units < wanted_.bid->work_units) {
            return Mismatch::work_units;
        }
        if (!can_meet_deadline_) {
            return Mismatch::deadline;
        }
        if (!sellers_.has_slot(seller)) {
            return Mismatch::slot;
        }
        const auto terms = sellers_.terms(row.key.row.price, wanted_.bid->work_units);
        return terms && terms->reserved <= facts.free_bond ? Mismatch::none : Mismatch::bond;
    }

private:
    Sellers& sellers_;
    const ClearingRules& rules_;
    Price limit_;
    bool can_meet_deadline_;
    Wanted wanted_{};
};

}  // namespace

std::string_view to_string(Mismatch mismatch) {
    switch (mismatch) {
        case Mismatch::none:
            return "none";
        case Mismatch::price:
            return "price";
        case Mismatch::void_ask:
            return "void_ask";
        case Mismatch::unavailable:
            return "unavailable";
        case Mismatch::region:
            return "region";
        case Mismatch::attribute:
            return "attribute";
        case Mismatch::excluded:
            return "excluded";
        case Mismatch::reputation:
            return "reputation";
        case Mismatch::work_units:
            return "work_units";
        case Mismatch::deadline:
            return "deadline";
        case Mismatch::slot:
            return "slot";
        case Mismatch::bond:
            return "bond";
    }
    CHECK(false);
}

Explanation explain(
    const Books& books,
    FactsSource& facts,
    const ClearingRules& rules,
    BookId book,
    Price limit,
    const Bid& bid
) {
    const BookRows& rows = books.rows();
    Explanation explanation;
    const auto found = rows.books.find(book);
    if (found == rows.books.end()) {
        return explanation;
    }
    Sellers sellers(facts, rules);
    Comparison comparison(sellers, rules, limit, bid);
    for (auto place = found->second.asks.begin(); !place.is_end(); ++place) {
        ++explanation.asks;
        ++explanation.by_mismatch[comparison.with(rows.asks[place->row])];
    }
    return explanation;
}

}  // namespace steelyard::market
