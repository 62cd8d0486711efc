// The rows of the index: their keys, and the lists of transactions in them (doc/spec/index.md).
#pragma once

#include "chain/exec_result.h"
#include "index/indexer.h"

#include <unordered_map>

namespace steelyard::index {

/// The first byte of a key. The numbers are stored.
enum class Table : std::uint8_t {
    range = 0,
    tx_place = 1,
    tx_events = 2,
    block_events = 3,
    tx_count = 4,
};

Bytes range_key();
Bytes encode_range(const storage::BlockRange& range);
Result<storage::BlockRange> decode_range(ByteView bytes);

Bytes tx_place_key(const chain::Hash256& hash);

/// A transaction's row.
struct TxRow {
    TxPlace place{};
    bool failed = false;
};
Bytes encode_tx_row(const TxRow& row);
Result<TxRow> decode_tx_row(ByteView bytes);

Bytes tx_count_key(chain::Height height);

/// What the keys of all rows of a tag begin with.
Bytes tag_prefix(Table table, std::string_view tag);

/// Appends a value such that the bytes sort as the values do: numbers by their whole part, before
/// all other values; then as texts.
void append_value(Bytes& key, std::string_view value);

/// Appends what all values begin with whose whole part is this one.
void append_whole_part(Bytes& key, std::string_view digits);

/// A tag's row: its value, and the height.
struct EventRow {
    std::string value{};
    chain::Height height{};
    std::size_t height_offset = 0;  ///< in the key
};

/// Takes the key of an event row apart, after so many bytes of tag_prefix.
Result<EventRow> parse_event_key(ByteView key, std::size_t prefix_size);

/// An event: the index of its transaction in the block, and its own in the transaction. Of a
/// block's own events the first is 0.
struct EventPlace {
    std::uint32_t index = 0;
    std::uint32_t event = 0;

    auto operator<=>(const EventPlace&) const = default;
};

/// Appends the events of a row, which rise.
Result<void> decode_postings(ByteView bytes, std::vector<EventPlace>& out);

/// Gathers the event rows of one block: one for each tag and value, however many events have it.
/// The events outlive the gatherer.
class EventRows {
public:
    /// Indexes rise from call to call.
    void add(std::uint32_t index, std::span<const chain::Event> events);

    void put(storage::WriteBatch& batch, Table table, chain::Height height) const;
    void erase(storage::WriteBatch& batch, Table table, chain::Height height) const;

private:
    struct Row {
        std::uint32_t tag;
        std::string_view value;
        std::uint32_t count;
        EventPlace last;
    };

    struct RowKey {
        std::uint32_t tag;
        std::string_view value;

        bool operator==(const RowKey&) const = default;
    };

    struct RowKeyHash {
        std::size_t operator()(const RowKey& key) const {
            return std::hash<std::string_view>()(key.value) * 31 + key.tag;
        }
    };

    std::uint32_t tag_number(const std::string& type, const std::string& key);
    Bytes key_of(const Row& row, Table table, chain::Height height) const;

    std::string composite_;
    std::unordered_map<std::string, std::uint32_t> tag_numbers_;
    std::vector<std::string> tags_;
    std::unordered_map<RowKey, std::uint32_t, RowKeyHash> row_numbers_;
    std::vector<Row> rows_;
    std::vector<std::pair<std::uint32_t, EventPlace>> places_;  ///< by row
};

}  // namespace steelyard::index
