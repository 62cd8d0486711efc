// Nodes that talk over loopback sockets in tests, and what they saw.
#pragma once

#include "base/check.h"
#include "p2p/transport.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace steelyard::p2p {

/// What happened on a connection. Thread-safe.
class Recorder final : public ConnectionListener {
public:
    void on_message(ChannelId channel, Bytes message, ReceiveCredit credit) override {
        change([&] {
            bytes += message.size();
            messages.emplace_back(channel, std::move(message));
            if (keep_credits) {
                credits.push_back(std::move(credit));
            }
        });
    }

    void on_drained(ChannelId channel) override {
        change([&] { drained.push_back(channel); });
    }

    void on_closed(CloseReason reason, const Error& error) override {
        change([&] { closed.emplace_back(reason, error); });
    }

    /// Whether the condition comes true, in ten seconds at most.
    template <typename Condition>
    bool wait(Condition condition) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, std::chrono::seconds(10), condition);
    }

    bool wait_closed() {
        return wait([&] { return !closed.empty(); });
    }

    template <typename Action>
    void change(Action action) {
        {
            const std::lock_guard lock(mutex);
            action();
        }
        changed.notify_all();
    }

    std::mutex mutex;
    std::condition_variable changed;
    bool keep_credits = false;
    std::size_t bytes = 0;
    std::vector<std::pair<ChannelId, Bytes>> messages{};
    std::vector<ReceiveCredit> credits{};
    std::vector<ChannelId> drained{};
    std::vector<std::pair<CloseReason, Error>> closed{};
};

/// A transport with its thread; connections that come up are started at once.
class LoopbackNode final : TransportListener {
public:
    explicit LoopbackNode(
        std::uint64_t seed,
        TransportOptions options = {},
        std::vector<ChannelDescriptor> channels = {{.id = 1}, {.id = 2, .priority = 5}},
        const std::string& network = "test"
    )
        : random_(seed), key_(NodeKey::generate(random_)) {
        NodeInfo info{
            .id = key_.id(),
            .listen_addr = "tcp://127.0.0.1:0",
            .network = network,
            .version = "0.38.0",
            .moniker = "node",
        };
        for (const ChannelDescriptor& channel : channels) {
            info.channels.push_back(channel.id);
        }
        transport = std::make_unique<Transport>(
            thread, options, key_.clone(), std::move(channels), random_
        );
        transport->set_node_info(info);
        auto at = transport->listen({.host = "127.0.0.1", .port = 0});
        CHECK(at);
        address = *at;
        transport->accept(*this);
        thread.start();
    }

    ~LoopbackNode() override {
        thread.stop();
        transport.reset();
        connections.clear();
    }

    const NodeId& id() const { return key_.id(); }
    const NodeKey& key() const { return key_; }

    /// Dials and waits; the outcome's connection is started with `recorder`.
    Transport::Dialled dial(const Endpoint& at, const NodeId& peer) {
        std::optional<Transport::Dialled> outcome;
        thread.post([&] {
            transport->dial(at, peer, [&](Transport::Dialled dialled) {
                if (dialled) {
                    (*dialled)->start(outbound);
                }
                events.change([&] { outcome = std::move(dialled); });
            });
        });
        CHECK(events.wait([&] { return outcome.has_value(); }));
        return *std::move(outcome);
    }

    std::shared_ptr<Connection> dial(const LoopbackNode& other) {
        auto dialled = dial(other.address, other.id());
        CHECK(dialled);
        return *dialled;
    }

    /// The connections that came in, when there are so many.
    std::shared_ptr<Connection> inbound_connection(std::size_t number = 0) {
        CHECK(events.wait([&] { return connections.size() > number; }));
        return connections[number];
    }

    TransportStats stats() {
        std::optional<TransportStats> out;
        thread.post([&] {
            const TransportStats now = transport->stats();
            events.change([&] { out = now; });
        });
        CHECK(events.wait([&] { return out.has_value(); }));
        return *out;
    }

    IoThread thread;
    std::unique_ptr<Transport> transport;
    Endpoint address{};
    bool admits = true;
    std::shared_ptr<Recorder> inbound = std::make_shared<Recorder>();
    std::shared_ptr<Recorder> outbound = std::make_shared<Recorder>();
    Recorder events;  ///< its lock and its waiting
    std::vector<std::shared_ptr<Connection>> connections{};
    std::map<HandshakeStep, int> failed{};

private:
    bool admit(const Endpoint&) override { return admits; }

    void on_inbound(std::shared_ptr<Connection> connection) override {
        connection->start(inbound);
        events.change([&] { connections.push_back(std::move(connection)); });
    }

    void on_inbound_failed(const Endpoint&, const HandshakeFailure& failure) override {
        events.change([&] { ++failed[failure.step]; });
    }

    SeededRandom random_;
    NodeKey key_;
};

}  // namespace steelyard::p2p
