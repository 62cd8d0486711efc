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

    Result<void> append_indexes(std::vector<std::uint32_t>& out) override {
        return decode_postings(rows_->value(), out);
    }

private:
    std::unique_ptr<storage::KvIterator> rows_;
    SearchCost& cost_;
    Bytes prefix_;
    std::optional<Height> height_;
};

/// Hits that are all in memory.
class GatheredSource final : public HitSource {
public:
    /// Sorted, each once.
    explicit GatheredSource(std::vector<TxPlace> places) : places_(std::move(places)) {}

    Result<std::optional<Height>> seek(Height height) override {
        const auto rest = std::ranges::subrange(
            places_.begin() + static_cast<std::ptrdiff_t>(at_), places_.end()
        );
        const auto found = std::ranges::lower_bound(rest, height, {}, &TxPlace::height);
        at_ = static_cast<std::size_t>(found - places_.begin());
        return found == places_.end() ? std::nullopt : std::optional(found->height);
    }

    Result<void> append_indexes(std::vector<std::uint32_t>& out) override {
        for (std::size_t i = at_; i < places_.size() && places_[i].height == places_[at_].height;
             ++i) {
            out.push_back(places_[i].index);
        }
        return {};
    }

private:
    std::vector<TxPlace> places_;
    std::size_t at_ = 0;
};

/// Reads the rows of one tag value by value.
class Scan {
public:
    Scan(
        const storage::KvStore& store,
        SearchCost& cost,
        Table table,
        const Condition& condition,
        const HeightSpan& span
    )
        : rows_(store.iterate()),
          cost_(cost),
          condition_(condition),
          span_(span),
          prefix_(tag_prefix(table, condition.tag)) {}

    Result<std::vector<TxPlace>> run() {
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
        std::ranges::sort(places_);
        const auto repeated = std::ranges::unique(places_);
        places_.erase(repeated.begin(), repeated.end());
        return std::move(places_);
    }

private:
    const Decimal* number() const { return std::get_if<Decimal>(&condition_.operand); }

    /// Values with a lower whole part are not looked at.
    Bytes first_key() const {
        Bytes key = prefix_;
        const bool from_below =
            condition_.op == Operator::less || condition_.op == Operator::less_equal;
        if (number() != nullptr && !from_below) {
            append_whole_part(key, number()->whole);
        }
        return key;
    }

    /// Nor are those with a higher one.
    std::optional<Bytes> last_prefix() const {
        const bool to_above =
            condition_.op == Operator::greater || condition_.op == Operator::greater_equal;
        if (number() == nullptr || to_above) {
            return std::nullopt;
        }
        Bytes key = prefix_;
        append_whole_part(key, number()->whole);
        return key;
    }

    /// Takes the row if it is a hit, and goes to the next one that may be.
    Result<void> take_row() {
        TRY_ASSIGN(const EventRow row, parse_event_key(rows_->key(), prefix_.size()));
        Bytes value_prefix = to_bytes(rows_->key().first(row.height_offset));
        if (row.height > span_.last || !condition_.matches(row.value)) {
            // After all heights of this value.
            append_be(value_prefix, ~std::uint64_t{0});
            rows_->seek(value_prefix);
        } else if (row.height < span_.first) {
            rows_->seek(with_height(std::move(value_prefix), span_.first));
        } else {
            indexes_.clear();
            TRY(decode_postings(rows_->value(), indexes_));
            TRY(cost_.hits(indexes_.size()));
            for (const std::uint32_t index : indexes_) {
                places_.push_back({row.height, index});
            }
            rows_->next();
        }
        return {};
    }

    std::unique_ptr<storage::KvIterator> rows_;
    SearchCost& cost_;
    const Condition& condition_;
    HeightSpan span_;
    Bytes prefix_;
    std::vector<std::uint32_t> indexes_;
    std::vector<TxPlace> places_;
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
    const Condition& condition,
    const HeightSpan& span
) {
    TRY_ASSIGN(auto places, Scan(store, cost, table, condition, span).run());
    return std::make_unique<GatheredSource>(std::move(places));
}

}  // namespace steelyard::index
