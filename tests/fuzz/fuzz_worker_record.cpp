// Records and reports of a worker's journal: what is read is written so that it reads the same.
#include "base/check.h"
#include "worker/record.h"

using namespace steelyard;
using namespace steelyard::worker;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    if (const auto record = decode_record(input)) {
        const auto again = decode_record(encode_record(*record));
        CHECK(again && again->name == record->name && again->outcome == record->outcome);
        CHECK(again->inputs == record->inputs && again->proof == record->proof);
    }
    if (const auto report = decode_report(input)) {
        const auto again = decode_report(encode_report(*report));
        CHECK(again && *again == *report);
    }
    return 0;
}
