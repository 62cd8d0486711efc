#include "p2p/pex_message.h"

#include "base/protowire.h"

namespace steelyard::p2p {

namespace {

// Longer ones are no ids nor IP addresses.
constexpr std::size_t id_size_max = 64;
constexpr std::size_t ip_size_max = 64;

Result<PexAddress> decode_address(ByteView bytes) {
    PexAddress out;
    ProtoReader reader("NetAddress", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                out.id = reader.string("id", id_size_max);
                break;
            case 2:
                out.ip = reader.string("ip", ip_size_max);
                break;
            case 3:
                out.port = reader.uint32("port");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return out;
}

Result<PexRequest> decode_request(ByteView bytes) {
    ProtoReader reader("PexRequest", bytes);
    while (reader.next()) {
        reader.unknown();
    }
    TRY(reader.finish());
    return PexRequest{};
}

Result<PexAddresses> decode_addresses(ByteView bytes) {
    PexAddresses out;
    ProtoReader reader("PexAddrs", bytes);
    while (reader.next()) {
        if (reader.field() != 1) {
            reader.unknown();
        } else if (reader.at_most("addrs", out.addresses.size(), selection_size_max)) {
            out.addresses.push_back(
                reader.nested("addrs", decode_address(reader.repeated_message("addrs")))
            );
        }
    }
    TRY(reader.finish());
    return out;
}

}  // namespace

Bytes encode_pex(const PexMessage& message) {
    ProtoWriter writer;
    if (const auto* const list = std::get_if<PexAddresses>(&message)) {
        ProtoWriter body;
        for (const PexAddress& address : list->addresses) {
            ProtoWriter element;
            element.string(1, address.id);
            element.string(2, address.ip);
            element.uint64(3, address.port);
            body.message(1, std::move(element).take());
        }
        writer.message(2, std::move(body).take());
    } else {
        writer.message(1, {});
    }
    return std::move(writer).take();
}

Result<PexMessage> decode_pex(ByteView bytes) {
    if (bytes.size() > pex_message_size_max) {
        return fail(
            ErrorCode::too_large,
            "pex message of {} bytes, the limit is {}",
            bytes.size(),
            pex_message_size_max
        );
    }
    std::optional<PexMessage> out;
    ProtoReader reader("pex Message", bytes);
    while (reader.next()) {
        if (out) {
            reader.refuse("sum", "stands twice");
        } else if (reader.field() == 1) {
            out = reader.nested("pex_request", decode_request(reader.message("pex_request")));
        } else if (reader.field() == 2) {
            out = reader.nested("pex_addrs", decode_addresses(reader.message("pex_addrs")));
        } else {
            reader.unknown();
        }
    }
    TRY(reader.finish());
    if (!out) {
        return invalid("pex message says nothing");
    }
    return *std::move(out);
}

PexAddress to_pex(const NetAddress& address) {
    return {address.id.text(), address.at.host, address.at.port};
}

Result<std::optional<NetAddress>> from_pex(const PexAddress& address) {
    TRY_ASSIGN(const IpAddress ip, parse_ip(address.ip));
    if (address.port > 65'535) {
        return invalid("port {} is over 65535", address.port);
    }
    const auto id = NodeId::parse(address.id);
    if (!id) {
        return std::nullopt;
    }
    return NetAddress{*id, {to_string(ip), static_cast<std::uint16_t>(address.port)}};
}

}  // namespace steelyard::p2p
