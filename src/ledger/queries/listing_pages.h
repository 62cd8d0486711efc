// Pages of what an account has, out of the listings that are kept in memory. Private to the .cpp
// files of this folder.
#pragma once

#include "ledger/queries/pages.h"
#include "market/book/listings.h"

namespace steelyard::queries {

/// The most entries of a listing that one page looks at. A page that ends there is short, and tells
/// where to go on.
inline constexpr std::uint64_t listing_walk_max = 10'000;

/// A place in a listing: the order's id (8) and the task (4), big-endian.
Bytes listing_key(const market::JobId& id);
Answer<market::JobId> read_listing_key(ByteView key);

namespace detail {

inline const market::Owned& owned_in(const market::Owned& entry) {
    return entry;
}

inline const market::Owned& owned_in(const std::pair<const market::Owned, market::AskKey>& entry) {
    return entry.first;
}

/// From `begin` on, which is reversed where the page is.
template <typename Iterator, typename Take>
Answer<PageEnd> visit_listing(
    Iterator begin, Iterator end, ledger::AccountNumber owner, const Page& page, const Take& take
) {
    PageEnd result;
    std::uint64_t looked_at = 0;
    std::uint64_t seen = 0;
    for (; begin != end && owned_in(*begin).owner == owner; ++begin) {
        const bool is_full = seen == page.offset + page.limit;
        if (result.next_key.empty() && (is_full || looked_at == listing_walk_max)) {
            result.next_key = listing_key(owned_in(*begin).id);
        }
        if (!result.next_key.empty()) {
            if (!page.count_total || looked_at == page_walk_max) {
                break;
            }
        } else if (seen < page.offset) {
            ++seen;
        } else {
            TRY_ASSIGN(const bool is_taken, take(*begin));
            seen += is_taken ? 1 : 0;
        }
        ++looked_at;
    }
    result.total = page.count_total ? looked_at : 0;
    return result;
}

}  // namespace detail

/// Calls `take` with the owner's entries of a map or set by Owned, in order; it answers whether the
/// entry is in the page. The total counts all that the owner has.
template <typename Container, typename Request, typename Response, typename Take>
Answer<void> answer_listing(
    const Container& entries,
    ledger::AccountNumber owner,
    const Request& request,
    Response& response,
    const Take& take
) {
    TRY_ASSIGN(const Page page, read_page(request.pagination()));
    market::JobId from;
    if (page.reverse) {
        from = {market::OrderId{UINT64_MAX}, UINT32_MAX};
    }
    if (!page.key.empty()) {
        TRY_ASSIGN(from, read_listing_key(page.key));
    }
    const market::Owned first{owner, from};
    if (page.reverse) {
        const auto begin = std::make_reverse_iterator(entries.upper_bound(first));
        TRY_ASSIGN(
            const PageEnd end, detail::visit_listing(begin, entries.rend(), owner, page, take)
        );
        write_page_end(end, *response.mutable_pagination());
        return {};
    }
    TRY_ASSIGN(
        const PageEnd end,
        detail::visit_listing(entries.lower_bound(first), entries.end(), owner, page, take)
    );
    write_page_end(end, *response.mutable_pagination());
    return {};
}

}  // namespace steelyard::queries
