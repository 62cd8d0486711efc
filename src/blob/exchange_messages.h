// The messages of channel 0x70: what nodes say to each other about blobs (doc/spec/blobs.md, X).
#pragma once

#include "blob/blob.h"

#include <variant>
#include <vector>

namespace steelyard::blob {

constexpr std::size_t ids_per_message_max = 64;
constexpr std::uint32_t hops_max = 2;

/// The longest message: a Tree of `groups_max` hashes.
constexpr std::size_t exchange_message_size_max = 1'052'672;

/// "I look for these."
struct Want {
    std::vector<Hash256> ids{};  ///< 1 to `ids_per_message_max`
    std::uint32_t hops = 0;      ///< how far others may ask on: at most `hops_max`

    bool operator==(const Want&) const = default;
};

/// "I have it whole."
struct Have {
    Hash256 id{};

    bool operator==(const Have&) const = default;
};

/// "I look for these no longer."
struct Cancel {
    std::vector<Hash256> ids{};  ///< 1 to `ids_per_message_max`

    bool operator==(const Cancel&) const = default;
};

struct GetTree {
    Hash256 id{};

    bool operator==(const GetTree&) const = default;
};

/// Whether it is the tree of `id` is not said by the format: only that it has as many hashes as
/// its type has groups.
struct TreeMessage {
    Hash256 id{};
    BlobTree tree{};

    bool operator==(const TreeMessage&) const = default;
};

struct GetGroup {
    Hash256 id{};
    std::uint32_t index = 0;  ///< below `groups_max`

    bool operator==(const GetGroup&) const = default;
};

struct GroupMessage {
    Hash256 id{};
    std::uint32_t index = 0;
    Bytes content{};  ///< at most `group_bytes_max`; empty of a tensor without elements

    bool operator==(const GroupMessage&) const = default;
};

/// In place of a tree or a group: "it is not here any more".
struct Gone {
    Hash256 id{};

    bool operator==(const Gone&) const = default;
};

using ExchangeMessage =
    std::variant<Want, Have, Cancel, GetTree, TreeMessage, GetGroup, GroupMessage, Gone>;

/// steelyard.blob.v1.ExchangeMessage, in the one form of doc/spec/encoding.md.
Bytes encode_exchange_message(const ExchangeMessage& message);
Result<ExchangeMessage> decode_exchange_message(ByteView bytes);

}  // namespace steelyard::blob
