// A server of a few methods on loopback, for tests of what its clients see.
#pragma once

#include "rpc/server.h"
#include "test_methods.h"
#include "tests/support/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <thread>

namespace steelyard::rpc {

/// Waits for what another thread does, at most ten seconds.
template <typename Condition>
bool comes_true(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition() && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return condition();
}

/// Clients that have subscribed, whatever to.
class TestBus final : public Subscriptions {
public:
    Result<void> subscribe(
        std::shared_ptr<Client> client, std::string request_id, std::string_view query
    ) override {
        if (query == "bad") {
            return invalid("failed to parse query: it is bad");
        }
        const std::lock_guard lock(mutex_);
        // An event in the midst of the call must not overtake its answer.
        client->deliver(request_id, std::make_shared<const std::string>("\"early\""));
        clients_[client->id()] = {client, request_id};
        return {};
    }
    Result<void> unsubscribe(ClientId client, std::string_view) override {
        return unsubscribe_all(client);
    }
    Result<void> unsubscribe_all(ClientId client) override {
        const std::lock_guard lock(mutex_);
        if (clients_.erase(client) == 0) {
            return invalid("subscription not found");
        }
        return {};
    }
    void client_gone(ClientId client) override {
        const std::lock_guard lock(mutex_);
        clients_.erase(client);
        ++gone_;
    }

    /// How many took the event.
    std::size_t publish(std::string text) {
        const auto shared = std::make_shared<const std::string>(std::move(text));
        const std::lock_guard lock(mutex_);
        std::size_t taken = 0;
        for (const auto& [id, entry] : clients_) {
            taken += entry.first->deliver(entry.second, shared) ? 1U : 0U;
        }
        return taken;
    }

    std::size_t size() {
        const std::lock_guard lock(mutex_);
        return clients_.size();
    }
    std::size_t gone() {
        const std::lock_guard lock(mutex_);
        return gone_;
    }

private:
    std::mutex mutex_{};
    std::map<ClientId, std::pair<std::shared_ptr<Client>, std::string>> clients_{};
    std::size_t gone_ = 0;
};

class ServerTest : public testing::Test {
protected:
    void start(ServerConfig config = {}) {
        config.listen_addresses = {"tcp://127.0.0.1:0"};
        config.metrics_listen_address = "127.0.0.1:0";
        MethodTable table = test_table_without_subscribe();
        add_subscription_methods(table, bus_);
        ServerPorts ports{
            .health = [this] { return health_; },
            .stuck_thread = [this] { return stuck_; },
            .metrics = [] { return "a_metric 1\n"; },
            .client_gone = [this](ClientId client) { bus_.client_gone(client); },
        };
        auto server = Server::start(std::move(config), std::move(table), std::move(ports));
        ASSERT_TRUE(server) << server.error().message();
        server_ = *std::move(server);
        port_ = server_->ports().at(0);
        metrics_port_ = server_->ports().at(1);
    }

    MethodTable test_table_without_subscribe() {
        MethodTable table("1.2.3");
        const MethodTable all = test_table();
        for (const auto& [name, method] : all.methods()) {
            if (!method.websocket_only) {
                table.add(method);
            }
        }
        table.add({
            .name = "hang",
            .handler =
                [this](Call, Responder responder) {
                    const std::lock_guard lock(mutex_);
                    hanging_.push_back(std::make_shared<Responder>(std::move(responder)));
                },
        });
        table.add({
            .name = "large",
            .handler = answer([](const Params&) -> Result<std::string> {
                return '"' + std::string(3'000'000, 'x') + '"';
            }),
        });
        return table;
    }

    std::size_t hanging() {
        const std::lock_guard lock(mutex_);
        return hanging_.size();
    }

    static constexpr std::string_view genesis_call = R"({"id":1,"method":"genesis"})";
    static constexpr std::string_view genesis_reply = R"({"jsonrpc":"2.0","id":1,"result":{}})";

    TestBus bus_{};
    Health health_{};
    std::optional<std::string> stuck_{};
    std::mutex mutex_{};
    std::vector<std::shared_ptr<Responder>> hanging_{};
    std::unique_ptr<Server> server_{};
    std::uint16_t port_ = 0;
    std::uint16_t metrics_port_ = 0;
};

}  // namespace steelyard::rpc
