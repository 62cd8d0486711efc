#include "consensus/gossip/reactor_message.h"

#include "base/protowire.h"
#include "consensus/engine/message_codec.h"

namespace steelyard::gossip {
namespace {

using chain::Height;
using chain::Round;
using chain::SignedMsgType;

// Members of the oneof. Proposals, parts and votes are the engine's to read and write.
constexpr std::uint32_t new_round_step_field = 1;
constexpr std::uint32_t new_valid_block_field = 2;
constexpr std::uint32_t proposal_pol_field = 4;
constexpr std::uint32_t has_vote_field = 7;
constexpr std::uint32_t vote_set_maj23_field = 8;
constexpr std::uint32_t vote_set_bits_field = 9;

Height read_height(ProtoReader& reader) {
    return reader.nested("height", Height::parse(reader.int64("height")));
}

Round read_round(ProtoReader& reader, std::string_view name = "round") {
    return reader.nested(name, Round::parse(reader.int32(name)));
}

SignedMsgType read_vote_type(ProtoReader& reader) {
    const std::int32_t type = reader.int32("type");
    if (type != 1 && type != 2) {
        reader.refuse("type", fmt::format("{} is not of a vote", type));
        return SignedMsgType::prevote;
    }
    return static_cast<SignedMsgType>(type);
}

chain::BitArray read_bits(ProtoReader& reader, std::string_view name) {
    return reader.nested(name, chain::decode_bit_array(reader.message(name)));
}

std::optional<chain::BlockId> read_block_id(ProtoReader& reader) {
    return reader.nested("block_id", chain::decode_optional_block_id(reader.message("block_id")));
}

Bytes encode(const NewRoundStep& message) {
    ProtoWriter writer;
    writer.int64(1, message.height.value());
    writer.int64(2, message.round.value());
    writer.uint64(3, static_cast<std::uint64_t>(message.step));
    writer.int64(4, message.seconds_since_start);
    writer.int64(5, message.last_commit_round ? message.last_commit_round->value() : -1);
    return std::move(writer).take();
}

RoundStep read_step(ProtoReader& reader) {
    const std::uint32_t step = reader.uint32("step");
    if (step < 1 || step > static_cast<std::uint32_t>(RoundStep::commit)) {
        reader.refuse("step", fmt::format("{} is unknown", step));
        return RoundStep::new_height;
    }
    return static_cast<RoundStep>(step);
}

Result<NewRoundStep> decode_new_round_step(ByteView bytes) {
    NewRoundStep message{.last_commit_round = Round()};
    ProtoReader reader("NewRoundStep", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                message.height = read_height(reader);
                break;
            case 2:
                message.round = read_round(reader);
                break;
            case 3:
                message.step = read_step(reader);
                break;
            case 4:
                message.seconds_since_start = reader.int64("seconds_since_start_time");
                break;
            case 5: {
                const std::int32_t round = reader.int32("last_commit_round");
                message.last_commit_round =
                    round == -1 ? std::optional<Round>()
                                : reader.nested("last_commit_round", Round::parse(round));
                break;
            }
            default:
                reader.unknown();
        }
    }
    reader.require(1, "height");
    reader.require(3, "step");
    TRY(reader.finish());
    return message;
}

Bytes encode(const NewValidBlock& message) {
    ProtoWriter writer;
    writer.int64(1, message.height.value());
    writer.int64(2, message.round.value());
    writer.message(3, chain::encode_part_set_header(message.header));
    writer.message(4, chain::encode_bit_array(message.parts));
    writer.boolean(5, message.is_commit);
    return std::move(writer).take();
}

Result<NewValidBlock> decode_new_valid_block(ByteView bytes) {
    NewValidBlock message;
    ProtoReader reader("NewValidBlock", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                message.height = read_height(reader);
                break;
            case 2:
                message.round = read_round(reader);
                break;
            case 3:
                message.header = reader.nested(
                    "block_part_set_header",
                    chain::decode_part_set_header(reader.message("block_part_set_header"))
                );
                break;
            case 4:
                message.parts = read_bits(reader, "block_parts");
                break;
            case 5:
                message.is_commit = reader.boolean("is_commit");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "height");
    reader.require(3, "block_part_set_header");
    reader.require(4, "block_parts");
    TRY(reader.finish());
    const std::size_t bits = message.parts.size();
    if (bits == 0 || bits > chain::parts_max || bits != message.header.total) {
        return invalid(
            "NewValidBlock.block_parts: has {} bits, the block {}", bits, message.header.total
        );
    }
    return message;
}

Bytes encode(const ProposalPol& message) {
    ProtoWriter writer;
    writer.int64(1, message.height.value());
    writer.int64(2, message.pol_round.value());
    writer.message(3, chain::encode_bit_array(message.prevotes));
    return std::move(writer).take();
}

Result<ProposalPol> decode_proposal_pol(ByteView bytes) {
    ProposalPol message;
    ProtoReader reader("ProposalPOL", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                message.height = read_height(reader);
                break;
            case 2:
                message.pol_round = read_round(reader, "proposal_pol_round");
                break;
            case 3:
                message.prevotes = read_bits(reader, "proposal_pol");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "height");
    reader.require(3, "proposal_pol");
    TRY(reader.finish());
    if (message.prevotes.size() == 0) {
        return invalid("ProposalPOL.proposal_pol: has no bits");
    }
    return message;
}

Bytes encode(const HasVote& message) {
    ProtoWriter writer;
    writer.int64(1, message.height.value());
    writer.int64(2, message.round.value());
    writer.uint64(3, static_cast<std::uint64_t>(message.type));
    writer.int64(4, message.index);
    return std::move(writer).take();
}

Result<HasVote> decode_has_vote(ByteView bytes) {
    HasVote message;
    ProtoReader reader("HasVote", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                message.height = read_height(reader);
                break;
            case 2:
                message.round = read_round(reader);
                break;
            case 3:
                message.type = read_vote_type(reader);
                break;
            case 4:
                message.index = reader.int32("index");
                if (message.index < 0) {
                    reader.refuse("index", "is negative");
                }
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "height");
    reader.require(3, "type");
    TRY(reader.finish());
    return message;
}

template <typename M>
void write_vote_set(ProtoWriter& writer, const M& message) {
    writer.int64(1, message.height.value());
    writer.int64(2, message.round.value());
    writer.uint64(3, static_cast<std::uint64_t>(message.type));
    writer.message(4, chain::encode_optional_block_id(message.block_id));
}

/// One of the four fields that both messages about sets of votes begin with.
template <typename M>
void read_vote_set_field(ProtoReader& reader, M& message) {
    switch (reader.field()) {
        case 1:
            message.height = read_height(reader);
            break;
        case 2:
            message.round = read_round(reader);
            break;
        case 3:
            message.type = read_vote_type(reader);
            break;
        case 4:
            message.block_id = read_block_id(reader);
            break;
        default:
            reader.unknown();
    }
}

Bytes encode(const VoteSetMaj23& message) {
    ProtoWriter writer;
    write_vote_set(writer, message);
    return std::move(writer).take();
}

Result<VoteSetMaj23> decode_vote_set_maj23(ByteView bytes) {
    VoteSetMaj23 message;
    ProtoReader reader("VoteSetMaj23", bytes);
    while (reader.next()) {
        read_vote_set_field(reader, message);
    }
    reader.require(1, "height");
    reader.require(3, "type");
    reader.require(4, "block_id");
    TRY(reader.finish());
    return message;
}

Bytes encode(const VoteSetBits& message) {
    ProtoWriter writer;
    write_vote_set(writer, message);
    writer.message(5, chain::encode_bit_array(message.votes));
    return std::move(writer).take();
}

Result<VoteSetBits> decode_vote_set_bits(ByteView bytes) {
    VoteSetBits message;
    ProtoReader reader("VoteSetBits", bytes);
    while (reader.next()) {
        if (reader.field() == 5) {
            message.votes = read_bits(reader, "votes");
        } else {
            read_vote_set_field(reader, message);
        }
    }
    reader.require(1, "height");
    reader.require(3, "type");
    reader.require(4, "block_id");
    reader.require(5, "votes");
    TRY(reader.finish());
    return message;
}

constexpr std::uint32_t field_of(const NewRoundStep&) {
    return new_round_step_field;
}
constexpr std::uint32_t field_of(const NewValidBlock&) {
    return new_valid_block_field;
}
constexpr std::uint32_t field_of(const ProposalPol&) {
    return proposal_pol_field;
}
constexpr std::uint32_t field_of(const HasVote&) {
    return has_vote_field;
}
constexpr std::uint32_t field_of(const VoteSetMaj23&) {
    return vote_set_maj23_field;
}
constexpr std::uint32_t field_of(const VoteSetBits&) {
    return vote_set_bits_field;
}

/// Nothing for a member that the engine reads, and after an error.
std::optional<ReactorMessage> read_member(ProtoReader& reader) {
    switch (reader.field()) {
        case new_round_step_field:
            return reader.nested(
                "new_round_step", decode_new_round_step(reader.message("new_round_step"))
            );
        case new_valid_block_field:
            return reader.nested(
                "new_valid_block", decode_new_valid_block(reader.message("new_valid_block"))
            );
        case proposal_pol_field:
            return reader.nested(
                "proposal_pol", decode_proposal_pol(reader.message("proposal_pol"))
            );
        case has_vote_field:
            return reader.nested("has_vote", decode_has_vote(reader.message("has_vote")));
        case vote_set_maj23_field:
            return reader.nested(
                "vote_set_maj23", decode_vote_set_maj23(reader.message("vote_set_maj23"))
            );
        case vote_set_bits_field:
            return reader.nested(
                "vote_set_bits", decode_vote_set_bits(reader.message("vote_set_bits"))
            );
        default:
            reader.unknown();
            return std::nullopt;
    }
}

bool is_of_engine(std::uint32_t field) {
    return field == 3 || field == 5 || field == 6 || field == 1001 || field == 1002;
}

Result<ReactorMessage> decode(ByteView bytes) {
    std::optional<ReactorMessage> message;
    ProtoReader reader("Message", bytes);
    while (reader.next()) {
        if (message) {
            reader.refuse("sum", "has a second member");
        } else if (is_of_engine(reader.field())) {
            TRY_ASSIGN(auto read, engine::decode_message(bytes));
            return ReactorMessage(std::move(read));
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

struct ChannelOf {
    ChannelId operator()(const consensus::Message& message) const {
        const bool is_ours = std::holds_alternative<chain::Commit>(message) ||
                             std::holds_alternative<consensus::PeerStatus>(message);
        return is_ours                                        ? channel::consensus_help
               : std::holds_alternative<chain::Vote>(message) ? channel::consensus_vote
                                                              : channel::consensus_data;
    }
    ChannelId operator()(const ProposalPol&) const { return channel::consensus_data; }
    ChannelId operator()(const VoteSetBits&) const { return channel::consensus_vote_set_bits; }
    ChannelId operator()(const auto&) const { return channel::consensus_state; }
};

}  // namespace

ChannelId channel_of(const ReactorMessage& message) {
    return std::visit(ChannelOf{}, message);
}

Bytes encode_reactor_message(const ReactorMessage& message) {
    if (const auto* consensus = std::get_if<consensus::Message>(&message)) {
        return engine::encode_message(*consensus);
    }
    ProtoWriter writer;
    std::visit(
        [&]<typename M>(const M& member) {
            if constexpr (!std::is_same_v<M, consensus::Message>) {
                writer.message(field_of(member), encode(member));
            }
        },
        message
    );
    return std::move(writer).take();
}

Result<ReactorMessage> decode_reactor_message(ChannelId channel, ByteView bytes) {
    const std::size_t size_max =
        channel == channel::consensus_help ? engine::message_size_max : reactor_message_size_max;
    if (bytes.size() > size_max) {
        return fail(
            ErrorCode::too_large, "Message: has {} bytes, limit {}", bytes.size(), size_max
        );
    }
    TRY_ASSIGN(auto message, decode(bytes));
    if (const ChannelId right = channel_of(message); right != channel) {
        return invalid("Message: is of channel {:#04x}, came on {:#04x}", right, channel);
    }
    return message;
}

}  // namespace steelyard::gossip
