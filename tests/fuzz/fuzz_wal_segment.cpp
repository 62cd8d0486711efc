// Segments of the write-ahead log: as bytes, and as records with sound checksums that make no
// sense. What opens replays what was scanned, and opens again as the same.
#include "base/check.h"
#include "consensus/engine/crc32c.h"
#include "consensus/engine/wal.h"
#include "consensus/engine/wal_reader.h"
#include "tests/support/sim_files.h"

using namespace steelyard;
using namespace steelyard::engine;

namespace {

constexpr std::size_t script_step_size = 4;

/// A segment of records whose kind, `synced`, size and damage the script chooses.
Bytes segment_of(ByteView script, const chain::ChainId& chain_id) {
    const WalSegmentHeader header{chain_id, 1, 7};
    const std::uint32_t seed = record_seed(header);
    Bytes segment = to_bytes(encode_segment_header(header));
    for (; script.size() >= script_step_size; script = script.subspan(script_step_size)) {
        const Bytes payload(script[2] % 16, script[3]);
        const WalRecordHeader record{
            .offset = segment.size(),
            .synced = segment.size() * (script[1] % 8) / 4,
            .size = static_cast<std::uint32_t>(payload.size()),
            .kind = static_cast<std::uint8_t>(script[0] % 6),
            .payload_crc = crc32c(payload, seed),
        };
        append(segment, encode_record_header(record, seed));
        append(segment, payload);
        segment.back() ^= static_cast<std::uint8_t>(script[3] >= 240);
    }
    return segment;
}

std::vector<Bytes> records_of(const Wal& wal) {
    std::vector<Bytes> records;
    CHECK(wal.replay([&](ByteView record) -> Result<void> {
        records.push_back(to_bytes(record));
        return {};
    }));
    CHECK(records.size() == wal.recovery().records);
    return records;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    const chain::ChainId chain_id = chain::ChainId::parse("steelyard-1").value();
    const bool is_script = size > 0 && input[0] == 0;
    const Bytes segment = is_script ? segment_of(input.subspan(1), chain_id) : to_bytes(input);
    test::SimDirectory disk(1);
    SeededRandom random(1);
    disk.put(segment_name(1), segment);

    const auto scan = scan_segment(*disk.open(segment_name(1)).value());
    const auto wal = Wal::open(disk, random, {.chain_id = chain_id});
    if (!wal) {
        return 0;
    }
    CHECK(scan && scan->end <= segment.size());
    CHECK((*wal)->recovery().records == scan->records);
    CHECK((*wal)->recovery().bytes_cut == segment.size() - scan->end);
    const std::vector<Bytes> records = records_of(**wal);
    const auto again = Wal::open(disk, random, {.chain_id = chain_id});
    CHECK(again && (*again)->recovery().bytes_cut == 0);
    CHECK((*again)->last_finished() == scan->last_finished);
    CHECK(records_of(**again) == records);
    return 0;
}
