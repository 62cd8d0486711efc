// The transactions of the kvstore application: "key=value", "key:value" and validator updates.
#pragma once

#include "chain/validator.h"

#include <optional>
#include <string_view>
#include <utility>

namespace steelyard::kvstore {

/// "val=": what validator updates begin with.
inline constexpr std::string_view validator_prefix = "val=";

bool is_validator_tx(ByteView tx);

/// Reads `val=<type>!<base64 of the key>!<power>`, with all that Go's encoding/base64 and
/// strconv.ParseInt take: line breaks and stray bits in the base64, a sign before the power.
Result<chain::ValidatorUpdate> parse_validator_tx(ByteView tx);

/// Writes what parse_validator_tx reads.
Bytes make_validator_tx(const chain::ValidatorUpdate& update);

/// Whether it has one '=' and no ':', or one ':' and no '=', which is neither its first byte nor
/// its last, and which does not stand behind "val".
bool is_pair_tx(ByteView tx);

/// The texts around a lone '='; nothing if there is none or more than one.
std::optional<std::pair<std::string_view, std::string_view>> split_pair(ByteView tx);

}  // namespace steelyard::kvstore
