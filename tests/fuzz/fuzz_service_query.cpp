// Questions to the node's own services: whatever the bytes, one answer comes.
#include "base/check.h"
#include "rpc/services/services.h"
#include "tests/unit/rpc/fake_node.h"

using namespace steelyard;

/// The first byte chooses the method.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static test::FakeNode node;
    static services::Services services(
        {.chain = node.chain,
         .blocks = node.blocks,
         .pool = node,
         .app = node,
         .status = node,
         .indexer = node.indexer.get(),
         .searcher = &node.searcher},
        {.fee_denom = "uyard",
         .consensus_prefix = "yardvalcons",
         .patience = std::chrono::seconds(1)}
    );
    static const auto paths = services.paths();
    static const bool is_ready = [] {
        node.append({{1, 2, 3}, {0x0a, 0x00, 0x12, 0x00}});
        node.append({});
        return true;
    }();
    CHECK(is_ready);
    if (size == 0) {
        return 0;
    }
    const auto result = services.query(
        {.path = std::string(paths[data[0] % paths.size()]), .data = to_bytes({data + 1, size - 1})}
    );
    CHECK(result);
    CHECK(result->code == 0 || !result->log.empty());
    node.submitted.clear();
    return 0;
}
