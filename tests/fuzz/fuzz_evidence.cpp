// A list of evidence: what decodes is valid and encodes back to the same bytes.
#include "base/check.h"
#include "chain/evidence.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const auto list = chain::decode_evidence_list(bytes);
    if (!list) {
        return 0;
    }
    CHECK(equal(chain::encode_evidence_list(*list), bytes));
    for (const chain::Evidence& evidence : *list) {
        CHECK(chain::validate(evidence));
        CHECK(chain::evidence_height(evidence) >= chain::Height(1));
    }
    return 0;
}
