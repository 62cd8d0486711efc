#include "p2p/peer_handshake.h"

#include "base/check.h"
#include "base/protowire.h"
#include "p2p/delimited.h"

namespace steelyard::p2p {
namespace {

std::unexpected<HandshakeFailure> failed(HandshakeStep step, Error error) {
    return std::unexpected(HandshakeFailure{.step = step, .error = std::move(error)});
}

}  // namespace

std::string_view to_string(HandshakeStep step) {
    switch (step) {
        case HandshakeStep::socket:
            return "socket";
        case HandshakeStep::timeout:
            return "timeout";
        case HandshakeStep::limit:
            return "limit";
        case HandshakeStep::refused:
            return "refused";
        case HandshakeStep::authentication:
            return "authentication";
        case HandshakeStep::wrong_id:
            return "wrong_id";
        case HandshakeStep::node_info:
            return "node_info";
        case HandshakeStep::ourselves:
            return "ourselves";
        case HandshakeStep::incompatible:
            return "incompatible";
    }
    return "unknown";
}

PeerHandshake::PeerHandshake(
    const NodeKey& key, const NodeInfo& ours, std::optional<NodeId> expected, RandomSource& random
)
    : secret_(key, random), ours_(ours), expected_(expected) {
    CHECK(ours.id == key.id());
}

Bytes PeerHandshake::take_output() {
    Bytes out = secret_.take_output();
    append(out, output_);
    output_.clear();
    return out;
}

std::expected<std::size_t, HandshakeFailure> PeerHandshake::receive(std::span<std::uint8_t> in) {
    std::size_t taken = 0;
    while (!done()) {
        if (!channel_) {
            auto size = secret_.receive(in.subspan(taken));
            if (!size) {
                return failed(HandshakeStep::authentication, std::move(size).error());
            }
            taken += *size;
            if (!secret_.done()) {
                break;
            }
            TRY(authenticated());
        } else {
            if (in.size() - taken < sealed_frame_size) {
                break;
            }
            auto part = channel_->reader.open(in.subspan(taken, sealed_frame_size));
            if (!part) {
                return failed(HandshakeStep::authentication, std::move(part).error());
            }
            append(stream_, *part);
            taken += sealed_frame_size;
        }
        TRY(read_node_info());
    }
    return taken;
}

HandshakeResult PeerHandshake::take_result() {
    CHECK(done());
    return {
        .node = *std::move(node_),
        .writer = std::move(channel_->writer),
        .reader = std::move(channel_->reader),
        .rest = std::move(stream_),
    };
}

std::expected<void, HandshakeFailure> PeerHandshake::authenticated() {
    channel_.emplace(secret_.take_channel());
    stream_ = secret_.take_rest();
    remote_ = NodeId::of(channel_->remote_key);
    if (remote_ == ours_.id) {
        return failed(
            HandshakeStep::ourselves, Error(ErrorCode::invalid, "the peer is this node itself")
        );
    }
    if (expected_ && remote_ != *expected_) {
        return failed(
            HandshakeStep::wrong_id,
            Error(ErrorCode::denied, fmt::format("the peer is {}, not {}", remote_, *expected_))
        );
    }
    channel_->writer.write(length_prefixed(encode_node_info(ours_)));
    append(output_, channel_->writer.seal());
    channel_->writer.clear();
    return {};
}

std::expected<void, HandshakeFailure> PeerHandshake::read_node_info() {
    ByteView rest = stream_;
    auto message = take_delimited(rest, node_info_size_max);
    if (!message) {
        return failed(HandshakeStep::node_info, std::move(message).error().in("node info"));
    }
    if (!*message) {
        return {};
    }
    auto node = decode_node_info(**message);
    if (!node) {
        return failed(HandshakeStep::node_info, std::move(node).error());
    }
    TRY(check(*node));
    node_ = *std::move(node);
    stream_ = to_bytes(rest);
    return {};
}

std::expected<void, HandshakeFailure> PeerHandshake::check(const NodeInfo& node) const {
    if (auto valid = validate(node); !valid) {
        return failed(HandshakeStep::node_info, std::move(valid).error());
    }
    if (node.id != remote_) {
        return failed(
            HandshakeStep::wrong_id,
            Error(ErrorCode::denied, fmt::format("the peer is {}, but says {}", remote_, node.id))
        );
    }
    if (auto compatible = check_compatible(ours_, node); !compatible) {
        return failed(HandshakeStep::incompatible, std::move(compatible).error());
    }
    return {};
}

}  // namespace steelyard::p2p
