// The records in which a state lies in its KvStore: flat values, undo records, the head.
//
// doc/spec/storage.md (D1..D6) states keys and encodings.
#pragma once

#include "base/protowire.h"
#include "chain/ids.h"
#include "storage/kv_store.h"

namespace steelyard::storage {

constexpr std::uint64_t state_format = 1;
constexpr std::size_t store_name_size_max = 32;
constexpr std::size_t stores_max = 64;
constexpr std::size_t state_extra_size_max = 4096;

/// A store and the root of its tree.
struct StoreRoot {
    std::string name;
    crypto::Hash256 root = {};

    bool operator==(const StoreRoot&) const = default;
};

/// What was committed last.
struct StateHead {
    chain::Height height;
    crypto::Hash256 app_hash = {};
    Bytes extra;                    ///< the caller's, such as the block's id
    std::vector<StoreRoot> stores;  ///< in ascending order of names

    bool operator==(const StateHead&) const = default;
};

/// A record of a store as it was before a block changed it.
struct UndoEntry {
    Bytes key;
    Bytes before;  ///< empty: there was no such record

    bool operator==(const UndoEntry&) const = default;
};

struct StoreUndo {
    std::string name;
    std::vector<UndoEntry> entries;

    bool operator==(const StoreUndo&) const = default;
};

/// All that leads from a height back to the one before.
struct StateUndo {
    std::optional<StateHead> head;  ///< nothing: the height was the first
    std::vector<StoreUndo> stores;

    bool operator==(const StateUndo&) const = default;
};

Bytes encode_state_head(const StateHead& head);
Result<StateHead> decode_state_head(ByteView bytes);

Bytes encode_state_undo(const StateUndo& undo);

/// Encodes a StateUndo piece by piece, where copies of all its parts would cost too much.
class StateUndoWriter {
public:
    explicit StateUndoWriter(const std::optional<StateHead>& head);

    /// Adds to the store that is next to be closed.
    void entry(ByteView key, std::optional<ByteView> before);

    /// Ends a store's entries, if there were any.
    void close_store(std::string_view name);

    Bytes take() && { return std::move(undo_).take(); }

private:
    ProtoWriter undo_;
    ProtoWriter entries_;  ///< the store's, as fields of StoreUndo
    bool has_entries_ = false;
};
Result<StateUndo> decode_state_undo(ByteView bytes);

/// 1 to store_name_size_max characters of a-z, 0-9 and '_'.
bool is_store_name(std::string_view name);

Bytes state_head_key();
Bytes state_undo_key(chain::Height height);

/// The first byte of the keys of all records of all stores.
constexpr std::uint8_t state_record_tag = 's';

Bytes state_record_key(std::string_view store, ByteView key);

/// The parts of such a key, as views of it.
struct StateRecordKey {
    std::string_view store;
    ByteView key;
};
Result<StateRecordKey> parse_state_record_key(ByteView bytes);

}  // namespace steelyard::storage
