// Requests to the REST gateway: whatever path, query string or body there is, one answer comes,
// and it is JSON; and what reaches the application is a request that it can parse.
#include "base/check.h"
#include "proto/codec.h"
#include "rpc/json_reader.h"
#include "rpc/rest/gateway.h"

#include <google/protobuf/message.h>

using namespace steelyard;

namespace {

/// Parses the request as the application would, and answers with nothing.
void answer(const abci::QueryRequest& request, auto done) {
    std::string name = request.path.substr(1);
    name[name.find('/')] = '.';
    const auto* const method =
        google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
    CHECK(method != nullptr);
    const std::unique_ptr<google::protobuf::Message> message(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(method->input_type())
            ->New()
    );
    CHECK(proto::strict_parse(
        *message, request.data, {.bytes_max = 1 << 26, .elements_max = 1 << 24, .depth_max = 100}
    ));
    done(abci::QueryResult());
}

}  // namespace

/// The first line is the verb and the target, the second one the height; then comes the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static rest::Gateway gateway([](const abci::QueryRequest& request, auto done) {
        answer(request, std::move(done));
    });
    std::string_view text = as_text({data, size});
    const auto take_until = [&](char end) {
        const std::string_view taken = text.substr(0, text.find(end));
        text.remove_prefix(std::min(taken.size() + 1, text.size()));
        return std::string(taken);
    };
    rpc::HttpRequest request;
    request.method = take_until(' ');
    std::string target = take_until('\n');
    const std::size_t question = std::min(target.find('?'), target.size());
    request.path = target.substr(0, question);
    request.query = target.substr(std::min(question + 1, target.size()));
    request.headers.push_back({"X-Cosmos-Block-Height", take_until('\n')});
    request.body = text;
    const bool is_index = request.path == "/";
    int answers = 0;
    gateway.handle(std::move(request), [&](const rpc::HttpReply& reply) {
        ++answers;
        CHECK(is_index || rpc::check_json(reply.body));
    });
    CHECK(answers == 1);
    return 0;
}
