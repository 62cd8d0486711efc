// RestService: the REST gateway of a node, on a server of its own.
#pragma once

#include "node/config/config.h"
#include "rpc/rest/gateway.h"
#include "rpc/server.h"
#include "rpc/services/services.h"

namespace steelyard::node {

/// Serves from `start` until `stop`.
class RestService {
public:
    /// At api.address. `services` outlives it.
    static Result<std::unique_ptr<RestService>> start(
        const Config& config, services::Services& services
    );

    void stop() { server_->stop(); }
    std::vector<std::uint16_t> ports() const;  ///< of the TCP addresses, in their order
    rpc::ServerStats stats() const { return server_->stats(); }

private:
    explicit RestService(services::Services& services);

    rest::Gateway gateway_;
    std::unique_ptr<rpc::Server> server_{};
};

}  // namespace steelyard::node
