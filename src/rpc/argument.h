// Arguments: one value of a parameter, from JSON or from a query string.
#pragma once

#include "rpc/params.h"

namespace steelyard::rpc {

/// `json` has passed check_json. null is the default: nothing.
Result<Params::Value> argument_from_json(ParamType type, std::string_view json);

/// `text` is any text but the empty one.
Result<Params::Value> argument_from_query(ParamType type, std::string_view text);

}  // namespace steelyard::rpc
