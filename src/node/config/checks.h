// The formats of options that are texts.
#pragma once

#include "base/result.h"

namespace steelyard::node {

Result<void> check_moniker(std::string_view text);
Result<void> check_application(std::string_view text);
Result<void> check_log_level(std::string_view text);
Result<void> check_log_format(std::string_view text);
Result<void> check_path(std::string_view text);
Result<void> check_optional_path(std::string_view text);

/// "tcp://host:port", or empty where nothing is to be listened at.
Result<void> check_listen_address(std::string_view text);
/// Addresses "tcp://host:port" or "unix:///path" between commas, or empty.
Result<void> check_rpc_addresses(std::string_view text);
/// "host:port", ":port" or empty.
Result<void> check_host_port(std::string_view text);
/// "host:port", or empty.
Result<void> check_external_address(std::string_view text);
/// "id@host:port", the id in 40 hex digits; "tcp://" may stand before it.
Result<void> check_peer_address(std::string_view text);
Result<void> check_peer_id(std::string_view text);

Result<void> check_indexer(std::string_view text);
Result<void> check_metric_namespace(std::string_view text);
/// "tcp://..." or "ipc://...", or empty.
Result<void> check_publish_address(std::string_view text);
Result<void> check_header_text(std::string_view text);
Result<void> check_topic(std::string_view text);
/// A public key of CURVE: 40 characters of Z85.
Result<void> check_worker_key(std::string_view text);

}  // namespace steelyard::node
