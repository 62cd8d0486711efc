#include "consensus/engine/input_codec.h"

#include "consensus/engine/message_codec.h"

#include "base/protowire.h"

namespace steelyard::engine {
namespace {

using consensus::BlockBuilt;
using consensus::BlockChecked;
using consensus::Event;
using consensus::Input;
using consensus::ProposalSigned;
using consensus::Received;
using consensus::StartHeight;
using consensus::Timeout;
using consensus::TimeoutElapsed;
using consensus::TimeoutKind;
using consensus::VoteSigned;

constexpr std::uint32_t now_field = 1;
constexpr std::uint32_t received_field = 2;
constexpr std::uint32_t timeout_elapsed_field = 3;
constexpr std::uint32_t block_built_field = 4;
constexpr std::uint32_t block_checked_field = 5;
constexpr std::uint32_t vote_signed_field = 6;
constexpr std::uint32_t proposal_signed_field = 7;

Bytes encode_received(const Received& received) {
    ProtoWriter writer;
    writer.uint64(1, received.from);
    writer.message(2, encode_message(received.message));
    return std::move(writer).take();
}

Result<Received> decode_received(ByteView bytes) {
    Received received;
    ProtoReader reader("Received", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                received.from = reader.uint32("from");
                break;
            case 2:
                received.message =
                    reader.nested("message", decode_message(reader.message("message")));
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(2, "message");
    TRY(reader.finish());
    return received;
}

Bytes encode_timeout(const Timeout& timeout) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint64_t>(timeout.kind));
    writer.int64(2, timeout.height.value());
    writer.int64(3, timeout.round.value());
    return std::move(writer).take();
}

TimeoutKind read_kind(ProtoReader& reader) {
    const std::uint64_t kind = reader.uint64("kind");
    if (kind > static_cast<std::uint64_t>(TimeoutKind::resend)) {
        reader.refuse("kind", fmt::format("{} is unknown", kind));
        return TimeoutKind::propose;
    }
    return static_cast<TimeoutKind>(kind);
}

Result<TimeoutElapsed> decode_timeout(ByteView bytes) {
    Timeout timeout;
    ProtoReader reader("Timeout", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                timeout.kind = read_kind(reader);
                break;
            case 2:
                timeout.height =
                    reader.nested("height", chain::Height::parse(reader.int64("height")));
                break;
            case 3:
                timeout.round = reader.nested("round", chain::Round::parse(reader.int32("round")));
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(2, "height");
    TRY(reader.finish());
    return TimeoutElapsed{timeout};
}

Bytes encode_built(const BlockBuilt& built) {
    ProtoWriter writer;
    writer.int64(1, built.round.value());
    writer.message(2, chain::encode_block(built.block));
    return std::move(writer).take();
}

Result<BlockBuilt> decode_built(ByteView bytes) {
    BlockBuilt built;
    ProtoReader reader("BlockBuilt", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                built.round = reader.nested("round", chain::Round::parse(reader.int32("round")));
                break;
            case 2:
                built.block = reader.nested("block", chain::decode_block(reader.message("block")));
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(2, "block");
    TRY(reader.finish());
    return built;
}

Bytes encode_checked(const BlockChecked& checked) {
    ProtoWriter writer;
    writer.int64(1, checked.height.value());
    writer.message(2, chain::encode_block_id(checked.block_id));
    writer.boolean(3, checked.valid);
    return std::move(writer).take();
}

Result<BlockChecked> decode_checked(ByteView bytes) {
    BlockChecked checked;
    ProtoReader reader("BlockChecked", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                checked.height =
                    reader.nested("height", chain::Height::parse(reader.int64("height")));
                break;
            case 2:
                checked.block_id =
                    reader.nested("block_id", chain::decode_block_id(reader.message("block_id")));
                break;
            case 3:
                checked.valid = reader.boolean("valid");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "height");
    reader.require(2, "block_id");
    TRY(reader.finish());
    return checked;
}

void write_event(ProtoWriter& /*writer*/, const StartHeight& /*start*/) {
    CHECK(false);
}

void write_event(ProtoWriter& writer, const Received& received) {
    writer.message(received_field, encode_received(received));
}

void write_event(ProtoWriter& writer, const TimeoutElapsed& elapsed) {
    writer.message(timeout_elapsed_field, encode_timeout(elapsed.timeout));
}

void write_event(ProtoWriter& writer, const BlockBuilt& built) {
    writer.message(block_built_field, encode_built(built));
}

void write_event(ProtoWriter& writer, const BlockChecked& checked) {
    writer.message(block_checked_field, encode_checked(checked));
}

void write_event(ProtoWriter& writer, const VoteSigned& signed_vote) {
    writer.message(vote_signed_field, chain::encode_vote(signed_vote.vote));
}

void write_event(ProtoWriter& writer, const ProposalSigned& signed_proposal) {
    writer.message(proposal_signed_field, chain::encode_proposal(signed_proposal.proposal));
}

/// After an error it is any event: the reader tells.
std::optional<Event> read_event(ProtoReader& reader) {
    switch (reader.field()) {
        case received_field:
            return reader.nested("received", decode_received(reader.message("received")));
        case timeout_elapsed_field:
            return reader.nested(
                "timeout_elapsed", decode_timeout(reader.message("timeout_elapsed"))
            );
        case block_built_field:
            return reader.nested("block_built", decode_built(reader.message("block_built")));
        case block_checked_field:
            return reader.nested("block_checked", decode_checked(reader.message("block_checked")));
        case vote_signed_field:
            return VoteSigned{
                reader.nested("vote_signed", chain::decode_vote(reader.message("vote_signed")))
            };
        case proposal_signed_field:
            return ProposalSigned{reader.nested(
                "proposal_signed", chain::decode_proposal(reader.message("proposal_signed"))
            )};
        default:
            reader.unknown();
            return std::nullopt;
    }
}

}  // namespace

Bytes encode_input(const Input& input) {
    ProtoWriter writer;
    writer.message(now_field, chain::encode_timestamp(input.now));
    std::visit([&](const auto& event) { write_event(writer, event); }, input.event);
    return std::move(writer).take();
}

Result<Input> decode_input(ByteView record) {
    chain::Timestamp now;
    std::optional<Event> event;
    ProtoReader reader("Input", record);
    while (reader.next()) {
        if (reader.field() == now_field) {
            now = reader.nested("now", chain::decode_timestamp(reader.message("now")));
        } else if (event) {
            reader.refuse("event", "has a second member");
        } else {
            event = read_event(reader);
        }
    }
    reader.require(now_field, "now");
    TRY(reader.finish());
    if (!event) {
        return invalid("Input.event: is missing");
    }
    return Input{.now = now, .event = *std::move(event)};
}

}  // namespace steelyard::engine
