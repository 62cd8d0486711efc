// Small POSTs, as a client sends transactions, to the RPC server and to a bare Beast echo. The rate
// per second of the server's CPU time is what counts: client and server share the machine.
#include "base/base64.h"
#include "base/check.h"
#include "rpc/json_reader.h"
#include "rpc/json_writer.h"
#include "rpc/server.h"
#include "tests/bench/rpc_bench_echo.h"
#include "tests/support/http_client.h"

#include <benchmark/benchmark.h>

namespace steelyard::rpc {
namespace {

using testing_support::post_request;
using testing_support::read_response;
using testing_support::TcpClient;

std::string broadcast_call() {
    const Bytes tx(250, 'x');
    return fmt::format(
        R"({{"jsonrpc":"2.0","id":123456789012,"method":"broadcast_tx_sync","params":{{"tx":"{}"}}}})",
        to_base64(tx)
    );
}

MethodTable bench_table() {
    MethodTable table;
    table.add({
        .name = "broadcast_tx_sync",
        .params = {{.name = "tx", .type = ParamType::bytes}},
        .handler = answer([](const Params& params) -> Result<std::string> {
            JsonWriter writer;
            writer.begin_object().key("code").number(0).key("data").string("").key("log").string(""
            );
            writer.key("codespace").string("").key("hash");
            writer.hex(ByteView(params.bytes("tx")).first(32)).end_object();
            return std::move(writer).take();
        }),
        .run_on = RunOn::io_thread,
    });
    return table;
}

/// `ahead` requests at a time on one connection.
void send_posts(benchmark::State& state, std::uint16_t port) {
    const auto ahead = static_cast<std::size_t>(state.range(0));
    TcpClient client(port);
    std::string requests;
    for (std::size_t i = 0; i < ahead; ++i) {
        requests += post_request(broadcast_call());
    }
    for (auto _ : state) {
        client.send(requests);
        for (std::size_t i = 0; i < ahead; ++i) {
            benchmark::DoNotOptimize(read_response(client));
        }
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(ahead) * state.iterations());
}

void rpc_server(benchmark::State& state) {
    ServerConfig config;
    config.listen_addresses = {"127.0.0.1:0"};
    auto server = Server::start(config, bench_table(), {});
    CHECK(server);
    send_posts(state, (*server)->ports().at(0));
}
BENCHMARK(rpc_server)->Arg(1)->Arg(16)->MeasureProcessCPUTime()->UseRealTime();

void bare_beast(benchmark::State& state) {
    const BareEcho echo;
    send_posts(state, echo.port());
}
BENCHMARK(bare_beast)->Arg(1)->Arg(16)->MeasureProcessCPUTime()->UseRealTime();

/// Without sockets: from the body to the response.
void dispatcher_post(benchmark::State& state) {
    const Dispatcher dispatcher(bench_table(), {});
    const std::string body = broadcast_call();
    const std::shared_ptr<Client> nobody;
    for (auto _ : state) {
        dispatcher.post(body, nobody, [](HttpReply reply) { benchmark::DoNotOptimize(reply); });
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(dispatcher_post);

void dispatcher_batch_of_100(benchmark::State& state) {
    const Dispatcher dispatcher(bench_table(), {});
    std::string body;
    for (int i = 0; i < 100; ++i) {
        body += (i == 0 ? "[" : ",") + broadcast_call();
    }
    body += ']';
    const std::shared_ptr<Client> nobody;
    for (auto _ : state) {
        dispatcher.post(body, nobody, [](HttpReply reply) { benchmark::DoNotOptimize(reply); });
    }
    state.SetItemsProcessed(100 * state.iterations());
}
BENCHMARK(dispatcher_batch_of_100);

}  // namespace
}  // namespace steelyard::rpc
