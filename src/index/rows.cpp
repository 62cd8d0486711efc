#include "index/rows.h"

#include "base/endian.h"
#include "base/protowire.h"

namespace steelyard::index {
namespace {

constexpr std::uint8_t format_version = 2;

// The first byte of a value in a key.
constexpr std::uint8_t number_class = 1;
constexpr std::uint8_t text_class = 2;

void append_escaped(Bytes& key, std::string_view text) {
    for (const std::uint8_t byte : as_bytes(text)) {
        key.push_back(byte);
        if (byte == 0) {
            key.push_back(0xff);
        }
    }
    key.push_back(0);
    key.push_back(0);
}

std::string_view whole_part(std::string_view value) {
    std::size_t end = 0;
    while (end < value.size() && value[end] >= '0' && value[end] <= '9') {
        ++end;
    }
    return value.substr(0, end);
}

void append_height(Bytes& out, chain::Height height) {
    append_be(out, static_cast<std::uint64_t>(height.value()));
}

Result<chain::Height> load_height(ByteView bytes) {
    return chain::Height::parse(static_cast<std::int64_t>(load_be<std::uint64_t>(bytes.data())));
}

std::unexpected<Error> damaged(std::string_view what) {
    return fail(ErrorCode::corrupt, "index: {} cannot be read", what);
}

}  // namespace

Bytes range_key() {
    return {static_cast<std::uint8_t>(Table::range)};
}

Bytes encode_range(const storage::BlockRange& range) {
    Bytes out = {format_version};
    append_height(out, range.base);
    append_height(out, range.tip);
    return out;
}

Result<storage::BlockRange> decode_range(ByteView bytes) {
    if (bytes.empty() || bytes[0] != format_version) {
        return fail(
            ErrorCode::unsupported,
            "index: has another format than {}; remove its folder (tx_index.db), and the next "
            "start "
            "makes it anew",
            format_version
        );
    }
    if (bytes.size() != 1 + 2 * sizeof(std::uint64_t)) {
        return damaged("the range");
    }
    TRY_ASSIGN(const auto base, load_height(bytes.subspan(1)));
    TRY_ASSIGN(const auto tip, load_height(bytes.subspan(1 + sizeof(std::uint64_t))));
    return storage::BlockRange{base, tip};
}

Bytes tx_place_key(const chain::Hash256& hash) {
    Bytes key = {static_cast<std::uint8_t>(Table::tx_place)};
    append(key, hash);
    return key;
}

Bytes encode_tx_row(const TxRow& row) {
    Bytes out;
    append_uvarint(out, static_cast<std::uint64_t>(row.place.height.value()));
    append_uvarint(out, std::uint64_t{row.place.index} << 1 | (row.failed ? 1U : 0U));
    return out;
}

Result<TxRow> decode_tx_row(ByteView bytes) {
    TRY_ASSIGN(const std::uint64_t height, take_uvarint(bytes));
    TRY_ASSIGN(const std::uint64_t index, take_uvarint(bytes));
    TRY_ASSIGN(const auto parsed, chain::Height::parse(static_cast<std::int64_t>(height)));
    return TxRow{{parsed, static_cast<std::uint32_t>(index >> 1)}, (index & 1U) != 0};
}

Bytes tx_count_key(chain::Height height) {
    Bytes key = {static_cast<std::uint8_t>(Table::tx_count)};
    append_height(key, height);
    return key;
}

Bytes tag_prefix(Table table, std::string_view tag) {
    Bytes key = {static_cast<std::uint8_t>(table)};
    append_be(key, static_cast<std::uint32_t>(tag.size()));
    append(key, as_bytes(tag));
    return key;
}

void append_whole_part(Bytes& key, std::string_view digits) {
    key.push_back(number_class);
    append_be(key, static_cast<std::uint32_t>(digits.size()));
    append(key, as_bytes(digits));
}

void append_value(Bytes& key, std::string_view value) {
    std::string_view whole = whole_part(value);
    if (whole.empty()) {
        key.push_back(text_class);
    } else {
        whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
        append_whole_part(key, whole);
    }
    append_escaped(key, value);
}

Result<EventRow> parse_event_key(ByteView key, std::size_t prefix_size) {
    constexpr std::size_t height_size = sizeof(std::uint64_t);
    constexpr std::size_t end_size = 2;
    if (key.size() < prefix_size + 1 + end_size + height_size) {
        return damaged("a key");
    }
    EventRow row;
    row.height_offset = key.size() - height_size;
    TRY_ASSIGN(row.height, load_height(key.subspan(row.height_offset)));
    std::size_t begin = prefix_size + 1;
    if (key[prefix_size] == number_class) {
        if (key.size() < begin + sizeof(std::uint32_t)) {
            return damaged("a key");
        }
        begin += sizeof(std::uint32_t) + load_be<std::uint32_t>(key.data() + begin);
    }
    const std::size_t end = row.height_offset - end_size;
    if (begin > end) {
        return damaged("a key");
    }
    for (std::size_t i = begin; i < end; ++i) {
        row.value.push_back(static_cast<char>(key[i]));
        i += key[i] == 0 ? 1 : 0;
    }
    return row;
}

namespace {

/// Most events of a row have the same number in their transactions, so it is written where it
/// changes only.
void append_posting(Bytes& out, const EventPlace& before, const EventPlace& place) {
    const bool is_changed = place.event != before.event;
    const std::uint64_t step = place.index - before.index;
    append_uvarint(out, step << 1 | (is_changed ? 1U : 0U));
    if (is_changed) {
        append_uvarint(out, place.event);
    }
}

}  // namespace

Result<void> decode_postings(ByteView bytes, std::vector<EventPlace>& out) {
    std::uint64_t index = 0;
    std::uint64_t event = 0;
    while (!bytes.empty()) {
        TRY_ASSIGN(const std::uint64_t step, take_uvarint(bytes));
        index += step >> 1;
        if ((step & 1U) != 0) {
            TRY_ASSIGN(event, take_uvarint(bytes));
        }
        out.push_back({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(event)});
    }
    return {};
}

std::uint32_t EventRows::tag_number(const std::string& type, const std::string& key) {
    composite_.assign(type).append(1, '.').append(key);
    const auto [found, is_new] =
        tag_numbers_.try_emplace(composite_, static_cast<std::uint32_t>(tags_.size()));
    if (is_new) {
        tags_.push_back(composite_);
    }
    return found->second;
}

void EventRows::add(std::uint32_t index, std::span<const chain::Event> events) {
    for (std::size_t number = 0; number < events.size(); ++number) {
        const chain::Event& event = events[number];
        if (event.type.empty()) {
            continue;
        }
        const EventPlace place{index, static_cast<std::uint32_t>(number)};
        for (const chain::EventAttribute& attribute : event.attributes) {
            if (!attribute.index || attribute.key.empty()) {
                continue;
            }
            const RowKey key{tag_number(event.type, attribute.key), attribute.value};
            const auto [found, is_new] =
                row_numbers_.try_emplace(key, static_cast<std::uint32_t>(rows_.size()));
            if (is_new) {
                rows_.push_back({key.tag, key.value, 0, {}});
            }
            Row& row = rows_[found->second];
            if (row.count > 0 && row.last == place) {
                continue;  // the event says the same twice
            }
            ++row.count;
            row.last = place;
            places_.emplace_back(found->second, place);
        }
    }
}

Bytes EventRows::key_of(const Row& row, Table table, chain::Height height) const {
    Bytes key = tag_prefix(table, tags_[row.tag]);
    key.reserve(key.size() + 2 * row.value.size() + 32);
    append_value(key, row.value);
    append_height(key, height);
    return key;
}

void EventRows::put(storage::WriteBatch& batch, Table table, chain::Height height) const {
    // The places of each row next to each other, in the order in which they came.
    std::vector<std::uint32_t> ends(rows_.size());
    std::uint32_t end = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        ends[i] = end;
        end += rows_[i].count;
    }
    std::vector<EventPlace> sorted(places_.size());
    for (const auto& [row, place] : places_) {
        sorted[ends[row]++] = place;
    }

    Bytes postings;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        postings.clear();
        EventPlace before;
        for (std::uint32_t at = ends[i] - rows_[i].count; at < ends[i]; ++at) {
            append_posting(postings, before, sorted[at]);
            before = sorted[at];
        }
        batch.put(key_of(rows_[i], table, height), postings);
    }
}

void EventRows::erase(storage::WriteBatch& batch, Table table, chain::Height height) const {
    for (const Row& row : rows_) {
        batch.erase(key_of(row, table, height));
    }
}

}  // namespace steelyard::index
