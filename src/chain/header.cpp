#include "chain/header.h"

#include "base/protowire.h"
#include "crypto/merkle.h"

namespace steelyard::chain {
namespace {

struct HashField {
    std::uint32_t number;
    std::string_view name;
    Hash256 Header::* hash;
};

constexpr std::uint32_t app_hash_field = 11;
constexpr std::uint32_t proposer_field = 14;

/// Fields 6 to 13 but for the application's hash, whose size the application chooses.
constexpr std::array hash_fields = {
    HashField{6, "last_commit_hash", &Header::last_commit_hash},
    HashField{7, "data_hash", &Header::data_hash},
    HashField{8, "validators_hash", &Header::validators_hash},
    HashField{9, "next_validators_hash", &Header::next_validators_hash},
    HashField{10, "consensus_hash", &Header::consensus_hash},
    HashField{12, "last_results_hash", &Header::last_results_hash},
    HashField{13, "evidence_hash", &Header::evidence_hash},
};

/// The value of field 6 to 13.
ByteView hash_value(const Header& header, std::uint32_t number) {
    if (number == app_hash_field) {
        return header.app_hash.view();
    }
    const auto* const field = std::ranges::find(hash_fields, number, &HashField::number);
    CHECK(field != hash_fields.end());
    return header.*field->hash;
}

Bytes encode_version(const ConsensusVersion& version) {
    ProtoWriter writer;
    writer.uint64(1, version.block);
    writer.uint64(2, version.app);
    return std::move(writer).take();
}

Result<ConsensusVersion> decode_version(ByteView bytes) {
    ConsensusVersion version{.block = 0, .app = 0};
    ProtoReader reader("Consensus", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                version.block = reader.uint64("block");
                break;
            case 2:
                version.app = reader.uint64("app");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    if (version.block != block_protocol) {
        return fail(
            ErrorCode::unsupported,
            "Consensus.block: {} is not the block protocol {}",
            version.block,
            block_protocol
        );
    }
    return version;
}

// A scalar field as a leaf: google.protobuf's StringValue, Int64Value and BytesValue.

Bytes string_leaf(std::string_view value) {
    ProtoWriter writer;
    writer.string(1, value);
    return std::move(writer).take();
}

Bytes int64_leaf(std::int64_t value) {
    ProtoWriter writer;
    writer.int64(1, value);
    return std::move(writer).take();
}

Bytes bytes_leaf(ByteView value) {
    ProtoWriter writer;
    writer.bytes(1, value);
    return std::move(writer).take();
}

void read_field(ProtoReader& reader, Header& header) {
    switch (reader.field()) {
        case 1:
            header.version = reader.nested("version", decode_version(reader.message("version")));
            break;
        case 2:
            header.chain_id = reader.nested(
                "chain_id", ChainId::parse(reader.string("chain_id", ChainId::size_max))
            );
            break;
        case 3:
            header.height = reader.nested("height", Height::parse(reader.int64("height")));
            break;
        case 4:
            header.time = reader.nested("time", decode_timestamp(reader.message("time")));
            break;
        case 5:
            header.last_block_id = reader.nested(
                "last_block_id", decode_optional_block_id(reader.message("last_block_id"))
            );
            break;
        case app_hash_field:
            header.app_hash = reader.nested(
                "app_hash", AppHash::parse(reader.bytes("app_hash", AppHash::size_max))
            );
            break;
        case proposer_field:
            header.proposer_address = reader.array<20>("proposer_address");
            break;
        default:
            const auto* const field =
                std::ranges::find(hash_fields, reader.field(), &HashField::number);
            if (field == hash_fields.end()) {
                reader.unknown();
                return;
            }
            header.*field->hash = reader.array<32>(field->name);
    }
}

}  // namespace

Hash256 header_hash(const Header& header) {
    std::vector<Bytes> leaves = {
        encode_version(header.version),
        string_leaf(header.chain_id.text()),
        int64_leaf(header.height.value()),
        encode_timestamp(header.time),
        encode_optional_block_id(header.last_block_id),
    };
    for (std::uint32_t number = hash_fields.front().number; number < proposer_field; ++number) {
        leaves.push_back(bytes_leaf(hash_value(header, number)));
    }
    leaves.push_back(bytes_leaf(header.proposer_address));
    return crypto::merkle_root(leaves);
}

Bytes encode_header(const Header& header) {
    ProtoWriter writer;
    writer.message(1, encode_version(header.version));
    writer.string(2, header.chain_id.text());
    writer.int64(3, header.height.value());
    writer.message(4, encode_timestamp(header.time));
    writer.message(5, encode_optional_block_id(header.last_block_id));
    for (std::uint32_t number = hash_fields.front().number; number < proposer_field; ++number) {
        writer.bytes(number, hash_value(header, number));
    }
    writer.bytes(proposer_field, header.proposer_address);
    return std::move(writer).take();
}

Result<Header> decode_header(ByteView bytes) {
    Header header;
    ProtoReader reader("Header", bytes);
    while (reader.next()) {
        read_field(reader, header);
    }
    reader.require(1, "version");
    reader.require(2, "chain_id");
    reader.require(3, "height");
    reader.require(4, "time");
    reader.require(5, "last_block_id");
    for (const HashField& field : hash_fields) {
        reader.require(field.number, field.name);
    }
    reader.require(proposer_field, "proposer_address");
    TRY(reader.finish());
    return header;
}

}  // namespace steelyard::chain
