// Node: a running steelyardd, built from its configuration.
#pragma once

#include "base/result.h"
#include "node/config/config.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace steelyard::node {

/// What a node listens at, once it runs; ports that were asked for as 0 are the true ones.
struct NodeAddresses {
    std::string id{};  ///< of its key, lower-case hex
    std::uint16_t p2p_port = 0;
    std::vector<std::uint16_t> rpc_ports{};   ///< in the order of rpc.laddr
    std::vector<std::uint16_t> rest_ports{};  ///< of api.address; empty if there is no REST
    std::string worker_address{};             ///< of worker.laddr; empty if workers are not served
};

/// Owns everything that runs. Threads: peers, consensus, mempool, RPC, and those that check.
class Node {
public:
    /// Opens the home that the configuration names and begins. Errors name the file or the option,
    /// and what to do. `failed` is called once, by some thread, if the node cannot go on.
    static Result<std::unique_ptr<Node>> start(
        const Config& config, std::function<void(const Error&)> failed
    );

    /// Stops.
    ~Node();

    /// Takes no more requests, closes the connections, finishes what consensus is doing and closes
    /// the stores. Once is enough.
    void stop();

    /// Waits, without blocking, until this validator may leave so that no round is lost, a minute
    /// at most; then `left` is called once, by some thread, and the node is to be stopped.
    void leave_in_window(std::function<void()> left);

    /// Asks the threads whether they still do their work. The name of one that does not answer
    /// within a few seconds; nothing if all do.
    std::optional<std::string> find_stuck_thread();

    NodeAddresses addresses() const;

private:
    class Impl;
    explicit Node(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::node
