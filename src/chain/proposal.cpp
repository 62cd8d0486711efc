#include "chain/proposal.h"

#include "base/protowire.h"
#include "crypto/public_key.h"

namespace steelyard::chain {
namespace {

// How "no pol_round" is written.
constexpr std::int32_t no_round = -1;

std::int64_t pol_round_number(const Proposal& proposal) {
    return proposal.pol_round ? proposal.pol_round->value() : no_round;
}

std::optional<Round> read_pol_round(ProtoReader& reader) {
    const std::int32_t number = reader.int32("pol_round");
    if (number == no_round) {
        return std::nullopt;
    }
    return reader.nested("pol_round", Round::parse(number));
}

void read_type(ProtoReader& reader) {
    const std::int32_t type = reader.int32("type");
    if (type != static_cast<std::int32_t>(SignedMsgType::proposal)) {
        reader.refuse("type", fmt::format("{} is not a proposal", type));
    }
}

void read_field(ProtoReader& reader, Proposal& proposal) {
    switch (reader.field()) {
        case 1:
            read_type(reader);
            break;
        case 2:
            proposal.height = reader.nested("height", Height::parse(reader.int64("height")));
            break;
        case 3:
            proposal.round = reader.nested("round", Round::parse(reader.int32("round")));
            break;
        case 4:
            proposal.pol_round = read_pol_round(reader);
            break;
        case 5:
            proposal.block_id =
                reader.nested("block_id", decode_block_id(reader.message("block_id")));
            break;
        case 6:
            proposal.timestamp =
                reader.nested("timestamp", decode_timestamp(reader.message("timestamp")));
            break;
        case 7:
            proposal.signature = reader.array<64>("signature");
            break;
        default:
            reader.unknown();
    }
}

}  // namespace

Bytes sign_bytes(const Proposal& proposal, const ChainId& chain_id) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint64_t>(SignedMsgType::proposal));
    writer.sfixed64(2, proposal.height.value());
    writer.sfixed64(3, proposal.round.value());
    writer.int64(4, pol_round_number(proposal));
    writer.message(5, encode_block_id(proposal.block_id));
    writer.message(6, encode_timestamp(proposal.timestamp));
    writer.string(7, chain_id.text());
    return length_prefixed(std::move(writer).take());
}

Result<void> verify_proposal(
    const Proposal& proposal, const ChainId& chain_id, const crypto::PublicKey& key
) {
    if (!key.verify(sign_bytes(proposal, chain_id), proposal.signature)) {
        return fail(ErrorCode::denied, "proposal has a bad signature");
    }
    return {};
}

Bytes encode_proposal(const Proposal& proposal) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint64_t>(SignedMsgType::proposal));
    writer.int64(2, proposal.height.value());
    writer.int64(3, proposal.round.value());
    writer.int64(4, pol_round_number(proposal));
    writer.message(5, encode_block_id(proposal.block_id));
    writer.message(6, encode_timestamp(proposal.timestamp));
    writer.bytes(7, proposal.signature);
    return std::move(writer).take();
}

Result<Proposal> decode_proposal(ByteView bytes) {
    Proposal proposal;
    proposal.pol_round = Round(0);  // what an absent field means
    ProtoReader reader("Proposal", bytes);
    while (reader.next()) {
        read_field(reader, proposal);
    }
    reader.require(1, "type");
    reader.require(2, "height");
    reader.require(5, "block_id");
    reader.require(6, "timestamp");
    reader.require(7, "signature");
    if (proposal.pol_round >= proposal.round) {
        reader.refuse(
            "pol_round",
            fmt::format("{} is not before round {}", *proposal.pol_round, proposal.round)
        );
    }
    if (proposal.block_id.parts.total > parts_max) {
        reader.refuse(
            "block_id",
            fmt::format("has {} parts, limit {}", proposal.block_id.parts.total, parts_max)
        );
    }
    TRY(reader.finish());
    return proposal;
}

}  // namespace steelyard::chain
