// Evidence that a client hands in: what is read is valid, and is written so that it reads the same.
#include "base/check.h"
#include "rpc/json_chain.h"
#include "rpc/json_evidence.h"
#include "rpc/json_reader.h"

using namespace steelyard;
using namespace steelyard::rpc;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = as_text(ByteView(data, size));
    if (!check_json(text)) {
        return 0;
    }
    const auto evidence = read_evidence(text);
    if (!evidence) {
        CHECK(!evidence.error().message().empty());
        return 0;
    }
    CHECK(chain::validate(*evidence));
    JsonWriter out;
    write_evidence(out, *evidence);
    const std::string written = std::move(out).take();
    CHECK(check_json(written));
    const auto again = read_evidence(written);
    CHECK(again);
    CHECK(*again == *evidence);
    return 0;
}
