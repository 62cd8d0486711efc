// Client: who asks over a connection, and where events go.
#pragma once

#include "rpc/error.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace steelyard::rpc {

/// A connection. Numbers are not used again while a process runs.
using ClientId = std::uint64_t;

/// A connection to the RPC server. Thread-safe; may outlive the connection itself.
class Client {
public:
    virtual ~Client() = default;

    virtual ClientId id() const = 0;

    /// "host:port".
    virtual std::string_view remote_address() const = 0;

    /// Whether `deliver` can reach it: a WebSocket client.
    virtual bool takes_events() const { return false; }

    /// Queues {"jsonrpc":"2.0","id":request_id,"result":result}. The text is shared by all to whom
    /// it goes. False: the client is gone, or was too slow for its queue; then it is sent a last
    /// error for this id ("subscription was canceled (reason: ...)") and the connection is closed.
    virtual bool deliver(
        std::string_view request_id, const std::shared_ptr<const std::string>& result
    ) {
        static_cast<void>(request_id);
        static_cast<void>(result);
        return false;
    }
};

}  // namespace steelyard::rpc
