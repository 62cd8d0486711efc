// Writes the OpenRPC document of a table with every type of parameter and the market's methods, for
// a validator that others wrote.
#include "rpc/market/market_routes.h"
#include "rpc/open_rpc.h"
#include "rpc/subscriptions.h"
#include "tests/unit/rpc/test_methods.h"

#include <fmt/os.h>

namespace {

/// Nobody asks it anything.
class NoApp final : public steelyard::rpc::AppView {
public:
    steelyard::Result<steelyard::abci::ApplicationInfo> info() override { return none(); }
    steelyard::Result<steelyard::abci::QueryResult> query(const steelyard::abci::QueryRequest&)
        override {
        return none();
    }
    steelyard::Result<steelyard::abci::CheckTxResult> check_tx(steelyard::ByteView) override {
        return none();
    }

private:
    static std::unexpected<steelyard::Error> none() {
        return steelyard::fail(steelyard::ErrorCode::unsupported, "no application");
    }
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: write_open_rpc FILE\n");
        return 2;
    }
    NoApp app;
    steelyard::rpc::MethodTable table = steelyard::rpc::test_table();
    steelyard::rpc::add_market_routes(table, {.app = app});
    fmt::output_file(argv[1]).print("{}", open_rpc_document(table));
    return 0;
}
