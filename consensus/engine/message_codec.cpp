#include "consensus/engine/message_codec.h"

#include "base/protowire.h"

namespace steelyard::engine {
namespace {

using consensus::BlockPart;
using consensus::Message;
using consensus::PeerStatus;
using consensus::Step;

// CometBFT's members of the oneof.
constexpr std::uint32_t proposal_field = 3;
constexpr std::uint32_t block_part_field = 5;
constexpr std::uint32_t vote_field = 6;

// Ours, for which CometBFT has nothing: far from where it would put new ones.
constexpr std::uint32_t commit_field = 1001;
constexpr std::uint32_t status_field = 1002;

/// A message that has nothing but another one, in field 1.
Bytes wrap(ByteView inner) {
    ProtoWriter writer;
    writer.message(1, inner);
    return std::move(writer).take();
}

Result<ByteView> unwrap(std::string_view wrapper, std::string_view name, ByteView bytes) {
    ByteView inner;
    ProtoReader reader(wrapper, bytes);
    while (reader.next()) {
        if (reader.field() == 1) {
            inner = reader.message(name);
        } else {
            reader.unknown();
        }
    }
    reader.require(1, name);
    TRY(reader.finish());
    return inner;
}

Result<chain::Proposal> decode_wrapped_proposal(ByteView bytes) {
    TRY_ASSIGN(const ByteView inner, unwrap("Proposal", "proposal", bytes));
    return chain::decode_proposal(inner);
}

Result<chain::Vote> decode_wrapped_vote(ByteView bytes) {
    TRY_ASSIGN(const ByteView inner, unwrap("Vote", "vote", bytes));
    return chain::decode_vote(inner);
}

Bytes encode_block_part(const BlockPart& message) {
    ProtoWriter writer;
    writer.int64(1, message.height.value());
    writer.int64(2, message.round.value());
    writer.message(3, chain::encode_part(message.part));
    return std::move(writer).take();
}

Result<BlockPart> decode_block_part(ByteView bytes) {
    BlockPart message;
    ProtoReader reader("BlockPart", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                message.height =
                    reader.nested("height", chain::Height::parse(reader.int64("height")));
                break;
            case 2:
                message.round = reader.nested("round", chain::Round::parse(reader.int32("round")));
                break;
            case 3:
                message.part = reader.nested("part", chain::decode_part(reader.message("part")));
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "height");
    reader.require(3, "part");
    TRY(reader.finish());
    return message;
}

Bytes encode_status(const PeerStatus& status) {
    ProtoWriter writer;
    writer.int64(1, status.height.value());
    writer.int64(2, status.round.value());
    writer.uint64(3, static_cast<std::uint64_t>(status.step));
    writer.boolean(4, status.has_proposal);
    writer.message(5, chain::encode_bit_array(status.prevotes));
    writer.message(6, chain::encode_bit_array(status.precommits));
    if (status.block_id) {
        writer.message(7, chain::encode_block_id(*status.block_id));
    }
    writer.message(8, chain::encode_bit_array(status.parts));
    return std::move(writer).take();
}

Step read_step(ProtoReader& reader) {
    const std::uint64_t step = reader.uint64("step");
    if (step > static_cast<std::uint64_t>(Step::decided)) {
        reader.refuse("step", fmt::format("{} is unknown", step));
        return Step::waiting;
    }
    return static_cast<Step>(step);
}

chain::BitArray read_bits(ProtoReader& reader, std::string_view name) {
    return reader.nested(name, chain::decode_bit_array(reader.message(name)));
}

void read_status_field(ProtoReader& reader, PeerStatus& status) {
    switch (reader.field()) {
        case 1:
            status.height = reader.nested("height", chain::Height::parse(reader.int64("height")));
            break;
        case 2:
            status.round = reader.nested("round", chain::Round::parse(reader.int32("round")));
            break;
        case 3:
            status.step = read_step(reader);
            break;
        case 4:
            status.has_proposal = reader.boolean("has_proposal");
            break;
        case 5:
            status.prevotes = read_bits(reader, "prevotes");
            break;
        case 6:
            status.precommits = read_bits(reader, "precommits");
            break;
        case 7:
            status.block_id =
                reader.nested("block_id", chain::decode_block_id(reader.message("block_id")));
            break;
        case 8:
            status.parts = read_bits(reader, "parts");
            break;
        default:
            reader.unknown();
    }
}

/// Whether the bits can be those of the block's parts; a node that has not begun to gather the
/// block has no bits at all.
void check_parts(ProtoReader& reader, const PeerStatus& status) {
    const std::size_t bits = status.parts.size();
    if (bits == 0) {
        return;
    }
    if (bits > chain::parts_max) {
        reader.refuse("parts", fmt::format("has {} bits, limit {}", bits, chain::parts_max));
    } else if (!status.block_id) {
        reader.refuse("parts", "is there without a block_id");
    } else if (bits != status.block_id->parts.total) {
        reader.refuse(
            "parts", fmt::format("has {} bits, the block {}", bits, status.block_id->parts.total)
        );
    }
}

Result<PeerStatus> decode_status(ByteView bytes) {
    PeerStatus status;
    ProtoReader reader("PeerStatus", bytes);
    while (reader.next()) {
        read_status_field(reader, status);
    }
    reader.require(1, "height");
    reader.require(5, "prevotes");
    reader.require(6, "precommits");
    reader.require(8, "parts");
    check_parts(reader, status);
    TRY(reader.finish());
    return status;
}

void write_member(ProtoWriter& writer, const chain::Proposal& proposal) {
    writer.message(proposal_field, wrap(chain::encode_proposal(proposal)));
}

void write_member(ProtoWriter& writer, const BlockPart& part) {
    writer.message(block_part_field, encode_block_part(part));
}

void write_member(ProtoWriter& writer, const chain::Vote& vote) {
    writer.message(vote_field, wrap(chain::encode_vote(vote)));
}

void write_member(ProtoWriter& writer, const chain::Commit& commit) {
    writer.message(commit_field, chain::encode_commit(commit));
}

void write_member(ProtoWriter& writer, const PeerStatus& status) {
    writer.message(status_field, encode_status(status));
}

/// Nothing after an error, but perhaps something: the reader tells.
std::optional<Message> read_member(ProtoReader& reader) {
    switch (reader.field()) {
        case proposal_field:
            return reader.nested("proposal", decode_wrapped_proposal(reader.message("proposal")));
        case block_part_field:
            return reader.nested("block_part", decode_block_part(reader.message("block_part")));
        case vote_field:
            return reader.nested("vote", decode_wrapped_vote(reader.message("vote")));
        case commit_field:
            return reader.nested("commit", chain::decode_commit(reader.message("commit")));
        case status_field:
            return reader.nested("status", decode_status(reader.message("status")));
        default:
            reader.unknown();
            return std::nullopt;
    }
}

}  // namespace

Bytes encode_message(const Message& message) {
    ProtoWriter writer;
    std::visit([&](const auto& member) { write_member(writer, member); }, message);
    return std::move(writer).take();
}

Result<Message> decode_message(ByteView bytes) {
    if (bytes.size() > message_size_max) {
        return fail(
            ErrorCode::too_large, "Message: has {} bytes, limit {}", bytes.size(), message_size_max
        );
    }
    std::optional<Message> message;
    ProtoReader reader("Message", bytes);
    while (reader.next()) {
        if (message) {
            reader.refuse("sum", "has a second member");
        } else {
            message = read_member(reader);
        }
    }
    TRY(reader.finish());
    if (!message) {
        return invalid("Message.sum: is missing");
    }
    return *std::move(message);
}

}  // namespace steelyard::engine
