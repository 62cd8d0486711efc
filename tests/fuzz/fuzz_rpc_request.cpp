// JSON-RPC bodies and WebSocket messages: every text gets an answer that is JSON, or none.
#include "base/check.h"
#include "rpc/json_reader.h"
#include "tests/unit/rpc/test_methods.h"

using namespace steelyard;
using namespace steelyard::rpc;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Dispatcher dispatcher(test_table(), {.batch_size_max = 10});
    static const std::shared_ptr<Client> client = std::make_shared<TestClient>();
    const std::string_view text = as_text({data, size});
    bool answered = false;
    dispatcher.post(text, client, [&](HttpReply reply) {
        answered = true;
        CHECK(reply.status == 200 || reply.status == 500);
        CHECK(reply.body.empty() || check_json(reply.body));
        CHECK(
            reply.status == 200 || !check_json(text) ||
            reply.body.find("-32700") != std::string::npos
        );
    });
    CHECK(answered);
    dispatcher.websocket(text, client, [](std::string reply) {
        CHECK(reply.empty() || check_json(reply));
    });
    return 0;
}
