#include "node/config/checks.h"

#include "base/endpoint.h"
#include "base/log.h"
#include "node/config/toml_text.h"
#include "p2p/net_address.h"
#include "worker/link/curve_keys.h"

namespace steelyard::node {

namespace {

constexpr std::size_t text_size_max = 4096;
constexpr std::size_t moniker_size_max = 70;

/// ASCII without control characters.
bool is_printable(std::string_view text) {
    for (const char c : text) {
        if (c < ' ' || c > '~') {
            return false;
        }
    }
    return text.size() <= text_size_max;
}

Result<void> check_one_of(
    std::string_view text, std::string_view what, std::initializer_list<std::string_view> allowed
) {
    std::string list;
    for (const std::string_view one : allowed) {
        if (text == one) {
            return {};
        }
        list += list.empty() ? "" : ", ";
        list += one;
    }
    return invalid("\"{}\" is no {}; there are: {}", text, what, list);
}

}  // namespace

Result<void> check_moniker(std::string_view text) {
    if (text.empty() || text.size() > moniker_size_max || !is_printable(text) ||
        text.find_first_not_of(' ') == text.npos) {
        return invalid("a moniker is 1 to {} printable ASCII characters", moniker_size_max);
    }
    return {};
}

Result<void> check_application(std::string_view text) {
    return check_one_of(text, "application", {"ledger", "kvstore"});
}

Result<void> check_log_level(std::string_view text) {
    TRY(log::parse_filter(text));
    return {};
}

Result<void> check_log_format(std::string_view text) {
    TRY(log::parse_format(text));
    return {};
}

Result<void> check_path(std::string_view text) {
    if (text.empty() || text.size() > text_size_max || text.find('\0') != text.npos) {
        return invalid("a path is 1 to {} bytes without a zero byte", text_size_max);
    }
    return {};
}

Result<void> check_optional_path(std::string_view text) {
    return text.empty() ? Result<void>() : check_path(text);
}

Result<void> check_listen_address(std::string_view text) {
    if (text.empty()) {
        return {};
    }
    if (!text.starts_with("tcp://")) {
        return invalid("\"{}\" is no address such as \"tcp://127.0.0.1:26657\"", text);
    }
    TRY(parse_endpoint(text));
    return {};
}

Result<void> check_rpc_addresses(std::string_view text) {
    for (const std::string& address : split_at_commas(text)) {
        const bool is_socket_file = address.starts_with("unix:///") && address.size() > 8;
        if (!is_socket_file || !is_printable(address)) {
            TRY(check_listen_address(address));
        }
        if (address.empty()) {
            return invalid("\"{}\" has an empty entry", text);
        }
    }
    return {};
}

Result<void> check_host_port(std::string_view text) {
    if (text.starts_with(':')) {
        TRY(parse_endpoint("0.0.0.0" + std::string(text)));
    } else if (!text.empty()) {
        TRY(parse_endpoint(text));
    }
    return {};
}

Result<void> check_external_address(std::string_view text) {
    if (!text.empty()) {
        TRY(parse_endpoint(text));
    }
    return {};
}

Result<void> check_peer_address(std::string_view text) {
    TRY(p2p::parse_net_address(text));
    return {};
}

Result<void> check_peer_id(std::string_view text) {
    TRY(p2p::NodeId::parse(text));
    return {};
}

Result<void> check_indexer(std::string_view text) {
    return check_one_of(text, "indexer", {"kv", "null"});
}

Result<void> check_metric_namespace(std::string_view text) {
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const bool begins_with_digit = !text.empty() && text[0] >= '0' && text[0] <= '9';
    if (text.empty() || begins_with_digit || text.find_first_not_of(allowed) != text.npos) {
        return invalid("\"{}\" cannot begin a metric's name: letters, digits and _", text);
    }
    return {};
}

Result<void> check_publish_address(std::string_view text) {
    if (text.empty() ||
        (is_printable(text) && (text.starts_with("tcp://") || text.starts_with("ipc://")))) {
        return {};
    }
    return invalid("\"{}\" is no address tcp://HOST:PORT or ipc://PATH", text);
}

Result<void> check_header_text(std::string_view text) {
    if (text.empty() || !is_printable(text)) {
        return invalid("an entry of an HTTP header is printable ASCII and not empty");
    }
    return {};
}

Result<void> check_topic(std::string_view text) {
    return check_one_of(text, "topic", {"hashblock", "rawblock", "hashtx", "rawtx", "event"});
}

Result<void> check_worker_key(std::string_view text) {
    TRY(worker::parse_z85_key(text));
    return {};
}

}  // namespace steelyard::node
