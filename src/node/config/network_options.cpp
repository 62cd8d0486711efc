#include "node/config/checks.h"
#include "node/config/option_table.h"

#define AT STEELYARD_AT

namespace steelyard::node {

namespace {

// clang-format off: a table reads best with a row to each option.
const Option table[] = {
    {"rpc", "laddr", AT(rpc.laddr), "Where JSON-RPC is served over HTTP and WebSocket: tcp://HOST:PORT or unix:///PATH, several with commas. Empty serves nothing. Whoever reaches it can load the node: keep it on loopback or behind a proxy.", {}, 0, 0, check_rpc_addresses},
    {"rpc", "cors_allowed_origins", AT(rpc.cors_allowed_origins), "Origins whose web pages may call. \"*\" is any; none turns CORS off.", {}, 0, 0, check_header_text},
    {"rpc", "cors_allowed_methods", AT(rpc.cors_allowed_methods), "Methods that those pages may use.", {}, 0, 0, check_header_text},
    {"rpc", "cors_allowed_headers", AT(rpc.cors_allowed_headers), "Headers that those pages may send.", {}, 0, 0, check_header_text},
    {"rpc", "unsafe", AT(rpc.unsafe), "Serves the routes that control the node (dial_peers, unsafe_flush_mempool). Never on an address that others reach."},
    {"rpc", "max_open_connections", AT(rpc.max_open_connections), "Connections at a time, WebSockets included.", "connections", 1, count_max},
    {"rpc", "max_subscription_clients", AT(rpc.max_subscription_clients), "WebSocket clients with subscriptions.", "clients", 0, count_max},
    {"rpc", "max_subscriptions_per_client", AT(rpc.max_subscriptions_per_client), "Subscriptions of one client.", "subscriptions", 0, 10'000},
    {"rpc", "subscription_buffer_size", AT(rpc.subscription_buffer_size), "Messages that wait for a slow WebSocket client; one who lets more pile up is closed.", "messages", 1, count_max},
    {"rpc", "timeout_broadcast_tx_commit", AT(rpc.timeout_broadcast_tx_commit), "How long broadcast_tx_commit waits for the block.", {}, 1, hour},
    {"rpc", "max_request_batch_size", AT(rpc.max_request_batch_size), "Requests in a batch.", "requests", 1, 100'000},
    {"rpc", "max_body_bytes", AT(rpc.max_body_bytes), "Size of a request's body.", "bytes", 1'024, 1 << 30},
    {"rpc", "max_header_bytes", AT(rpc.max_header_bytes), "Size of a request's head.", "bytes", 1'024, 1 << 24},
    {"rpc", "threads", AT(rpc.threads), "Threads that answer requests.", "threads", 1, 64},

    {"api", "enable", AT(api.enable), "Serves the queries of the Cosmos SDK's services as REST, for wallets and explorers."},
    {"api", "address", AT(api.address), "Where: as rpc.laddr. Keep it on loopback or behind a proxy.", {}, 0, 0, check_rpc_addresses},
    {"api", "cors_allowed_origins", AT(api.cors_allowed_origins), "Origins whose web pages may call. \"*\" is any; none turns CORS off.", {}, 0, 0, check_header_text},
    {"api", "max_open_connections", AT(api.max_open_connections), "Connections at a time.", "connections", 1, count_max},
    {"api", "max_body_bytes", AT(api.max_body_bytes), "Size of a request's body; a transaction in it is base64.", "bytes", 1'024, 1 << 30},
    {"api", "max_header_bytes", AT(api.max_header_bytes), "Size of a request's head.", "bytes", 1'024, 1 << 24},
    {"api", "threads", AT(api.threads), "Threads that answer requests.", "threads", 1, 64},

    {"p2p", "laddr", AT(p2p.laddr), "Where peers may connect. Empty takes none.", {}, 0, 0, check_listen_address},
    {"p2p", "external_address", AT(p2p.external_address), "HOST:PORT that peers should dial, where it is not laddr.", {}, 0, 0, check_external_address},
    {"p2p", "seeds", AT(p2p.seeds), "Nodes ID@HOST:PORT that are asked for addresses when few are known.", {}, 0, 0, check_peer_address},
    {"p2p", "persistent_peers", AT(p2p.persistent_peers), "Peers ID@HOST:PORT that are dialled again for ever.", {}, 0, 0, check_peer_address},
    {"p2p", "persistent_peers_max_dial_period", AT(p2p.persistent_peers_max_dial_period), "The longest pause between two dials of a persistent peer; 0s is the built-in one.", {}, 0, 24 * hour},
    {"p2p", "unconditional_peer_ids", AT(p2p.unconditional_peer_ids), "Ids of peers that no limit counts or refuses.", {}, 0, 0, check_peer_id},
    {"p2p", "private_peer_ids", AT(p2p.private_peer_ids), "Ids of peers that others are not told of.", {}, 0, 0, check_peer_id},
    {"p2p", "addr_book_file", AT(p2p.addr_book_file), "The address book.", {}, 0, 0, check_path},
    {"p2p", "addr_book_strict", AT(p2p.addr_book_strict), "Takes only publicly routable addresses into the book. Off for private networks."},
    {"p2p", "pex", AT(p2p.pex), "Exchanges addresses with peers."},
    {"p2p", "seed_mode", AT(p2p.seed_mode), "Answers for addresses and hangs up. Needs pex."},
    {"p2p", "allow_duplicate_ip", AT(p2p.allow_duplicate_ip), "Several peers may come from one IP address."},
    {"p2p", "max_num_inbound_peers", AT(p2p.max_num_inbound_peers), "Peers that connected to us.", "peers", 0, 10'000},
    {"p2p", "max_num_outbound_peers", AT(p2p.max_num_outbound_peers), "Peers that we connect to, persistent ones not counted.", "peers", 0, 10'000},
    {"p2p", "handshake_timeout", AT(p2p.handshake_timeout), "How long a new connection may take to prove who it is.", {}, 1, hour},
    {"p2p", "dial_timeout", AT(p2p.dial_timeout), "How long a connection may take to open.", {}, 1, hour},
    {"p2p", "send_rate", AT(p2p.send_rate), "Bytes per second to one peer; 0 is no limit.", "bytes/s", 0, memory_max},
    {"p2p", "recv_rate", AT(p2p.recv_rate), "Bytes per second from one peer; 0 is no limit.", "bytes/s", 0, memory_max},
    {"p2p", "max_packet_msg_payload_size", AT(p2p.max_packet_msg_payload_size), "Bytes of a message in one packet; every peer must allow it.", "bytes", 64, 65'536},
};
// clang-format on

}  // namespace

std::span<const Option> network_options() {
    return table;
}

}  // namespace steelyard::node
