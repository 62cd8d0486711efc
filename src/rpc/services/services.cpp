#include "rpc/services/services.h"

#include "rpc/services/handler.h"

#include <future>

namespace steelyard::services {
namespace {

abci::GrpcCode code_of(ErrorCode code) {
    using abci::GrpcCode;
    switch (code) {
        case ErrorCode::invalid:
        case ErrorCode::too_large:
            return GrpcCode::invalid_argument;
        case ErrorCode::not_found:
            return GrpcCode::not_found;
        case ErrorCode::unsupported:
            return GrpcCode::unimplemented;
        case ErrorCode::denied:
        case ErrorCode::insufficient:
            return GrpcCode::failed_precondition;
        case ErrorCode::corrupt:
        case ErrorCode::io:
        case ErrorCode::no_space:
            return GrpcCode::internal;
    }
    return GrpcCode::unknown;
}

}  // namespace

Refusal::Refusal(const Error& error) : code(code_of(error.code())), message(error.message()) {
}

class Services::Handlers {
public:
    Handlers() {
        add_tx_service(table);
        add_comet_service(table);
        add_node_services(table);
    }

    HandlerTable table{};
};

Services::Services(const ServicePorts& ports, ServiceConfig config)
    : ports_(ports), config_(std::move(config)), handlers_(std::make_unique<Handlers>()) {
}

Services::~Services() = default;

std::vector<std::string_view> Services::paths() const {
    std::vector<std::string_view> out;
    for (const auto& [path, handler] : handlers_->table) {
        out.push_back(path);
    }
    return out;
}

abci::QueryResult Services::answered(Bytes value) const {
    return {.value = std::move(value), .height = ports_.chain.range().tip};
}

void Services::query(const abci::QueryRequest& request, QueryDone done) {
    const auto found = handlers_->table.find(request.path);
    if (found == handlers_->table.end()) {
        done(ports_.app.query(request));
        return;
    }
    auto reply = [this, done = std::move(done)](Answer<Bytes> answer) mutable {
        if (answer) {
            done(answered(*std::move(answer)));
            return;
        }
        abci::QueryResult refused =
            abci::refused_query(answer.error().code, answer.error().message);
        refused.height = ports_.chain.range().tip;
        done(std::move(refused));
    };
    found->second({ports_, config_}, request, std::move(reply));
}

Result<abci::QueryResult> Services::query(const abci::QueryRequest& request) {
    if (!handlers_->table.contains(request.path)) {
        return ports_.app.query(request);
    }
    // Shared with the callback, which may come after the wait has ended.
    const auto promise = std::make_shared<std::promise<Result<abci::QueryResult>>>();
    auto future = promise->get_future();
    query(request, [promise](Result<abci::QueryResult> result) {
        promise->set_value(std::move(result));
    });
    if (future.wait_for(config_.patience) != std::future_status::ready) {
        return abci::refused_query(abci::GrpcCode::deadline_exceeded, "no answer came in time");
    }
    return future.get();
}

}  // namespace steelyard::services
