#include "p2p/switch_options.h"

namespace steelyard::p2p {

namespace {

constexpr std::size_t list_size_max = 1000;  ///< entries of an option
constexpr int peers_max = 10'000;
constexpr std::chrono::milliseconds timeout_max = std::chrono::hours(1);
constexpr std::int64_t rate_min = 1024;  ///< less cannot carry a ping in time
constexpr std::int32_t payload_size_min = 64;
constexpr std::int32_t payload_size_max = 1 << 20;

template <typename T, typename Parse>
Result<std::vector<T>> read_list(
    std::string_view option, const std::vector<std::string>& texts, Parse parse
) {
    if (texts.size() > list_size_max) {
        return fail(
            ErrorCode::too_large,
            "p2p.{} has {} entries, the limit is {}",
            option,
            texts.size(),
            list_size_max
        );
    }
    std::vector<T> out;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        auto parsed = parse(texts[i]);
        if (!parsed) {
            return std::unexpected(
                std::move(parsed.error()).in(fmt::format("p2p.{}, entry {}", option, i + 1))
            );
        }
        out.push_back(*std::move(parsed));
    }
    return out;
}

Result<std::optional<Endpoint>> read_endpoint(std::string_view option, std::string_view text) {
    if (text.empty()) {
        return std::nullopt;
    }
    auto parsed = parse_endpoint(text);
    if (!parsed) {
        return std::unexpected(std::move(parsed.error()).in(fmt::format("p2p.{}", option)));
    }
    return *std::move(parsed);
}

template <typename T>
Result<void> check_range(std::string_view option, T value, T min, T max) {
    if (value < min || value > max) {
        return invalid("p2p.{} is {}, it must be from {} to {}", option, value, min, max);
    }
    return {};
}

Result<void> check_timeout(
    std::string_view option, std::chrono::milliseconds value, std::chrono::milliseconds min
) {
    if (value < min || value > timeout_max) {
        return invalid(
            "p2p.{} is {} ms, it must be from {} ms to {} ms",
            option,
            value.count(),
            min.count(),
            timeout_max.count()
        );
    }
    return {};
}

Result<void> check_rate(std::string_view option, std::int64_t value) {
    if (value != 0 && value < rate_min) {
        return invalid(
            "p2p.{} is {}, it must be 0 for no limit, or at least {}", option, value, rate_min
        );
    }
    return {};
}

Result<void> check_numbers(const SwitchConfig& config) {
    using std::chrono::milliseconds;
    TRY(check_range("max_num_inbound_peers", config.max_num_inbound_peers, 0, peers_max));
    TRY(check_range("max_num_outbound_peers", config.max_num_outbound_peers, 0, peers_max));
    TRY(check_timeout("handshake_timeout", config.handshake_timeout, milliseconds(1)));
    TRY(check_timeout("dial_timeout", config.dial_timeout, milliseconds(1)));
    TRY(check_timeout(
        "persistent_peers_max_dial_period", config.persistent_peers_max_dial_period, milliseconds(0)
    ));
    TRY(check_rate("send_rate", config.send_rate));
    TRY(check_rate("recv_rate", config.recv_rate));
    TRY(check_range(
        "max_packet_msg_payload_size",
        config.max_packet_msg_payload_size,
        payload_size_min,
        payload_size_max
    ));
    if (config.seed_mode && !config.pex) {
        return invalid("p2p.seed_mode needs p2p.pex");
    }
    return {};
}

}  // namespace

Result<SwitchOptions> read_options(const SwitchConfig& config, const NodeId& self) {
    TRY(check_numbers(config));
    SwitchOptions out;
    TRY_ASSIGN(out.listen, read_endpoint("laddr", config.laddr));
    TRY_ASSIGN(out.external, read_endpoint("external_address", config.external_address));
    TRY_ASSIGN(
        out.private_ids,
        read_list<NodeId>("private_peer_ids", config.private_peer_ids, NodeId::parse)
    );
    PeerManagerOptions& manager = out.manager;
    manager.self = self;
    TRY_ASSIGN(manager.seeds, read_list<NetAddress>("seeds", config.seeds, parse_net_address));
    TRY_ASSIGN(
        manager.persistent,
        read_list<NetAddress>("persistent_peers", config.persistent_peers, parse_net_address)
    );
    TRY_ASSIGN(
        const auto unconditional,
        read_list<NodeId>("unconditional_peer_ids", config.unconditional_peer_ids, NodeId::parse)
    );
    manager.unconditional = {unconditional.begin(), unconditional.end()};
    manager.inbound_max = config.max_num_inbound_peers;
    manager.outbound_max = config.max_num_outbound_peers;
    manager.allow_duplicate_ip = config.allow_duplicate_ip;
    manager.discover = config.pex;
    manager.seed_mode = config.seed_mode;
    if (config.persistent_peers_max_dial_period.count() > 0) {
        manager.redial_max = config.persistent_peers_max_dial_period;
    }
    TransportOptions& transport = out.transport;
    transport.dial_timeout = config.dial_timeout;
    transport.handshake_timeout = config.handshake_timeout;
    transport.connection.payload_size_max =
        static_cast<std::size_t>(config.max_packet_msg_payload_size);
    transport.connection.send_rate = static_cast<std::uint64_t>(config.send_rate);
    transport.connection.receive_rate = static_cast<std::uint64_t>(config.recv_rate);
    return out;
}

}  // namespace steelyard::p2p
