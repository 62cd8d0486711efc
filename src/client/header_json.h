// Headers as CometBFT's RPC writes them. Private to the .cpp files of this folder.
#pragma once

#include "chain/header.h"
#include "client/json_fields.h"

namespace steelyard::client {

/// Errors: invalid, with the place.
Result<chain::Header> read_header(const JsonFields& fields);

}  // namespace steelyard::client
