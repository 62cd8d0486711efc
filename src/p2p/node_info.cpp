#include "p2p/node_info.h"

#include "base/endpoint.h"
#include "base/hex.h"
#include "base/protowire.h"
#include "p2p/lenient_reader.h"

#include <algorithm>

namespace steelyard::p2p {
namespace {

std::string text_of(ByteView bytes) {
    return std::string(as_text(bytes));
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

/// What CometBFT wants of texts: printable ASCII, not just spaces.
bool is_text(std::string_view text) {
    return is_printable(text) && text.find_first_not_of(' ') != std::string_view::npos;
}

/// A foreign text for an error message.
std::string shown(std::string_view text) {
    constexpr std::size_t size_max = 100;
    return is_printable(text) && text.size() <= size_max ? std::string(text) : "?";
}

Result<NodeInfo::ProtocolVersion> decode_protocol_version(ByteView bytes) {
    NodeInfo::ProtocolVersion version{.p2p = 0, .block = 0, .app = 0};
    LenientReader reader("protocol_version", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                version.p2p = reader.varint();
                break;
            case 2:
                version.block = reader.varint();
                break;
            case 3:
                version.app = reader.varint();
                break;
            default:
                break;
        }
    }
    TRY(reader.finish());
    return version;
}

Result<void> decode_other(ByteView bytes, NodeInfo& info) {
    LenientReader reader("other", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                info.tx_index = text_of(reader.bytes());
                break;
            case 2:
                info.rpc_address = text_of(reader.bytes());
                break;
            default:
                break;
        }
    }
    return reader.finish();
}

Result<NodeInfo> decode_fields(ByteView bytes) {
    NodeInfo info{.protocol_version = {.p2p = 0, .block = 0, .app = 0}};
    LenientReader reader("message", bytes);
    std::string_view id;
    while (reader.next()) {
        switch (reader.field()) {
            case 1: {
                TRY_ASSIGN(info.protocol_version, decode_protocol_version(reader.bytes()));
                break;
            }
            case 2:
                id = as_text(reader.bytes());
                break;
            case 3:
                info.listen_addr = text_of(reader.bytes());
                break;
            case 4:
                info.network = text_of(reader.bytes());
                break;
            case 5:
                info.version = text_of(reader.bytes());
                break;
            case 6:
                info.channels = to_bytes(reader.bytes());
                break;
            case 7:
                info.moniker = text_of(reader.bytes());
                break;
            case 8:
                TRY(decode_other(reader.bytes(), info));
                break;
            default:
                break;
        }
    }
    TRY(reader.finish());
    TRY_ASSIGN(info.id, NodeId::parse(id));
    return info;
}

}  // namespace

bool NodeInfo::has_channel(ChannelId channel) const {
    return std::ranges::find(channels, channel) != channels.end();
}

Bytes encode_node_info(const NodeInfo& info) {
    ProtoWriter version;
    version.uint64(1, info.protocol_version.p2p);
    version.uint64(2, info.protocol_version.block);
    version.uint64(3, info.protocol_version.app);
    ProtoWriter other;
    other.string(1, info.tx_index);
    other.string(2, info.rpc_address);
    ProtoWriter writer;
    writer.message(1, std::move(version).take());
    writer.string(2, info.id.text());
    writer.string(3, info.listen_addr);
    writer.string(4, info.network);
    writer.string(5, info.version);
    writer.bytes(6, info.channels);
    writer.string(7, info.moniker);
    writer.message(8, std::move(other).take());
    return std::move(writer).take();
}

Result<NodeInfo> decode_node_info(ByteView bytes) {
    if (bytes.size() > node_info_size_max) {
        return fail(
            ErrorCode::too_large,
            "node info of {} bytes, limit {}",
            bytes.size(),
            node_info_size_max
        );
    }
    auto info = decode_fields(bytes);
    if (!info) {
        return std::unexpected(std::move(info).error().in("node info"));
    }
    return info;
}

Result<void> validate(const NodeInfo& info) {
    if (auto endpoint = parse_endpoint(info.listen_addr); !endpoint) {
        return std::unexpected(std::move(endpoint).error().in("node info: listen_addr"));
    }
    if (!info.version.empty() && !is_text(info.version)) {
        return invalid("node info: version is not printable ASCII");
    }
    if (info.channels.size() > node_info_channels_max) {
        return fail(
            ErrorCode::too_large,
            "node info: {} channels, limit {}",
            info.channels.size(),
            node_info_channels_max
        );
    }
    Bytes sorted = info.channels;
    std::ranges::sort(sorted);
    if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end()) {
        return invalid("node info: channel {:#04x} stands twice", *twice);
    }
    if (!is_text(info.moniker)) {
        return invalid("node info: moniker is empty or not printable ASCII");
    }
    if (!info.tx_index.empty() && info.tx_index != "on" && info.tx_index != "off") {
        return invalid("node info: tx_index is \"{}\", not on or off", shown(info.tx_index));
    }
    if (!info.rpc_address.empty() && !is_text(info.rpc_address)) {
        return invalid("node info: rpc_address is not printable ASCII");
    }
    return {};
}

Result<void> check_compatible(const NodeInfo& ours, const NodeInfo& theirs) {
    if (ours.protocol_version.block != theirs.protocol_version.block) {
        return fail(
            ErrorCode::unsupported,
            "peer speaks block protocol {}, we speak {}",
            theirs.protocol_version.block,
            ours.protocol_version.block
        );
    }
    if (ours.network != theirs.network) {
        return fail(
            ErrorCode::unsupported,
            "peer is on network \"{}\", we are on \"{}\"",
            shown(theirs.network),
            ours.network
        );
    }
    const auto shared = [&](ChannelId channel) { return theirs.has_channel(channel); };
    if (!ours.channels.empty() && std::ranges::none_of(ours.channels, shared)) {
        return fail(
            ErrorCode::unsupported,
            "peer has the channels {}, none of ours ({})",
            to_hex(theirs.channels),
            to_hex(ours.channels)
        );
    }
    return {};
}

}  // namespace steelyard::p2p
