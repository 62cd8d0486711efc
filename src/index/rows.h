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
Bytes encode_tx_place(const TxPlace& place);
Result<TxPlace> decode_tx_place(ByteView bytes);

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

/// Appends the indexes of a row, which rise.
Result<void> decode_postings(ByteView bytes, std::vector<std::uint32_t>& out);

/// Gathers the event rows of one block: one for each tag and value, however many transactions have
/// it. The events outlive the gatherer.
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
        std::uint32_t last_index;
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
    std::vector<std::pair<std::uint32_t, std::uint32_t>> places_;  ///< row and index
};

}  // namespace steelyard::index
