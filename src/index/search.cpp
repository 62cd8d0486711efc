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

/// Only what is to be indexed.
void add_indexed_events(FlatEvents& flat, std::span<const chain::Event> events) {
    for (const chain::Event& event : events) {
        for (const chain::EventAttribute& attribute : event.attributes) {
            if (attribute.index && !event.type.empty() && !attribute.key.empty()) {
                flat[event.type + '.' + attribute.key].push_back(attribute.value);
            }
        }
    }
}

bool fulfils(const FlatEvents& flat, const Condition& condition) {
    const auto found = flat.find(condition.tag);
    return found != flat.end() && std::ranges::any_of(found->second, [&](const std::string& value) {
               return condition.matches(value);
           });
}

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
        : subject_(subject), indexer_(indexer), blocks_(blocks), cost_(cost) {
        const storage::BlockRange range = indexer.range();
        span_ =
            range.empty() ? HeightSpan{Height(1), Height(0)} : HeightSpan{range.base, range.tip};
        for (const Condition& condition : query.conditions()) {
            sort_in(condition);
        }
    }

    Result<std::vector<HeightHits>> run() {
        if (span_.empty()) {
            return std::vector<HeightHits>();
        }
        std::vector<std::unique_ptr<HitSource>> sources;
        for (const Condition* condition : exact_) {
            sources.push_back(exact_source(
                indexer_.store(),
                cost_,
                subject_.table,
                condition->tag,
                std::get<std::string>(condition->operand)
            ));
        }
        if (sources.empty() && scans_.empty()) {
            TRY_ASSIGN(auto hits, every_height());
            return read(std::move(hits));
        }
        std::vector<HeightHits> hits;
        if (!sources.empty()) {
            TRY_ASSIGN(hits, join(sources));
            if (hits.size() <= read_blocks_max) {
                read_.insert(read_.end(), scans_.begin(), scans_.end());
                scans_.clear();
            }
        }
        if (!scans_.empty()) {
            sources.clear();
            for (const Condition* condition : scans_) {
                TRY_ASSIGN(
                    auto source,
                    scan_source(indexer_.store(), cost_, subject_.table, *condition, span_)
                );
                sources.push_back(std::move(source));
            }
            if (exact_.empty()) {
                TRY_ASSIGN(hits, join(sources));
            } else {
                TRY(keep_joined(hits, sources));
            }
        }
        return read(std::move(hits));
    }

private:
    /// Decides how a condition is looked up.
    void sort_in(const Condition& condition) {
        if (condition.tag == subject_.height_key) {
            heights_.push_back(&condition);
            narrow(condition);
        } else if (condition.tag == event_type_key) {
            if (!condition.matches(subject_.event_type)) {
                span_ = {Height(1), Height(0)};
            }
        } else if (condition.tag == tx_hash_key) {
            read_.push_back(&condition);
        } else if (condition.op == Operator::equal &&
                   std::holds_alternative<std::string>(condition.operand)) {
            exact_.push_back(&condition);
        } else {
            scans_.push_back(&condition);
        }
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

    bool is_wanted(Height height) const {
        const std::string text = std::to_string(height.value());
        return std::ranges::all_of(heights_, [&](const Condition* condition) {
            return condition->matches(text);
        });
    }

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
    Result<std::vector<HeightHits>> join(std::vector<std::unique_ptr<HitSource>>& sources) {
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

    /// The first height, from this one on, that is not known to be missing in some source.
    static Result<std::optional<Height>> seek_all(
        std::vector<std::unique_ptr<HitSource>>& sources, Height height
    ) {
        for (const auto& source : sources) {
            TRY_ASSIGN(const auto found, source->seek(height));
            if (!found || *found > height) {
                return found;
            }
        }
        return height;
    }

    static Result<std::vector<std::uint32_t>> common_indexes(
        std::vector<std::unique_ptr<HitSource>>& sources
    ) {
        std::vector<std::uint32_t> common;
        TRY(sources.front()->append_indexes(common));
        for (const auto& source : std::span(sources).subspan(1)) {
            std::vector<std::uint32_t> other;
            TRY(source->append_indexes(other));
            std::vector<std::uint32_t> both;
            std::ranges::set_intersection(common, other, std::back_inserter(both));
            common = std::move(both);
        }
        return common;
    }

    /// Removes the hits that a source does not have.
    static Result<void> keep_joined(
        std::vector<HeightHits>& hits, std::vector<std::unique_ptr<HitSource>>& sources
    ) {
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

    /// Checks the conditions that only the blocks themselves tell of.
    Result<std::vector<HeightHits>> read(std::vector<HeightHits> hits) {
        if (read_.empty()) {
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
        FlatEvents flat;
        if (subject_.table == Table::block_events) {
            add_indexed_events(flat, executed.results.events);
        } else if (index < executed.block.txs.size()) {
            add_indexed_events(flat, executed.results.tx_results[index].events);
            flat[std::string(tx_hash_key)].push_back(
                to_hex_upper(chain::tx_hash(executed.block.txs[index]))
            );
        }
        return std::ranges::all_of(read_, [&](const Condition* condition) {
            return fulfils(flat, *condition);
        });
    }

    Subject subject_;
    const Indexer& indexer_;
    BlockCache& blocks_;
    SearchCost& cost_;
    HeightSpan span_;
    std::vector<const Condition*> heights_;
    std::vector<const Condition*> exact_;
    std::vector<const Condition*> scans_;
    std::vector<const Condition*> read_;
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
    FlatEvents flat = flatten_tx(hash, place.height, {});
    add_indexed_events(flat, results[place.index].events);
    // A hash is the same in either case of letters.
    return std::ranges::all_of(query.conditions(), [&](const Condition& condition) {
        return (condition.tag == tx_hash_key && condition.op == Operator::equal) ||
               fulfils(flat, condition);
    });
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
