#include "ledger/queries/pages.h"

#include "cosmos/base/query/v1beta1/pagination.pb.h"

#include <algorithm>

namespace steelyard::queries {
namespace {

using ledger::Record;

constexpr std::size_t key_size_max = 256;

Bytes joined(ByteView prefix, ByteView rest) {
    Bytes key = to_bytes(prefix);
    append(key, rest);
    return key;
}

Answer<bool> matches(const PageSource& source, const Record& record) {
    return source.matches ? source.matches(record) : Answer<bool>(true);
}

/// Walks record by record, and no further than allowed.
class Walk {
public:
    Walk(const PageSource& source, Bytes from) : source_(source), from_(std::move(from)) {}

    /// The next record that matches; nothing at the end, or when the walk has become too long.
    Answer<std::optional<Record>> next() {
        while (!is_too_long()) {
            TRY_ASSIGN(
                std::optional<Record> record,
                source_.state.first(source_.store, source_.prefix, from_)
            );
            if (!record) {
                return std::optional<Record>();
            }
            ++walked_;
            from_ = ledger::after(record->key);
            TRY_ASSIGN(const bool is_asked_for, matches(source_, *record));
            if (is_asked_for) {
                return record;
            }
        }
        return std::optional<Record>();
    }

    bool is_too_long() const { return walked_ >= page_walk_max; }

private:
    const PageSource& source_;
    Bytes from_;
    std::uint64_t walked_ = 0;
};

std::unexpected<QueryFailure> too_long() {
    return invalid_argument("the page lies behind {} records, ask for it by key", page_walk_max);
}

Answer<PageEnd> visit_forward(
    const PageSource& source,
    const Page& page,
    const std::function<Answer<void>(const Record&)>& take
) {
    Walk walk(source, joined(source.prefix, page.key));
    PageEnd end;
    const std::uint64_t behind = page.offset + page.limit;
    for (std::uint64_t seen = 0;; ++seen) {
        TRY_ASSIGN(const std::optional<Record> record, walk.next());
        if (!record) {
            if (seen < behind && walk.is_too_long()) {
                return too_long();
            }
            end.total = seen;
            return end;
        }
        if (seen >= page.offset && seen < behind) {
            TRY(take(*record));
        }
        if (seen == behind) {
            end.next_key = to_bytes(ByteView(record->key).subspan(source.prefix.size()));
        }
        if (seen >= behind && !page.count_total) {
            return end;
        }
    }
}

/// The state walks forward only: all keys up to where the page begins are looked at.
Answer<PageEnd> visit_backward(
    const PageSource& source,
    const Page& page,
    const std::function<Answer<void>(const Record&)>& take
) {
    Walk walk(source, to_bytes(source.prefix));
    std::vector<Record> all;
    while (true) {
        TRY_ASSIGN(std::optional<Record> record, walk.next());
        if (!record) {
            break;
        }
        const ByteView key = ByteView(record->key).subspan(source.prefix.size());
        if (!page.key.empty() && compare(key, page.key) > 0) {
            break;
        }
        all.push_back(*std::move(record));
    }
    if (walk.is_too_long()) {
        return too_long();
    }
    PageEnd end{.total = all.size()};
    const std::uint64_t first = std::min<std::uint64_t>(page.offset, all.size());
    const std::uint64_t behind = std::min<std::uint64_t>(first + page.limit, all.size());
    for (std::uint64_t i = first; i < behind; ++i) {
        TRY(take(all[all.size() - 1 - i]));
    }
    if (behind < all.size()) {
        const Record& next = all[all.size() - 1 - behind];
        end.next_key = to_bytes(ByteView(next.key).subspan(source.prefix.size()));
    }
    return end;
}

}  // namespace

Answer<Page> read_page(const cosmos::base::query::v1beta1::PageRequest& request) {
    if (!request.key().empty() && request.offset() != 0) {
        return invalid_argument("a page has a key or an offset, not both");
    }
    if (request.key().size() > key_size_max) {
        return invalid_argument(
            "page key has {} bytes, limit {}", request.key().size(), key_size_max
        );
    }
    if (request.offset() > page_walk_max) {
        return invalid_argument(
            "page offset is {}, limit {}: ask by key", request.offset(), page_walk_max
        );
    }
    return Page{
        .key = to_bytes(as_bytes(request.key())),
        .offset = request.offset(),
        .limit = request.limit() == 0 ? page_size_default
                                      : std::min<std::uint64_t>(request.limit(), page_size_max),
        .count_total = request.key().empty() && (request.count_total() || request.limit() == 0),
        .reverse = request.reverse(),
    };
}

void write_page_end(const PageEnd& end, cosmos::base::query::v1beta1::PageResponse& response) {
    response.set_next_key(std::string(as_text(end.next_key)));
    response.set_total(end.total);
}

Answer<PageEnd> visit_page(
    const PageSource& source,
    const Page& page,
    const std::function<Answer<void>(const Record&)>& take
) {
    TRY_ASSIGN(
        PageEnd end,
        page.reverse ? visit_backward(source, page, take) : visit_forward(source, page, take)
    );
    if (!page.count_total) {
        end.total = 0;
    }
    return end;
}

}  // namespace steelyard::queries
