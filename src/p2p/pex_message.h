// The messages of peer exchange, channel 0x00, as CometBFT 0.38 has them.
#pragma once

#include "p2p/address_book.h"

#include <variant>

namespace steelyard::p2p {

/// Of a message; CometBFT's estimate for an address times the number of addresses.
inline constexpr std::size_t pex_message_size_max = 256 * selection_size_max;

/// Asks for addresses.
struct PexRequest {
    bool operator==(const PexRequest&) const = default;
};

/// An address as it travels.
struct PexAddress {
    std::string id{};
    std::string ip{};
    std::uint32_t port = 0;

    bool operator==(const PexAddress&) const = default;
};

/// The answer: at most selection_size_max addresses.
struct PexAddresses {
    std::vector<PexAddress> addresses{};

    bool operator==(const PexAddresses&) const = default;
};

using PexMessage = std::variant<PexRequest, PexAddresses>;

Bytes encode_pex(const PexMessage& message);

/// Errors name the field; also a message over its size or count.
Result<PexMessage> decode_pex(ByteView bytes);

PexAddress to_pex(const NetAddress& address);

/// Errors: an IP address or a port that is none, which no correct peer sends. Nothing for an id
/// that is none: CometBFT passes on what it was told.
Result<std::optional<NetAddress>> from_pex(const PexAddress& address);

}  // namespace steelyard::p2p
