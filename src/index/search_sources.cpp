#include "index/search_sources.h"

#include "base/endian.h"

namespace steelyard::index {

using chain::Height;

Result<void> SearchCost::row() {
    constexpr std::uint64_t rows_per_look = 256;
    if (++rows_ > limits_.rows_max) {
        return fail(
            ErrorCode::too_large,
            "the search reads more than {} rows; narrow it down, such as by height",
            limits_.rows_max
        );
    }
    if (rows_ % rows_per_look == 0 && clock_.monotonic_now() - start_ > limits_.time_max) {
        return fail(
            ErrorCode::too_large,
            "the search takes more than {} ms; narrow it down, such as by height",
            std::chrono::duration_cast<std::chrono::milliseconds>(limits_.time_max).count()
        );
    }
    return {};
}

Result<void> SearchCost::hits(std::uint64_t count) {
    hits_ += count;
    if (hits_ > limits_.hits_max) {
        return fail(
            ErrorCode::too_large,
            "the search has more than {} hits; narrow it down, such as by height",
            limits_.hits_max
        );
    }
    return {};
}

namespace {

bool starts_with(ByteView key, ByteView prefix) {
    return key.size() >= prefix.size() && equal(key.first(prefix.size()), prefix);
}

Bytes with_height(Bytes prefix, Height height) {
    append_be(prefix, static_cast<std::uint64_t>(height.value()));
    return prefix;
}

class ExactSource final : public HitSource {
public:
    ExactSource(std::unique_ptr<storage::KvIterator> rows, SearchCost& cost, Bytes prefix)
        : rows_(std::move(rows)), cost_(cost), prefix_(std::move(prefix)) {}

    Result<std::optional<Height>> seek(Height height) override {
        if (height_ && *height_ >= height) {
            return height_;
        }
        TRY(cost_.row());
        height_.reset();
        rows_->seek(with_height(prefix_, height));
        if (!rows_->valid()) {
            TRY(rows_->status());
            return std::nullopt;
        }
        constexpr std::size_t height_size = sizeof(std::uint64_t);
        const ByteView key = rows_->key();
        if (!starts_with(key, prefix_) || key.size() != prefix_.size() + height_size) {
            return std::nullopt;
        }
        TRY_ASSIGN(
            height_,
            Height::parse(
                static_cast<std::int64_t>(load_be<std::uint64_t>(key.data() + prefix_.size()))
            )
        );
        return height_;
    }

    Result<void> append_places(std::vector<EventPlace>& out) override {
        return decode_postings(rows_->value(), out);
    }

private:
    std::unique_ptr<storage::KvIterator> rows_;
    SearchCost& cost_;
    Bytes prefix_;
    std::optional<Height> height_;
};

struct FoundEvent {
    Height height{};
    EventPlace place{};

    auto operator<=>(const FoundEvent&) const = default;
};

/// Hits that are all in memory.
class GatheredSource final : public HitSource {
public:
    /// Sorted, each once.
    explicit GatheredSource(std::vector<FoundEvent> found) : found_(std::move(found)) {}

    Result<std::optional<Height>> seek(Height height) override {
        const auto rest =
            std::ranges::subrange(found_.begin() + static_cast<std::ptrdiff_t>(at_), found_.end());
        const auto next = std::ranges::lower_bound(rest, height, {}, &FoundEvent::height);
        at_ = static_cast<std::size_t>(next - found_.begin());
        return next == found_.end() ? std::nullopt : std::optional(next->height);
    }

    Result<void> append_places(std::vector<EventPlace>& out) override {
        for (std::size_t i = at_; i < found_.size() && found_[i].height == found_[at_].height;
             ++i) {
            out.push_back(found_[i].place);
        }
        return {};
    }

private:
    std::vector<FoundEvent> found_;
    std::size_t at_ = 0;
};

class JoinedSource final : public HitSource {
public:
    explicit JoinedSource(std::vector<std::unique_ptr<HitSource>> sources)
        : sources_(std::move(sources)) {}

    Result<std::optional<Height>> seek(Height height) override {
        while (true) {
            TRY_ASSIGN(const auto found, seek_all(sources_, height));
            if (!found || *found == height) {
                return found;
            }
            height = *found;
        }
    }

    Result<void> append_places(std::vector<EventPlace>& out) override {
        std::vector<EventPlace> common;
        TRY(sources_.front()->append_places(common));
        for (const auto& source : std::span(sources_).subspan(1)) {
            std::vector<EventPlace> other;
            TRY(source->append_places(other));
            std::vector<EventPlace> both;
            std::ranges::set_intersection(common, other, std::back_inserter(both));
            common = std::move(both);
        }
        out.insert(out.end(), common.begin(), common.end());
        return {};
    }

private:
    std::vector<std::unique_ptr<HitSource>> sources_;
};

/// Reads the rows of one tag value by value.
class Scan {
public:
    Scan(
        const storage::KvStore& store,
        SearchCost& cost,
        Table table,
        const ValueClause& clause,
        const HeightSpan& span
    )
        : rows_(store.iterate()),
          cost_(cost),
          clause_(clause),
          span_(span),
          prefix_(tag_prefix(table, clause.tag())) {}

    Result<std::vector<FoundEvent>> run() {
        rows_->seek(first_key());
        const std::optional<Bytes> last = last_prefix();
        while (rows_->valid() && starts_with(rows_->key(), prefix_)) {
            if (last && compare(rows_->key(), *last) > 0 && !starts_with(rows_->key(), *last)) {
                break;
            }
            TRY(cost_.row());
            TRY(take_row());
        }
        TRY(rows_->status());
        std::ranges::sort(found_);
        const auto repeated = std::ranges::unique(found_);
        found_.erase(repeated.begin(), repeated.end());
        return std::move(found_);
    }

private:
    /// What the rows of a number's whole part begin with; nothing if the condition names none.
    std::optional<Bytes> prefix_of(const Condition& condition) const {
        const auto* number = std::get_if<Decimal>(&condition.operand);
        if (number == nullptr) {
            return std::nullopt;
        }
        Bytes key = prefix_;
        append_whole_part(key, number->whole);
        return key;
    }

    /// Values with a lower whole part are not looked at.
    Bytes first_key() const {
        Bytes first = prefix_;
        for (const Condition* condition : clause_.conditions) {
            const bool from_below =
                condition->op == Operator::less || condition->op == Operator::less_equal;
            const auto bound = prefix_of(*condition);
            if (bound && !from_below && compare(*bound, first) > 0) {
                first = *bound;
            }
        }
        return first;
    }

    /// Nor are those with a higher one.
    std::optional<Bytes> last_prefix() const {
        std::optional<Bytes> last;
        for (const Condition* condition : clause_.conditions) {
            const bool to_above =
                condition->op == Operator::greater || condition->op == Operator::greater_equal;
            const auto bound = prefix_of(*condition);
            if (bound && !to_above && (!last || compare(*bound, *last) < 0)) {
                last = bound;
            }
        }
        return last;
    }

    /// Takes the row if it is a hit, and goes to the next one that may be.
    Result<void> take_row() {
        TRY_ASSIGN(const EventRow row, parse_event_key(rows_->key(), prefix_.size()));
        Bytes value_prefix = to_bytes(rows_->key().first(row.height_offset));
        if (row.height > span_.last || !clause_.matches(row.value)) {
            // After all heights of this value.
            append_be(value_prefix, ~std::uint64_t{0});
            rows_->seek(value_prefix);
        } else if (row.height < span_.first) {
            rows_->seek(with_height(std::move(value_prefix), span_.first));
        } else {
            places_.clear();
            TRY(decode_postings(rows_->value(), places_));
            TRY(cost_.hits(places_.size()));
            for (const EventPlace& place : places_) {
                found_.push_back({row.height, place});
            }
            rows_->next();
        }
        return {};
    }

    std::unique_ptr<storage::KvIterator> rows_;
    SearchCost& cost_;
    const ValueClause& clause_;
    HeightSpan span_;
    Bytes prefix_;
    std::vector<EventPlace> places_;
    std::vector<FoundEvent> found_;
};

}  // namespace

std::unique_ptr<HitSource> exact_source(
    const storage::KvStore& store,
    SearchCost& cost,
    Table table,
    std::string_view tag,
    std::string_view value
) {
    Bytes prefix = tag_prefix(table, tag);
    append_value(prefix, value);
    return std::make_unique<ExactSource>(store.iterate(), cost, std::move(prefix));
}

Result<std::unique_ptr<HitSource>> scan_source(
    const storage::KvStore& store,
    SearchCost& cost,
    Table table,
    const ValueClause& clause,
    const HeightSpan& span
) {
    TRY_ASSIGN(auto found, Scan(store, cost, table, clause, span).run());
    return std::make_unique<GatheredSource>(std::move(found));
}

std::unique_ptr<HitSource> joined_source(std::vector<std::unique_ptr<HitSource>> sources) {
    return sources.size() == 1 ? std::move(sources.front())
                               : std::make_unique<JoinedSource>(std::move(sources));
}

Result<std::optional<Height>> seek_all(
    std::span<const std::unique_ptr<HitSource>> sources, Height height
) {
    for (const auto& source : sources) {
        TRY_ASSIGN(const auto found, source->seek(height));
        if (!found || *found > height) {
            return found;
        }
    }
    return height;
}

}  // namespace steelyard::index
