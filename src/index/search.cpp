#include "index/search.h"

#include "base/check.h"
#include "base/hex.h"
#include "base/protowire.h"
#include "chain/txs.h"
#include "index/search_sources.h"

#include <charconv>

namespace steelyard::index {

using chain::Height;

namespace {

/// Up to so many blocks that the exact conditions leave are read themselves, rather than all
/// values of the other conditions' tags.
constexpr std::size_t read_blocks_max = 16;

/// What differs between searches for transactions and for blocks.
struct Subject {
    Table table;
    std::string_view height_key;
    std::string_view event_type;
};
constexpr Subject tx_subject{Table::tx_events, tx_height_key, "Tx"};
constexpr Subject block_subject{Table::block_events, block_height_key, "NewBlock"};

/// The hits of one height; `all` of them, or those that are listed.
struct HeightHits {
    Height height{};
    std::uint32_t count = 0;
    std::optional<std::vector<std::uint32_t>> indexes{};  ///< nothing: 0 to count - 1
};

/// The height that a number's whole part names, or the greatest one.
Height height_of(const Decimal& number) {
    constexpr std::int64_t greatest = Height::foreign_max;
    std::int64_t value = 0;
    const auto [end, error] =
        std::from_chars(number.whole.data(), number.whole.data() + number.whole.size(), value);
    static_cast<void>(end);
    const bool overflows = error == std::errc::result_out_of_range || value > greatest;
    return Height(overflows ? greatest : value);
}

/// One search.
class Search {
public:
    Search(
        const Subject& subject,
        const Indexer& indexer,
        BlockCache& blocks,
        SearchCost& cost,
        const Query& query
    )
        : subject_(subject),
          indexer_(indexer),
          blocks_(blocks),
          cost_(cost),
          clauses_(query, subject.height_key),
          must_read_(!clauses_.hashes.empty()) {
        const storage::BlockRange range = indexer.range();
        const bool may_hit = !range.empty() && clauses_.take_event_type(subject.event_type);
        span_ = may_hit ? HeightSpan{range.base, range.tip} : HeightSpan{Height(1), Height(0)};
        for (const Condition* condition : clauses_.heights) {
            narrow(*condition);
        }
    }

    Result<std::vector<HeightHits>> run() {
        if (span_.empty()) {
            return std::vector<HeightHits>();
        }
        if (clauses_.events.empty()) {
            TRY_ASSIGN(auto hits, every_height());
            return read(std::move(hits));
        }
        std::vector<HeightHits> hits;
        auto exact = exact_sources();
        if (!exact.empty()) {
            TRY_ASSIGN(hits, join(exact));
            if (hits.size() <= read_blocks_max && must_scan()) {
                must_read_ = true;
                return read(std::move(hits));
            }
        }
        TRY_ASSIGN(auto scans, scan_sources());
        if (exact.empty()) {
            TRY_ASSIGN(hits, join(scans));
        } else if (!scans.empty()) {
            TRY(keep_joined(hits, scans));
        }
        return read(std::move(hits));
    }

private:
    using Sources = std::vector<std::unique_ptr<HitSource>>;

    bool must_scan() const {
        return std::ranges::any_of(clauses_.events, [](const EventClause& clause) {
            return std::ranges::any_of(clause.values, [](const ValueClause& value) {
                return value.exact_text() == nullptr;
            });
        });
    }

    std::unique_ptr<HitSource> exact_source_of(const ValueClause& value) {
        return exact_source(
            indexer_.store(), cost_, subject_.table, value.tag(), *value.exact_text()
        );
    }

    /// What single rows say: one source for each clause that names values.
    Sources exact_sources() {
        Sources sources;
        for (const EventClause& clause : clauses_.events) {
            Sources values;
            for (const ValueClause& value : clause.values) {
                if (value.exact_text() != nullptr) {
                    values.push_back(exact_source_of(value));
                }
            }
            if (!values.empty()) {
                sources.push_back(joined_source(std::move(values)));
            }
        }
        return sources;
    }

    /// All of each clause that does not only name values: its values and the others must be of one
    /// event.
    Result<Sources> scan_sources() {
        Sources sources;
        for (const EventClause& clause : clauses_.events) {
            Sources values;
            bool scans = false;
            for (const ValueClause& value : clause.values) {
                if (value.exact_text() != nullptr) {
                    values.push_back(exact_source_of(value));
                } else {
                    scans = true;
                    TRY_ASSIGN(
                        auto source,
                        scan_source(indexer_.store(), cost_, subject_.table, value, span_)
                    );
                    values.push_back(std::move(source));
                }
            }
            if (scans) {
                sources.push_back(joined_source(std::move(values)));
            }
        }
        return sources;
    }

    /// Leaves out heights that the condition excludes; not all of them.
    void narrow(const Condition& condition) {
        const auto* number = std::get_if<Decimal>(&condition.operand);
        if (number == nullptr) {
            return;
        }
        const Height bound = height_of(*number);
        const bool from_above =
            condition.op == Operator::greater || condition.op == Operator::greater_equal;
        const bool from_below =
            condition.op == Operator::less || condition.op == Operator::less_equal;
        if (!from_below) {
            span_.first = std::max(span_.first, bound);
        }
        if (!from_above) {
            span_.last = std::min(span_.last, bound);
        }
    }

    bool is_wanted(Height height) const { return clauses_.take_height(height); }

    /// All transactions, or blocks, of the wanted heights.
    Result<std::vector<HeightHits>> every_height() {
        std::vector<HeightHits> out;
        const auto rows = indexer_.store().iterate();
        rows->seek(tx_count_key(span_.first));
        for (Height height = span_.first; height <= span_.last; height = height.next()) {
            TRY(cost_.row());
            std::uint32_t count = 1;
            if (subject_.table == Table::tx_events) {
                if (!rows->valid() || !equal(rows->key(), tx_count_key(height))) {
                    TRY(rows->status());
                    continue;  // pruned meanwhile
                }
                ByteView value = rows->value();
                TRY_ASSIGN(const std::uint64_t stored, take_uvarint(value));
                count = static_cast<std::uint32_t>(stored);
                rows->next();
            }
            if (count > 0 && is_wanted(height)) {
                TRY(cost_.hits(count));
                out.push_back({height, count});
            }
        }
        return out;
    }

    /// The hits that all sources have.
    Result<std::vector<HeightHits>> join(Sources& sources) {
        std::vector<HeightHits> out;
        Height height = span_.first;
        while (height <= span_.last) {
            TRY_ASSIGN(const auto next, seek_all(sources, height));
            if (!next || *next > span_.last) {
                break;
            }
            if (*next == height && is_wanted(height)) {
                TRY_ASSIGN(auto indexes, common_indexes(sources));
                TRY(cost_.hits(indexes.size()));
                if (!indexes.empty()) {
                    const auto count = static_cast<std::uint32_t>(indexes.size());
                    out.push_back({height, count, std::move(indexes)});
                }
            }
            height = *next == height ? height.next() : *next;
        }
        return out;
    }

    /// The transactions with an event of each source.
    static Result<std::vector<std::uint32_t>> common_indexes(Sources& sources) {
        TRY_ASSIGN(auto common, indexes_of(*sources.front()));
        for (const auto& source : std::span(sources).subspan(1)) {
            TRY_ASSIGN(const auto other, indexes_of(*source));
            std::vector<std::uint32_t> both;
            std::ranges::set_intersection(common, other, std::back_inserter(both));
            common = std::move(both);
        }
        return common;
    }

    static Result<std::vector<std::uint32_t>> indexes_of(HitSource& source) {
        std::vector<EventPlace> places;
        TRY(source.append_places(places));
        std::vector<std::uint32_t> indexes;
        for (const EventPlace& place : places) {
            if (indexes.empty() || indexes.back() != place.index) {
                indexes.push_back(place.index);
            }
        }
        return indexes;
    }

    /// Removes the hits that a source does not have.
    static Result<void> keep_joined(std::vector<HeightHits>& hits, Sources& sources) {
        for (HeightHits& at_height : hits) {
            TRY_ASSIGN(const auto found, seek_all(sources, at_height.height));
            std::vector<std::uint32_t> both;
            if (found == at_height.height) {
                TRY_ASSIGN(const auto common, common_indexes(sources));
                std::ranges::set_intersection(
                    at_height.indexes.value(), common, std::back_inserter(both)
                );
            }
            at_height.count = static_cast<std::uint32_t>(both.size());
            at_height.indexes = std::move(both);
        }
        std::erase_if(hits, [](const HeightHits& at_height) { return at_height.count == 0; });
        return {};
    }

    /// Checks what only the blocks themselves tell of, and what they tell cheaper than the rows.
    Result<std::vector<HeightHits>> read(std::vector<HeightHits> hits) {
        if (!must_read_) {
            return hits;
        }
        for (HeightHits& at_height : hits) {
            const auto block = blocks_.get(at_height.height);
            std::vector<std::uint32_t> kept;
            if (!block && block.error().code() != ErrorCode::not_found) {
                return std::unexpected(block.error());
            }
            for (std::uint32_t i = 0; block && i < at_height.count; ++i) {
                const std::uint32_t index = at_height.indexes ? (*at_height.indexes)[i] : i;
                TRY(cost_.row());
                if (fulfils_read(**block, index)) {
                    kept.push_back(index);
                }
            }
            at_height.count = static_cast<std::uint32_t>(kept.size());
            at_height.indexes = std::move(kept);
        }
        std::erase_if(hits, [](const HeightHits& at_height) { return at_height.count == 0; });
        return hits;
    }

    bool fulfils_read(const ExecutedBlock& executed, std::uint32_t index) const {
        if (subject_.table == Table::block_events) {
            return clauses_.hashes.empty() && clauses_.take_events(executed.results.events);
        }
        if (index >= executed.block.txs.size() ||
            !clauses_.take_events(executed.results.tx_results[index].events)) {
            return false;
        }
        return clauses_.hashes.empty() ||
               clauses_.take_hash(to_hex_upper(chain::tx_hash(executed.block.txs[index])));
    }

    Subject subject_;
    const Indexer& indexer_;
    BlockCache& blocks_;
    SearchCost& cost_;
    Clauses clauses_;
    bool must_read_;
    HeightSpan span_;
};

/// The hash that the query asks for, if it asks for one.
std::optional<chain::Hash256> wanted_hash(const Query& query) {
    for (const Condition& condition : query.conditions()) {
        const auto* text = std::get_if<std::string>(&condition.operand);
        if (condition.tag != tx_hash_key || condition.op != Operator::equal || text == nullptr) {
            continue;
        }
        chain::Hash256 hash{};
        if (from_hex(*text, hash)) {
            return hash;
        }
    }
    return std::nullopt;
}

/// Whether a transaction that was found by its hash fulfils the query.
Result<bool> fulfils_all(
    BlockCache& blocks, const TxPlace& place, const chain::Hash256& hash, const Query& query
) {
    const auto executed = blocks.get(place.height);
    if (!executed) {
        const bool is_pruned = executed.error().code() == ErrorCode::not_found;
        return is_pruned ? Result<bool>(false) : std::unexpected(executed.error());
    }
    const auto& results = (*executed)->results.tx_results;
    if (place.index >= results.size()) {
        return false;
    }
    Clauses clauses(query, tx_height_key);
    // A hash is the same in either case of letters.
    std::erase_if(clauses.hashes, [](const Condition* condition) {
        return condition->op == Operator::equal;
    });
    return clauses.take_event_type(tx_subject.event_type) && clauses.take_height(place.height) &&
           clauses.take_hash(to_hex_upper(hash)) &&
           clauses.take_events(results[place.index].events);
}

Result<SearchPage<TxPlace>> cut_page(
    const std::vector<HeightHits>& hits, const PageRequest& request
) {
    SearchPage<TxPlace> page;
    for (const HeightHits& at_height : hits) {
        page.total += at_height.count;
    }
    TRY_ASSIGN(PageBounds bounds, page_bounds(request, page.total));
    if (request.descending) {
        bounds = {page.total - bounds.end, page.total - bounds.begin};
    }
    std::uint64_t first = 0;  // of the height's hits
    for (const HeightHits& at_height : hits) {
        const std::uint64_t begin = std::max(bounds.begin, first);
        const std::uint64_t end = std::min(bounds.end, first + at_height.count);
        for (std::uint64_t i = begin; i < end; ++i) {
            const auto nth = static_cast<std::uint32_t>(i - first);
            page.hits.push_back(
                {at_height.height, at_height.indexes ? (*at_height.indexes)[nth] : nth}
            );
        }
        first += at_height.count;
    }
    if (request.descending) {
        std::ranges::reverse(page.hits);
    }
    return page;
}

}  // namespace

Result<PageBounds> page_bounds(const PageRequest& request, std::uint64_t total) {
    const std::int64_t asked = request.per_page.value_or(PageRequest::per_page_default);
    const auto per_page = static_cast<std::uint64_t>(
        asked < 1 ? PageRequest::per_page_default : std::min(asked, PageRequest::per_page_max)
    );
    const std::uint64_t pages = std::max<std::uint64_t>((total + per_page - 1) / per_page, 1);
    const std::int64_t page = request.page.value_or(1);
    if (page < 1 || static_cast<std::uint64_t>(page) > pages) {
        return invalid("page should be within [1, {}] range, given {}", pages, page);
    }
    const std::uint64_t begin = (static_cast<std::uint64_t>(page) - 1) * per_page;
    return PageBounds{begin, std::min(total, begin + per_page)};
}

Result<SearchPage<TxPlace>> Searcher::txs(const Query& query, const PageRequest& page) const {
    if (const auto hash = wanted_hash(query)) {
        std::vector<HeightHits> hits;
        TRY_ASSIGN(const auto place, indexer_.find_tx(*hash));
        if (place) {
            TRY_ASSIGN(const bool is_hit, fulfils_all(blocks_, *place, *hash, query));
            if (is_hit) {
                hits.push_back({place->height, 1, std::vector{place->index}});
            }
        }
        return cut_page(hits, page);
    }
    SearchCost cost(limits_, clock_);
    TRY_ASSIGN(const auto hits, Search(tx_subject, indexer_, blocks_, cost, query).run());
    return cut_page(hits, page);
}

Result<SearchPage<Height>> Searcher::blocks(const Query& query, const PageRequest& page) const {
    SearchCost cost(limits_, clock_);
    TRY_ASSIGN(const auto hits, Search(block_subject, indexer_, blocks_, cost, query).run());
    TRY_ASSIGN(const auto places, cut_page(hits, page));
    SearchPage<Height> out;
    out.total = places.total;
    for (const TxPlace& place : places.hits) {
        out.hits.push_back(place.height);
    }
    return out;
}

}  // namespace steelyard::index
