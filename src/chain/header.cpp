#include "chain/header.h"

#include "base/protowire.h"
#include "crypto/merkle.h"

namespace steelyard::chain {
namespace {

struct HashField {
    std::string_view name;
    Hash256 Header::* hash;
};

constexpr std::uint32_t first_hash_field = 6;

/// Fields 6 to 13.
constexpr std::array hash_fields = {
    HashField{"last_commit_hash", &Header::last_commit_hash},
    HashField{"data_hash", &Header::data_hash},
    HashField{"validators_hash", &Header::validators_hash},
    HashField{"next_validators_hash", &Header::next_validators_hash},
    HashField{"consensus_hash", &Header::consensus_hash},
    HashField{"app_hash", &Header::app_hash},
    HashField{"last_results_hash", &Header::last_results_hash},
    HashField{"evidence_hash", &Header::evidence_hash},
};

constexpr std::uint32_t last_hash_field = first_hash_field + hash_fields.size() - 1;

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
        case last_hash_field + 1:
            header.proposer_address = reader.array<20>("proposer_address");
            break;
        default:
            if (reader.field() < first_hash_field || reader.field() > last_hash_field) {
                reader.unknown();
                return;
            }
            const auto& [name, hash] = hash_fields[reader.field() - first_hash_field];
            header.*hash = reader.array<32>(name);
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
    for (const HashField& field : hash_fields) {
        leaves.push_back(bytes_leaf(header.*field.hash));
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
    std::uint32_t number = first_hash_field;
    for (const HashField& field : hash_fields) {
        writer.bytes(number++, header.*field.hash);
    }
    writer.bytes(number, header.proposer_address);
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
    std::uint32_t number = first_hash_field;
    for (const HashField& field : hash_fields) {
        reader.require(number++, field.name);
    }
    reader.require(number, "proposer_address");
    TRY(reader.finish());
    return header;
}

}  // namespace steelyard::chain
