// The routes of the gateway: which path stands for which method of which service.
#pragma once

#include <span>
#include <string_view>

namespace steelyard::rest {

struct Route {
    std::string_view verb;    ///< "GET": fields from path and query; "POST": from a body of JSON
    std::string_view path;    ///< a PathTemplate; where two take a path, the first one has it
    std::string_view method;  ///< "/cosmos.bank.v1beta1.Query/Balance"
};

/// Those that the Cosmos SDK's schemas declare for the services that this chain has, and ours.
std::span<const Route> routes();

}  // namespace steelyard::rest
