// Gateway: REST over HTTP in front of the queries of services (doc/spec/rest.md).
#pragma once

#include "abci/query_status.h"
#include "rpc/http_handler.h"

#include <memory>

namespace steelyard::rest {

/// Where queries go: "/package.Service/Method" with a request as its protobuf bytes. Thread-safe.
/// The callback is called once, by any thread.
using QueryPort = std::function<
    void(const abci::QueryRequest&, std::move_only_function<void(Result<abci::QueryResult>)>)>;

/// Makes queries of requests, and JSON as the Cosmos SDK writes it of their answers. Thread-safe;
/// outlives the answers that it still owes.
class Gateway final : public rpc::HttpHandler {
public:
    explicit Gateway(QueryPort query);
    ~Gateway() override;

    void handle(rpc::HttpRequest request, rpc::Dispatcher::HttpDone done) override;
    rpc::HttpReply refusal(int status, std::string_view why) const override;

private:
    class Routes;

    QueryPort query_;
    std::unique_ptr<const Routes> routes_;
};

/// The status that gRPC gateways give a code.
int http_status(abci::GrpcCode code);

}  // namespace steelyard::rest
