// Queries: whatever is taken can be matched, and its parts say the same again.
#include "base/check.h"
#include "index/query.h"

using namespace steelyard;
using namespace steelyard::index;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = as_text(ByteView(data, size));
    const auto query = Query::parse(text);
    if (!query) {
        return 0;
    }
    CHECK(!query->conditions().empty());
    CHECK(size <= query_size_max);
    const std::string spaced = " " + std::string(text);
    if (spaced.size() <= query_size_max) {
        CHECK(Query::parse(spaced) == *query);
    }
    for (const Condition& condition : query->conditions()) {
        const auto* wanted = std::get_if<std::string>(&condition.operand);
        if (wanted != nullptr) {
            CHECK(condition.matches(*wanted));
        }
        static_cast<void>(condition.matches(text));
    }
    static_cast<void>(query->matches({{"tm.event", {"Tx"}}, {"app.key", {"8.5stake", ""}}}));
    return 0;
}
