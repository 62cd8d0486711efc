// Nodes for tests of the switch: real sockets on loopback, and a reactor that remembers.
#pragma once

#include "p2p/switch.h"

#include <condition_variable>
#include <functional>
#include <mutex>

namespace steelyard::p2p::test {

inline constexpr ChannelId test_channel = 0x30;

/// How long a test waits for what must happen.
inline constexpr auto patience = std::chrono::seconds(20);

/// Remembers what the switch told it. Thread-safe.
class RecordingReactor final : public Reactor {
public:
    std::vector<ChannelDescriptor> channels() const override;
    void on_peer_up(const PeerInfo& peer) override;
    void on_peer_down(PeerId peer) override;
    void on_message(Inbound message) override;
    void on_drained(PeerId peer, ChannelId channel) override;

    struct Record {
        std::map<PeerId, PeerInfo> up{};
        std::vector<std::string> messages{};
        int ups = 0;
        int downs = 0;
        int drained = 0;
        bool out_of_order = false;  ///< something came before "up" or after "down"
    };

    Record record() const;

    /// Waits until it is true of the record; false if it took too long.
    bool wait(
        const std::function<bool(const Record&)>& is_true, std::chrono::milliseconds time = patience
    ) const;

    /// Waits for this number of connections.
    bool wait_for_peers(std::size_t count) const;

    /// Sees each message, on the switch's thread.
    std::function<void(const Inbound&)> on_receive{};

private:
    mutable std::mutex mutex_{};
    mutable std::condition_variable changed_{};
    Record record_{};
};

/// A node on a free port of loopback.
struct TestNode {
    explicit TestNode(
        const std::function<void(SwitchConfig&)>& configure = {}, std::string network = "test-chain"
    );
    TestNode(
        NodeKey key,
        std::uint16_t port,
        const std::function<void(SwitchConfig&)>& configure = {},
        std::string network = "test-chain"
    );

    /// "id@127.0.0.1:port"
    std::string address() const;
    NodeId id() const { return node_key.id(); }

    /// The number of the one peer that is up.
    PeerId only_peer() const;

    /// Queues a text to every peer.
    void send_to_all(std::string_view text);

    SystemRandom random{};
    NodeKey node_key;
    RecordingReactor reactor{};
    std::unique_ptr<Switch> net{};  ///< last, so that it stops first
};

/// Waits, as long as `patience`, for what no reactor is told, such as counters.
bool eventually(const std::function<bool()>& is_true);

/// How often a reason was counted.
std::uint64_t count_of(const std::map<std::string, std::uint64_t>& counts, const char* reason);

/// The defaults of tests: loopback is no obstacle.
SwitchConfig loopback_config(std::uint16_t port = 0);

/// A plain TCP connection to a local port; -1 if that fails.
int connect_raw(std::uint16_t port);

/// Whether the other side ends a plain connection in time.
bool is_hung_up(int fd, std::chrono::milliseconds time = patience);

}  // namespace steelyard::p2p::test
