#include "node/rest_service.h"

#include "node/settings.h"

namespace steelyard::node {

RestService::RestService(services::Services& services)
    : gateway_([&services](const abci::QueryRequest& request, services::QueryDone done) {
          services.query(request, std::move(done));
      }) {
}

Result<std::unique_ptr<RestService>> RestService::start(
    const Config& config, services::Services& services
) {
    std::unique_ptr<RestService> service(new RestService(services));
    auto server = rpc::Server::start(rest_server_config(config), service->gateway_);
    if (!server) {
        return std::unexpected(std::move(server).error().in("api.address"));
    }
    service->server_ = *std::move(server);
    return service;
}

std::vector<std::uint16_t> RestService::ports() const {
    std::vector<std::uint16_t> ports = server_->ports();
    std::erase(ports, std::uint16_t{0});
    return ports;
}

}  // namespace steelyard::node
