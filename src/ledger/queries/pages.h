// Pages of long answers: cosmos.base.query.v1beta1.
#pragma once

#include "ledger/queries/answer.h"
#include "ledger/state/state_view.h"

#include <functional>

namespace cosmos::base::query::v1beta1 {
class PageRequest;
class PageResponse;
}  // namespace cosmos::base::query::v1beta1

namespace steelyard::queries {

inline constexpr std::uint64_t page_size_default = 100;
inline constexpr std::uint64_t page_size_max = 1'000;

/// The most records that one page walks over, counting and skipping included.
inline constexpr std::uint64_t page_walk_max = 100'000;

/// Which part of the records is asked for.
struct Page {
    Bytes key{};               ///< behind the prefix, of the first record; empty: the beginning
    std::uint64_t offset = 0;  ///< records to skip, where there is no key
    std::uint64_t limit = page_size_default;
    bool count_total = true;
    bool reverse = false;
};

/// Where the next page begins, and how many records there are.
struct PageEnd {
    Bytes next_key{};         ///< empty: there is no more
    std::uint64_t total = 0;  ///< where it was asked for; at most page_walk_max
};

/// A request without a limit wants the default and the total. A limit over the largest is cut.
/// Errors: key and offset at once, a key or an offset that is too large.
Answer<Page> read_page(const cosmos::base::query::v1beta1::PageRequest& request);

void write_page_end(const PageEnd& end, cosmos::base::query::v1beta1::PageResponse& response);

/// What a walk is over, and which of its records are in the answer.
struct PageSource {
    const ledger::StateView& state;
    ledger::Store store;
    ByteView prefix;
    std::function<Answer<bool>(const ledger::Record&)> matches{};  ///< empty: all do
};

/// Calls `take` with each record of the page, in order. Errors: those of the calls, and a walk that
/// would be longer than page_walk_max before the page is full (invalid_argument).
Answer<PageEnd> visit_page(
    const PageSource& source,
    const Page& page,
    const std::function<Answer<void>(const ledger::Record&)>& take
);

/// The whole way, from the request's page to the response's.
template <typename Request, typename Response>
Answer<void> answer_page(
    const PageSource& source,
    const Request& request,
    Response& response,
    const std::function<Answer<void>(const ledger::Record&)>& take
) {
    TRY_ASSIGN(const Page page, read_page(request.pagination()));
    TRY_ASSIGN(const PageEnd end, visit_page(source, page, take));
    write_page_end(end, *response.mutable_pagination());
    return {};
}

}  // namespace steelyard::queries
