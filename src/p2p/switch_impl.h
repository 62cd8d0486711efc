// The inside of Switch: what lives on its thread, and what other threads may touch.
#pragma once

#include "base/log.h"
#include "p2p/pex.h"
#include "p2p/switch.h"
#include "p2p/switch_options.h"

#include <atomic>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <thread>
#include <unordered_map>

namespace steelyard::p2p {

class Switch::Impl final : public TransportListener {
public:
    Impl(
        Switch& link,
        SwitchConfig config,
        SwitchOptions options,
        NodeKey key,
        NodeInfo node,
        RandomSource& random
    );

    Result<void> open();
    Result<void> start();
    void stop();
    bool is_open() const { return manager_ != nullptr; }

    bool send(PeerId to, ChannelId channel, Bytes message);
    void discard(PeerId to, ChannelId channel);
    void drop(PeerId peer, const Error& error);
    void request_dial(const NetAddress& address, bool persistent);
    bool answers(std::chrono::milliseconds within);
    NetInfo net_info() const;
    SwitchStats stats() const;

    bool admit(const Endpoint& from) override;
    void on_inbound(std::shared_ptr<Connection> connection) override;
    void on_inbound_failed(const Endpoint& from, const HandshakeFailure& failure) override;

    std::vector<Reactor*> reactors{};
    NodeInfo node;
    std::uint16_t listen_port = 0;

private:
    /// A connection that is up; its connection tells it what happens.
    struct Peer;

    // On the thread.
    void load_address_book();
    void save_address_book();
    void plan_soon();
    void plan_now();
    void dial(const NetAddress& address);
    void on_dial_failed(const NetAddress& address, const HandshakeFailure& failure);
    void on_connected(const std::shared_ptr<Connection>& connection);
    void tell_of_shared_ip(const Connection& connection);
    void bring_up(PeerId id, const std::shared_ptr<Connection>& connection, bool persistent);
    void take_down(PeerId id, const std::string& reason, const Error& error);
    void end_for_mistake(PeerId id, const std::string& reason, const Error& error, bool proved);
    void on_message(PeerId id, ChannelId channel, Bytes message, ReceiveCredit credit);
    void on_drained(PeerId id, ChannelId channel);
    void on_closed(PeerId id, CloseReason reason, const Error& error);
    void on_pex_message(PeerId id, ByteView message);
    void shut_down();
    void count_refused(std::string_view reason);
    void update_gauges();

    std::shared_ptr<Peer> find(PeerId id) const;
    std::optional<NetAddress> dial_address(const Connection& connection) const;
    std::vector<ChannelDescriptor> collect_channels();

    Switch& link_;
    SwitchConfig config_;
    SwitchOptions options_;
    NodeKey key_;
    RandomSource& random_;
    log::Logger log_{"p2p"};
    log::RateLimit refused_log_{std::chrono::seconds(1)};
    log::RateLimit dial_log_{std::chrono::seconds(1)};
    log::RateLimit shared_ip_log_{std::chrono::seconds(1)};

    static constexpr std::size_t told_max = 1'000;
    std::set<NodeId> told_of_shared_ip_{};  ///< once each; at most told_max, then from anew

    std::array<Reactor*, 256> by_channel_{};
    IoThread thread_;
    std::unique_ptr<AddressBook> book_{};
    std::unique_ptr<PeerManager> manager_{};
    std::unique_ptr<Pex> pex_{};
    IoTimer plan_timer_;
    IoTimer save_timer_;
    std::unique_ptr<Transport> transport_{};
    PeerId last_id_ = 0;
    bool plan_posted_ = false;
    bool stopping_ = false;
    std::atomic<bool> started_ = false;
    std::atomic<bool> stopped_ = false;
    std::string saved_book_{};          ///< the text that the file has
    std::atomic<bool> saving_ = false;  ///< saver_ is at work
    std::thread saver_{};

    mutable std::shared_mutex peers_mutex_{};  ///< of peers_; written on the thread only
    std::unordered_map<PeerId, std::shared_ptr<Peer>> peers_{};

    mutable std::mutex stats_mutex_{};
    SwitchStats stats_{};  ///< traffic of connections that ended, counters and gauges
};

struct Switch::Impl::Peer final : ConnectionListener {
    Peer(Impl& impl, PeerInfo peer, std::shared_ptr<Connection> made)
        : owner(impl), info(std::move(peer)), connection(std::move(made)) {}

    void on_message(ChannelId channel, Bytes message, ReceiveCredit credit) override {
        if (!ended) {
            owner.on_message(info.id, channel, std::move(message), std::move(credit));
        }
    }
    void on_drained(ChannelId channel) override {
        if (!ended) {
            owner.on_drained(info.id, channel);
        }
    }
    void on_closed(CloseReason reason, const Error& error) override {
        if (!ended) {
            owner.on_closed(info.id, reason, error);
        }
    }

    Impl& owner;
    PeerInfo info;
    std::shared_ptr<Connection> connection;
    bool ended = false;      ///< the reactors were told; nothing is passed on any more
    bool finishing = false;  ///< we hang up as soon as what is queued is sent
};

}  // namespace steelyard::p2p
