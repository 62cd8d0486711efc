// Arguments of a GET: every query string gets an answer that is JSON.
#include "base/check.h"
#include "rpc/json_reader.h"
#include "rpc/listen_address.h"
#include "tests/unit/rpc/test_methods.h"

using namespace steelyard;
using namespace steelyard::rpc;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Dispatcher dispatcher(test_table(), {});
    static const std::shared_ptr<Client> client = std::make_shared<TestClient>();
    const std::string_view text = as_text({data, size});
    bool answered = false;
    dispatcher.get("echo", text, client, [&](HttpReply reply) {
        answered = true;
        CHECK(reply.status == 200 || reply.status == 500);
        CHECK(check_json(reply.body));
    });
    CHECK(answered);
    static_cast<void>(parse_listen_address(text));
    return 0;
}
