// Switch: the node's connections to its peers, and the reactors that speak over them.
#pragma once

#include "base/random.h"
#include "p2p/node_info.h"
#include "p2p/node_key.h"
#include "p2p/reactor.h"
#include "p2p/switch_config.h"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace steelyard::p2p {

/// One channel of a connection, as `net_info` shows it.
struct ChannelStatus {
    ChannelId id = 0;
    int priority = 1;
    std::size_t send_queue_capacity = 0;  ///< messages
    std::size_t send_queue_size = 0;      ///< messages
    std::size_t send_queue_bytes = 0;
    std::uint64_t recently_sent = 0;  ///< bytes, fading; what the priorities are weighed with
    std::uint64_t bytes_sent = 0;     ///< of payloads
    std::uint64_t bytes_received = 0;
};

/// A connection that is up, as `net_info` shows it.
struct PeerStatus {
    PeerInfo info{};
    std::chrono::nanoseconds age{};
    std::chrono::nanoseconds idle{};  ///< since the last byte was received
    std::uint64_t bytes_sent = 0;     ///< of payloads
    std::uint64_t bytes_received = 0;
    std::vector<ChannelStatus> channels{};
};

/// What `net_info` shows.
struct NetInfo {
    bool listening = false;
    std::vector<std::string> listeners{};  ///< as CometBFT writes external_address
    std::vector<PeerStatus> peers{};
};

/// Traffic of a channel over all peers since the start.
struct ChannelTraffic {
    std::uint64_t messages_sent = 0;
    std::uint64_t messages_received = 0;
    std::uint64_t bytes_sent = 0;
    std::uint64_t bytes_received = 0;
    std::uint64_t sends_refused = 0;  ///< the channel's queue was full
};

/// Counters since the start, for metrics.
struct SwitchStats {
    std::size_t peers_inbound = 0;
    std::size_t peers_outbound = 0;
    std::size_t handshakes = 0;       ///< connections that are not up yet
    std::size_t known_addresses = 0;  ///< in the address book
    std::size_t banned = 0;           ///< ids and hosts
    std::uint64_t dials = 0;
    std::uint64_t dials_failed = 0;
    std::uint64_t accepted = 0;  ///< sockets
    std::map<ChannelId, ChannelTraffic> channels{};
    std::map<std::string, std::uint64_t> refused{
    };  ///< connections that did not come up, by reason
    std::map<std::string, std::uint64_t> dropped{};  ///< connections that ended, by reason
};

/// Owns every connection and the one thread that serves them. Reactors hear of peers on that
/// thread; all public functions may be called from any thread, also from inside a reactor.
class Switch final : public PeerLink {
public:
    /// Reads the configuration; an error names the option and its entry that is wrong. `node` is
    /// what we tell peers of ourselves: its id, channels and listen_addr are filled in here.
    static Result<std::unique_ptr<Switch>> create(
        SwitchConfig config, NodeKey key, NodeInfo node, RandomSource& random
    );
    ~Switch() override;  ///< stops

    Switch(const Switch&) = delete;
    Switch& operator=(const Switch&) = delete;

    /// Before `start`. The reactor must outlive the switch's run; no two may name one channel.
    void add_reactor(Reactor& reactor);

    /// Listens, and completes what we tell of ourselves; nobody is let in yet. Before other threads
    /// look at the switch. Errors: `io` if the listening address cannot be had.
    Result<void> open();

    /// Lets peers in and begins to dial. Errors: those of `open`, if that was not called.
    Result<void> start();

    /// Closes every socket and joins the thread: no reactor is called afterwards, and the peers
    /// that were up were reported down. Not from inside a reactor.
    void stop();

    bool send(PeerId to, ChannelId channel, Bytes message) override;
    void discard(PeerId to, ChannelId channel) override;
    void drop(PeerId peer, const Error& error) override;

    /// Dials an "id@host:port" soon; a persistent one for ever. Errors: a malformed address.
    Result<void> dial(std::string_view address, bool persistent);

    /// What we tell peers of ourselves; complete after `open`.
    const NodeInfo& node_info() const;

    /// The port that is listened at; 0 if none.
    std::uint16_t listen_port() const;

    /// Whether the thread of the peers comes to a question within the time. Not for that thread
    /// itself.
    bool answers(std::chrono::milliseconds within);

    NetInfo net_info() const;
    SwitchStats stats() const;

private:
    class Impl;
    Switch();

    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::p2p
