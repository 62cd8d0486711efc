// LevelDB's log format: the outline is total, and only shrinks when bytes are cut off.
#include "base/check.h"
#include "storage/leveldb_log.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView file(data, size);
    const storage::LogOutline whole = storage::outline_log(file);
    const storage::LogOutline half = storage::outline_log(file.first(size / 2));
    CHECK(half.record_starts.size() <= whole.record_starts.size());
    for (std::size_t i = 0; i < half.record_starts.size(); ++i) {
        CHECK(half.record_starts[i] == whole.record_starts[i]);
    }
    CHECK(whole.torn || size == 0 || !whole.record_starts.empty());
    storage::needed_log(file);
    return 0;
}
