// The property that every decoder of a canonical format is fuzzed for.
#pragma once

#include "base/bytes.h"
#include "base/check.h"

namespace steelyard::test {

/// Decodes the input; if that succeeds, the value must encode to exactly the input.
template <typename Decode, typename Encode>
int fuzz_one_encoding(ByteView input, Decode decode, Encode encode) {
    if (const auto value = decode(input)) {
        CHECK(equal(encode(*value), input));
    }
    return 0;
}

}  // namespace steelyard::test
