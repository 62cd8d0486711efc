#include "blob/exchange_messages.h"

#include "base/protowire.h"

namespace steelyard::blob {
namespace {

constexpr std::uint32_t want_field = 1;
constexpr std::uint32_t have_field = 2;
constexpr std::uint32_t cancel_field = 3;
constexpr std::uint32_t get_tree_field = 4;
constexpr std::uint32_t tree_field = 5;
constexpr std::uint32_t get_group_field = 6;
constexpr std::uint32_t group_field = 7;
constexpr std::uint32_t gone_field = 8;

constexpr std::size_t hash_size = std::tuple_size_v<Hash256>;
constexpr std::size_t overhead_max = 64;  ///< of a group's message, beside its content

Bytes encode(const Want& want) {
    ProtoWriter writer;
    for (const Hash256& id : want.ids) {
        writer.message(1, id);
    }
    writer.uint64(2, want.hops);
    return std::move(writer).take();
}

Bytes encode(const Cancel& cancel) {
    return encode(Want{cancel.ids, 0});
}

Bytes encode_id(const Hash256& id) {
    ProtoWriter writer;
    writer.bytes(1, id);
    return std::move(writer).take();
}

Bytes encode(const Have& have) {
    return encode_id(have.id);
}

Bytes encode(const GetTree& get) {
    return encode_id(get.id);
}

Bytes encode(const Gone& gone) {
    return encode_id(gone.id);
}

Bytes encode(const TreeMessage& message) {
    const BlobTree& tree = message.tree;
    Bytes dims;
    for (const std::uint64_t size : tree.header.type.shape.dimensions()) {
        append_uvarint(dims, size);
    }
    Bytes hashes;
    hashes.reserve(tree.groups.size() * hash_size);
    for (const Hash256& hash : tree.groups) {
        append(hashes, hash);
    }
    ProtoWriter writer;
    writer.bytes(1, message.id);
    writer.uint64(2, static_cast<std::uint64_t>(tree.header.type.dtype));
    writer.bytes(3, dims);
    writer.bytes(4, tree.header.root);
    writer.bytes(5, hashes);
    return std::move(writer).take();
}

Bytes encode(const GetGroup& get) {
    ProtoWriter writer;
    writer.bytes(1, get.id);
    writer.uint64(2, get.index);
    return std::move(writer).take();
}

Bytes encode(const GroupMessage& group) {
    ProtoWriter writer;
    writer.reserve(group.content.size() + overhead_max);
    writer.bytes(1, group.id);
    writer.uint64(2, group.index);
    writer.bytes(3, group.content);
    return std::move(writer).take();
}

std::uint32_t field_of(const ExchangeMessage& message) {
    return static_cast<std::uint32_t>(message.index()) + want_field;
}

Result<Want> decode_ids(std::string_view name, ByteView bytes, bool has_hops) {
    Want want;
    ProtoReader reader(name, bytes);
    while (reader.next()) {
        if (reader.field() == 1) {
            if (!reader.at_most("ids", want.ids.size(), ids_per_message_max)) {
                break;
            }
            const ByteView id = reader.repeated_bytes("ids", hash_size);
            if (id.size() != hash_size) {
                reader.refuse("ids", "holds what is no id");
                break;
            }
            std::ranges::copy(id, want.ids.emplace_back().begin());
        } else if (reader.field() == 2 && has_hops) {
            want.hops = reader.uint32("hops");
            if (want.hops > hops_max) {
                reader.refuse("hops", "is over 2");
            }
        } else {
            reader.unknown();
        }
    }
    reader.require(1, "ids");
    TRY(reader.finish());
    return want;
}

Result<Hash256> decode_id(std::string_view name, ByteView bytes) {
    Hash256 id{};
    ProtoReader reader(name, bytes);
    while (reader.next()) {
        if (reader.field() == 1) {
            id = reader.array<hash_size>("id");
        } else {
            reader.unknown();
        }
    }
    reader.require(1, "id");
    TRY(reader.finish());
    return id;
}

Result<vm::TensorType> decode_type(std::uint32_t number, ByteView dims) {
    const auto dtype = number <= vm::dtype_max
                           ? vm::dtype_from_number(static_cast<std::uint8_t>(number))
                           : std::nullopt;
    if (!dtype) {
        return invalid("dtype {} is not known", number);
    }
    std::vector<std::uint64_t> sizes;
    while (!dims.empty()) {
        if (sizes.size() == vm::rank_max) {
            return fail(ErrorCode::too_large, "dims: more than {}", vm::rank_max);
        }
        TRY_ASSIGN(const std::uint64_t size, take_uvarint(dims));
        sizes.push_back(size);
    }
    TRY_ASSIGN(const vm::TensorType type, vm::make_tensor_type(*dtype, sizes));
    TRY(check_size(type));
    return type;
}

Result<TreeMessage> decode_tree(ByteView bytes) {
    TreeMessage message;
    BlobTree& tree = message.tree;
    std::uint32_t dtype = 0;
    ByteView dims;
    ByteView hashes;
    ProtoReader reader("Tree", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                message.id = reader.array<hash_size>("id");
                break;
            case 2:
                dtype = reader.uint32("dtype");
                break;
            case 3:
                dims = reader.bytes("dims", vm::rank_max * uvarint_size_max);
                break;
            case 4:
                tree.header.root = reader.array<hash_size>("root");
                break;
            case 5:
                hashes = reader.bytes("hashes", groups_max * hash_size);
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "id");
    reader.require(4, "root");
    TRY(reader.finish());
    TRY_ASSIGN(tree.header.type, decode_type(dtype, dims));
    const std::uint32_t count = tree.header.group_count();
    if (hashes.size() != count * hash_size) {
        return invalid("Tree: {} bytes of hashes, {} groups", hashes.size(), count);
    }
    tree.groups.resize(count);
    for (Hash256& hash : tree.groups) {
        hash = to_array(hashes.first<hash_size>());
        hashes = hashes.subspan(hash_size);
    }
    return message;
}

Result<GroupMessage> decode_group(std::string_view name, ByteView bytes, bool has_content) {
    GroupMessage group;
    ProtoReader reader(name, bytes);
    while (reader.next()) {
        if (reader.field() == 1) {
            group.id = reader.array<hash_size>("id");
        } else if (reader.field() == 2) {
            group.index = reader.uint32("index");
            if (group.index >= groups_max) {
                reader.refuse("index", "is over that of the last group there can be");
            }
        } else if (reader.field() == 3 && has_content) {
            group.content = to_bytes(reader.bytes("content", group_bytes_max));
        } else {
            reader.unknown();
        }
    }
    reader.require(1, "id");
    TRY(reader.finish());
    return group;
}

/// The member of the oneof that the reader stands at.
Result<ExchangeMessage> decode_member(ProtoReader& reader) {
    switch (reader.field()) {
        case want_field:
            return decode_ids("Want", reader.message("want"), true);
        case have_field: {
            TRY_ASSIGN(const Hash256 id, decode_id("Have", reader.message("have")));
            return Have{id};
        }
        case cancel_field: {
            TRY_ASSIGN(Want ids, decode_ids("Cancel", reader.message("cancel"), false));
            return Cancel{std::move(ids.ids)};
        }
        case get_tree_field: {
            TRY_ASSIGN(const Hash256 id, decode_id("GetTree", reader.message("get_tree")));
            return GetTree{id};
        }
        case tree_field:
            return decode_tree(reader.message("tree"));
        case get_group_field: {
            TRY_ASSIGN(
                const GroupMessage get, decode_group("GetGroup", reader.message("get_group"), false)
            );
            return GetGroup{get.id, get.index};
        }
        case group_field:
            return decode_group("Group", reader.message("group"), true);
        case gone_field: {
            TRY_ASSIGN(const Hash256 id, decode_id("Gone", reader.message("gone")));
            return Gone{id};
        }
        default:
            reader.unknown();
            return Gone{};  // the reader's error is told
    }
}

}  // namespace

Bytes encode_exchange_message(const ExchangeMessage& message) {
    const Bytes member = std::visit([](const auto& it) { return encode(it); }, message);
    ProtoWriter writer;
    writer.reserve(member.size() + overhead_max);
    writer.message(field_of(message), member);
    return std::move(writer).take();
}

Result<ExchangeMessage> decode_exchange_message(ByteView bytes) {
    std::optional<ExchangeMessage> message;
    ProtoReader reader("ExchangeMessage", bytes);
    while (reader.next()) {
        if (message) {
            reader.refuse("sum", "is there twice");
            break;
        }
        TRY_ASSIGN(message, decode_member(reader));
    }
    TRY(reader.finish());
    if (!message) {
        return invalid("ExchangeMessage: sum is missing");
    }
    return *std::move(message);
}

}  // namespace steelyard::blob
