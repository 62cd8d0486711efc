// Writes the OpenRPC document of a table with every type of parameter, for a validator that others
// wrote.
#include "rpc/open_rpc.h"
#include "rpc/subscriptions.h"
#include "tests/unit/rpc/test_methods.h"

#include <fmt/os.h>

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: write_open_rpc FILE\n");
        return 2;
    }
    fmt::output_file(argv[1]).print("{}", open_rpc_document(steelyard::rpc::test_table()));
    return 0;
}
