#include "chain/vote.h"

#include "base/hex.h"
#include "base/protowire.h"
#include "crypto/public_key.h"

namespace steelyard::chain {
namespace {

SignedMsgType read_vote_type(ProtoReader& reader) {
    const std::int32_t type = reader.int32("type");
    if (type != static_cast<std::int32_t>(SignedMsgType::prevote) &&
        type != static_cast<std::int32_t>(SignedMsgType::precommit)) {
        reader.refuse("type", fmt::format("{} is neither prevote nor precommit", type));
        return SignedMsgType::prevote;
    }
    return static_cast<SignedMsgType>(type);
}

ValidatorIndex read_validator_index(ProtoReader& reader, std::int32_t index_max) {
    const std::int32_t index = reader.int32("validator_index");
    if (index < 0 || index > index_max) {
        reader.refuse("validator_index", fmt::format("{} is out of range", index));
        return 0;
    }
    return static_cast<ValidatorIndex>(index);
}

Round read_any_round(ProtoReader& reader) {
    const std::int32_t round = reader.int32("round");
    if (round < 0) {
        reader.refuse("round", fmt::format("{} is negative", round));
        return {};
    }
    return Round(round);
}

void read_field(ProtoReader& reader, Vote& vote) {
    switch (reader.field()) {
        case 1:
            vote.type = read_vote_type(reader);
            break;
        case 2:
            vote.height = reader.nested("height", Height::parse(reader.int64("height")));
            break;
        case 3:
            vote.round = reader.nested("round", Round::parse(reader.int32("round")));
            break;
        case 4:
            vote.block_id =
                reader.nested("block_id", decode_optional_block_id(reader.message("block_id")));
            break;
        case 5:
            vote.timestamp =
                reader.nested("timestamp", decode_timestamp(reader.message("timestamp")));
            break;
        case 6:
            vote.validator_address = reader.array<20>("validator_address");
            break;
        case 7:
            vote.validator_index = read_validator_index(reader, validators_max - 1);
            break;
        case 8:
            vote.signature = reader.array<64>("signature");
            break;
        default:
            reader.unknown();
    }
}

void read_evidence_field(ProtoReader& reader, Vote& vote) {
    switch (reader.field()) {
        case 3:
            vote.round = read_any_round(reader);
            break;
        case 7:
            vote.validator_index =
                read_validator_index(reader, std::numeric_limits<std::int32_t>::max());
            break;
        case 9:
            vote.extension = to_bytes(reader.bytes("extension", block_size_max));
            break;
        case 10:
            vote.extension_signature =
                to_bytes(reader.bytes("extension_signature", vote.signature.size()));
            break;
        default:
            read_field(reader, vote);
    }
}

void require_fields(ProtoReader& reader) {
    reader.require(1, "type");
    reader.require(2, "height");
    reader.require(4, "block_id");
    reader.require(5, "timestamp");
    reader.require(6, "validator_address");
    reader.require(8, "signature");
}

/// Only a precommit for a block has an extension, and only with a signature; a signature may stand
/// alone.
void check_extension(ProtoReader& reader, const Vote& vote) {
    const bool may_have_one = vote.type == SignedMsgType::precommit && vote.block_id.has_value();
    if (!may_have_one && (reader.seen(9) || reader.seen(10))) {
        reader.refuse("extension", "is present in a vote that has none");
    }
    if (reader.seen(9)) {
        reader.require(10, "extension_signature");
    }
}

}  // namespace

Bytes sign_bytes(const Vote& vote, const ChainId& chain_id) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint64_t>(vote.type));
    writer.sfixed64(2, vote.height.value());
    writer.sfixed64(3, vote.round.value());
    if (vote.block_id) {
        writer.message(4, encode_block_id(*vote.block_id));
    }
    writer.message(5, encode_timestamp(vote.timestamp));
    writer.string(6, chain_id.text());
    return length_prefixed(std::move(writer).take());
}

Result<void> verify_vote(const Vote& vote, const ChainId& chain_id, const crypto::PublicKey& key) {
    if (key.address() != vote.validator_address) {
        return fail(
            ErrorCode::denied,
            "vote names validator {}, not {}",
            to_hex_upper(vote.validator_address),
            to_hex_upper(key.address())
        );
    }
    if (!key.verify(sign_bytes(vote, chain_id), vote.signature)) {
        return fail(
            ErrorCode::denied,
            "vote of validator {} has a bad signature",
            to_hex_upper(vote.validator_address)
        );
    }
    return {};
}

Bytes encode_vote(const Vote& vote) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint64_t>(vote.type));
    writer.int64(2, vote.height.value());
    writer.int64(3, vote.round.value());
    writer.message(4, encode_optional_block_id(vote.block_id));
    writer.message(5, encode_timestamp(vote.timestamp));
    writer.bytes(6, vote.validator_address);
    writer.uint64(7, vote.validator_index);
    writer.bytes(8, vote.signature);
    writer.bytes(9, vote.extension);
    writer.bytes(10, vote.extension_signature);
    return std::move(writer).take();
}

Result<Vote> decode_vote(ByteView bytes) {
    Vote vote;
    ProtoReader reader("Vote", bytes);
    while (reader.next()) {
        read_field(reader, vote);
    }
    require_fields(reader);
    TRY(reader.finish());
    return vote;
}

Result<Vote> decode_evidence_vote(ByteView bytes) {
    Vote vote;
    ProtoReader reader("Vote", bytes);
    while (reader.next()) {
        read_evidence_field(reader, vote);
    }
    require_fields(reader);
    check_extension(reader, vote);
    TRY(reader.finish());
    return vote;
}

}  // namespace steelyard::chain
