// Bech32 (BIP-173) and the addresses of accounts, validators and nodes written in it.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace steelyard::crypto {

constexpr std::size_t bech32_size_max = 90;  ///< of a whole text

struct Bech32 {
    std::string
        prefix;    ///< the human-readable part: 1 to 83 printable ASCII characters, lower case
    Bytes groups;  ///< the data, five bits to a byte

    bool operator==(const Bech32&) const = default;
};

/// The text in lower case. Refuses a bad prefix and what would be too long; every group must be
/// below 32 (CHECKed).
Result<std::string> encode_bech32(const Bech32& parts);

/// Takes a text all in lower or all in upper case. Errors name the position, not the text.
Result<Bech32> decode_bech32(std::string_view text);

/// The address of 20 or 32 bytes, such as yard1... .
Result<std::string> encode_address(std::string_view prefix, ByteView address);

/// The 20 or 32 bytes of an address with that prefix. Takes lower case only, so that an address
/// has one text.
Result<Bytes> decode_address(std::string_view prefix, std::string_view text);

}  // namespace steelyard::crypto
