// Hex and base64: whatever decodes has one text, and encodes back to it.
#include "base/base64.h"
#include "base/check.h"
#include "base/hex.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = as_text({data, size});
    if (const Result<Bytes> bytes = from_base64(text)) {
        CHECK(to_base64(*bytes) == text);
    }
    if (const Result<Bytes> bytes = from_hex(text)) {
        CHECK(from_hex(to_hex_upper(*bytes)) == *bytes);
        CHECK(to_hex(*bytes).size() == text.size());
    }
    return 0;
}
