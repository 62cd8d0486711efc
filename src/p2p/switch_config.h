// SwitchConfig: what an operator sets of the peer-to-peer network.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace steelyard::p2p {

/// The [p2p] section of config.toml under CometBFT's names, with its defaults. Addresses are
/// "id@host:port" texts and ids 40 hex digits; Switch::create reads them, and its errors name the
/// option and the entry.
struct SwitchConfig {
    /// "tcp://host:port" to listen at; port 0 takes a free one; empty does not listen.
    std::string laddr = "tcp://0.0.0.0:26656";
    /// "host:port" that peers should dial, if not laddr.
    std::string external_address{};

    std::vector<std::string> seeds{};             ///< asked for addresses when some are needed
    std::vector<std::string> persistent_peers{};  ///< kept connected for ever
    std::vector<std::string> unconditional_peer_ids{};  ///< never counted, refused nor banned
    std::vector<std::string> private_peer_ids{};        ///< never told to others

    std::filesystem::path addr_book_file{};  ///< empty keeps the address book in memory
    bool addr_book_strict = true;            ///< only publicly routable addresses
    bool pex = true;
    bool seed_mode = false;  ///< answers for addresses and hangs up; needs pex
    bool allow_duplicate_ip = false;

    // Persistent and unconditional peers do not count.
    int max_num_inbound_peers = 40;
    int max_num_outbound_peers = 10;

    std::chrono::milliseconds handshake_timeout{20'000};
    std::chrono::milliseconds dial_timeout{3'000};
    /// The longest pause between two dials of a persistent peer; 0 is the built-in one.
    std::chrono::milliseconds persistent_peers_max_dial_period{0};

    std::int64_t send_rate = 51'200'000;  ///< bytes per second and peer; 0 is no limit
    std::int64_t recv_rate = 51'200'000;
    std::int32_t max_packet_msg_payload_size = 1024;
};

}  // namespace steelyard::p2p
