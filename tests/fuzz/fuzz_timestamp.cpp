// Timestamp: a text that is accepted names a time whose own text names it too; and its encoding is
// the only one.
#include "base/check.h"
#include "chain/timestamp.h"
#include "tests/support/fuzz_one_encoding.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    if (const auto time = chain::Timestamp::parse(as_text(input))) {
        const std::string text = to_string(*time);
        CHECK(chain::Timestamp::parse(text) == *time);
        CHECK(text.size() <= size);
    }
    return test::fuzz_one_encoding(input, chain::decode_timestamp, chain::encode_timestamp);
}
