#include "storage/state_records.h"

#include "base/endian.h"
#include "base/protowire.h"
#include "storage/crit_bit_tree.h"

namespace steelyard::storage {
namespace {

constexpr std::uint8_t head_tag = 'm';
constexpr std::uint8_t undo_tag = 'u';

Bytes encode(const StoreRoot& store) {
    ProtoWriter writer;
    writer.string(1, store.name);
    writer.bytes(2, store.root);
    return std::move(writer).take();
}

std::string read_store_name(ProtoReader& reader) {
    std::string name = reader.string("name", store_name_size_max);
    if (reader.ok() && !is_store_name(name)) {
        reader.refuse("name", "is not a store's name");
    }
    return name;
}

Result<StoreRoot> decode_store_root(ByteView bytes) {
    StoreRoot store;
    ProtoReader reader("StoreRoot", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                store.name = read_store_name(reader);
                break;
            case 2:
                store.root = reader.array<sizeof(crypto::Hash256)>("root");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "name");
    reader.require(2, "root");
    TRY(reader.finish());
    return store;
}

Result<UndoEntry> decode_undo_entry(ByteView bytes) {
    UndoEntry entry;
    ProtoReader reader("UndoEntry", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                entry.key = to_bytes(reader.bytes("key", state_key_size_max));
                break;
            case 2:
                entry.before = to_bytes(reader.bytes("before", state_value_size_max));
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "key");
    TRY(reader.finish());
    return entry;
}

Result<StoreUndo> decode_store_undo(ByteView bytes) {
    StoreUndo store;
    ProtoReader reader("StoreUndo", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                store.name = read_store_name(reader);
                break;
            case 2:
                // As many as there are: the record is our own, and each entry takes bytes of it.
                store.entries.push_back(
                    reader.nested("entries", decode_undo_entry(reader.repeated_message("entries")))
                );
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "name");
    reader.require(2, "entries");
    TRY(reader.finish());
    return store;
}

}  // namespace

Bytes encode_state_head(const StateHead& head) {
    ProtoWriter writer;
    writer.uint64(1, state_format);
    writer.int64(2, head.height.value());
    writer.bytes(3, head.app_hash);
    writer.bytes(4, head.extra);
    for (const StoreRoot& store : head.stores) {
        writer.message(5, encode(store));
    }
    return std::move(writer).take();
}

Result<StateHead> decode_state_head(ByteView bytes) {
    StateHead head;
    std::uint64_t format = 0;
    ProtoReader reader("StateHead", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                format = reader.uint64("format");
                break;
            case 2:
                head.height = reader.nested("height", chain::Height::parse(reader.int64("height")));
                break;
            case 3:
                head.app_hash = reader.array<sizeof(crypto::Hash256)>("app_hash");
                break;
            case 4:
                head.extra = to_bytes(reader.bytes("extra", state_extra_size_max));
                break;
            case 5:
                if (reader.at_most("stores", head.stores.size(), stores_max)) {
                    const ByteView store = reader.repeated_message("stores");
                    head.stores.push_back(reader.nested("stores", decode_store_root(store)));
                }
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "format");
    reader.require(3, "app_hash");
    TRY(reader.finish());
    if (format != state_format) {
        return fail(ErrorCode::unsupported, "state of format {}, not {}", format, state_format);
    }
    return head;
}

Bytes encode_state_undo(const StateUndo& undo) {
    StateUndoWriter writer(undo.head);
    for (const StoreUndo& store : undo.stores) {
        for (const auto& [key, before] : store.entries) {
            writer.entry(key, before);
        }
        writer.close_store(store.name);
    }
    return std::move(writer).take();
}

StateUndoWriter::StateUndoWriter(const std::optional<StateHead>& head) {
    if (head) {
        undo_.message(1, encode_state_head(*head));
    }
}

void StateUndoWriter::entry(ByteView key, std::optional<ByteView> before) {
    constexpr std::size_t framing_max = 16;
    ProtoWriter entry;
    entry.reserve(key.size() + (before ? before->size() : 0) + framing_max);
    entry.bytes(1, key);
    entry.bytes(2, before.value_or(ByteView{}));
    entries_.message(2, std::move(entry).take());
    has_entries_ = true;
}

void StateUndoWriter::close_store(std::string_view name) {
    if (!std::exchange(has_entries_, false)) {
        return;
    }
    ProtoWriter store;
    store.string(1, name);
    Bytes encoded = std::move(store).take();
    append(encoded, std::exchange(entries_, {}).take());
    undo_.message(2, encoded);
}

Result<StateUndo> decode_state_undo(ByteView bytes) {
    StateUndo undo;
    ProtoReader reader("StateUndo", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                undo.head = reader.nested("head", decode_state_head(reader.message("head")));
                break;
            case 2:
                if (reader.at_most("stores", undo.stores.size(), stores_max)) {
                    const ByteView store = reader.repeated_message("stores");
                    undo.stores.push_back(reader.nested("stores", decode_store_undo(store)));
                }
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return undo;
}

bool is_store_name(std::string_view name) {
    const auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !name.empty() && name.size() <= store_name_size_max &&
           std::ranges::all_of(name, is_allowed);
}

Bytes state_head_key() {
    return {head_tag};
}

Bytes state_undo_key(chain::Height height) {
    Bytes key = {undo_tag};
    append_be(key, static_cast<std::uint64_t>(height.value()));
    return key;
}

Bytes state_record_key(std::string_view store, ByteView key) {
    Bytes bytes;
    bytes.reserve(2 + store.size() + key.size());
    bytes.push_back(state_record_tag);
    append(bytes, as_bytes(store));
    bytes.push_back(0);
    append(bytes, key);
    return bytes;
}

Result<StateRecordKey> parse_state_record_key(ByteView bytes) {
    const auto end = std::ranges::find(bytes, std::uint8_t{0});
    const auto name_end = static_cast<std::size_t>(end - bytes.begin());
    if (bytes.empty() || bytes.front() != state_record_tag || name_end == bytes.size()) {
        return fail(ErrorCode::corrupt, "a state record has a key of another form");
    }
    return StateRecordKey{
        .store = as_text(bytes.subspan(1, name_end - 1)),
        .key = bytes.subspan(name_end + 1),
    };
}

}  // namespace steelyard::storage
