// Evidence of misbehaviour as clients hand it in.
#pragma once

#include "chain/evidence.h"

#include <string_view>

namespace steelyard::rpc {

/// Reads what `write_evidence` writes; `json` has passed check_json. Takes lists of at most
/// chain::validators_max signatures or validators. Whether it is true is for the evidence pool to
/// find out.
Result<chain::Evidence> read_evidence(std::string_view json);

}  // namespace steelyard::rpc
