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

ValidatorIndex read_validator_index(ProtoReader& reader) {
    const std::int32_t index = reader.int32("validator_index");
    if (index < 0 || index >= static_cast<std::int32_t>(validators_max)) {
        reader.refuse("validator_index", fmt::format("{} is out of range", index));
        return 0;
    }
    return static_cast<ValidatorIndex>(index);
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
    return std::move(writer).take();
}

Result<Vote> decode_vote(ByteView bytes) {
    Vote vote;
    ProtoReader reader("Vote", bytes);
    while (reader.next()) {
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
                vote.validator_index = read_validator_index(reader);
                break;
            case 8:
                vote.signature = reader.array<64>("signature");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "type");
    reader.require(2, "height");
    reader.require(4, "block_id");
    reader.require(5, "timestamp");
    reader.require(6, "validator_address");
    reader.require(8, "signature");
    TRY(reader.finish());
    return vote;
}

}  // namespace steelyard::chain
