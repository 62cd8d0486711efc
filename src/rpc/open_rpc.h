// OpenRPC: the description of all methods for machines, and the page of links for people.
#pragma once

#include "rpc/dispatcher.h"

namespace steelyard::rpc {

/// The OpenRPC 1.2.6 document of the table.
std::string open_rpc_document(const MethodTable& table);

/// HTML with a link for each method that GET can call.
std::string endpoint_list_page(const MethodTable& table, std::string_view host);

}  // namespace steelyard::rpc
