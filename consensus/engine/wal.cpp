#include "consensus/engine/wal.h"

#include "base/check.h"
#include "base/endian.h"
#include "consensus/engine/wal_reader.h"
#include "consensus/engine/wal_segment.h"

#include <algorithm>

namespace steelyard::engine {
namespace {

constexpr std::string_view advice = "see doc/howto/recover-wal.md";

/// The error of a segment, with its name before it and what to do after it.
std::unexpected<Error> segment_error(std::uint64_t sequence, const Error& error) {
    return fail(error.code(), "{}: {}; {}", segment_name(sequence), error.message(), advice);
}

Result<WalScan> scan(const LogFile& file, std::uint64_t sequence, const chain::ChainId& chain_id) {
    auto scan = scan_segment(file);
    if (!scan) {
        return segment_error(sequence, scan.error());
    }
    if (scan->header.chain_id != chain_id) {
        return invalid(
            "{}: the log is of chain {}, not of {}; {}",
            segment_name(sequence),
            scan->header.chain_id,
            chain_id,
            advice
        );
    }
    if (scan->header.sequence != sequence) {
        return fail(
            ErrorCode::corrupt,
            "{}: the segment is number {}; {}",
            segment_name(sequence),
            scan->header.sequence,
            advice
        );
    }
    return scan;
}

Result<std::vector<std::uint64_t>> list_segments(const Directory& directory) {
    TRY_ASSIGN(const auto names, directory.list());
    std::vector<std::uint64_t> sequences;
    for (const std::string& name : names) {
        if (const auto sequence = segment_sequence(name)) {
            sequences.push_back(*sequence);
        }
    }
    return sequences;
}

ByteArray<wal_height_size> encode_height(chain::Height height) {
    ByteArray<wal_height_size> bytes;
    store_le(bytes.data(), static_cast<std::uint64_t>(height.value()));
    return bytes;
}

}  // namespace

Wal::Wal(Directory& directory, std::uint32_t salt, WalOptions options)
    : directory_(directory), salt_(salt), options_(std::move(options)) {
}

Wal::~Wal() = default;

Result<std::unique_ptr<Wal>> Wal::open(
    Directory& directory, RandomSource& random, const WalOptions& options
) {
    const auto salt = static_cast<std::uint32_t>(random.next_u64());
    std::unique_ptr<Wal> wal(new Wal(directory, salt, options));
    TRY_ASSIGN(const auto sequences, list_segments(directory));
    // Each segment stands for itself: it begins with the height that was last finished, and has its
    // name only since it was durable. So older ones are what a crash kept from being removed.
    if (sequences.empty()) {
        TRY(wal->start());
    } else {
        TRY(wal->recover(std::ranges::max(sequences)));
        TRY(wal->remove_before(wal->segment_->header().sequence));
    }
    return wal;
}

Result<void> Wal::start() {
    TRY_ASSIGN(WalSegment segment, begin_segment(1, options_.start));
    TRY(finish_segment(std::move(segment)));
    recovery_ = {.created = true, .last_finished = options_.start};
    last_finished_ = options_.start;
    return {};
}

/// Copies what there is to replay into a new segment. So a file with a torn end is never appended
/// to, and what a failed sync has left in memory only, looking like the file, gets written again.
Result<void> Wal::recover(std::uint64_t sequence) {
    TRY_ASSIGN(const auto file, directory_.open(segment_name(sequence)));
    TRY_ASSIGN(const WalScan found, scan(*file, sequence, options_.chain_id));
    TRY_ASSIGN(WalSegment segment, begin_segment(sequence + 1, found.last_finished));
    replay_from_ = segment.file().size();
    const auto copied = for_each_input(*file, found, [&](ByteView record) {
        return segment.append(WalRecordKind::input, record);
    });
    if (!copied) {
        return segment_error(sequence, copied.error());
    }
    replay_end_ = segment.file().size();
    TRY(finish_segment(std::move(segment)));
    recovery_ = {
        .last_finished = found.last_finished,
        .records = found.records,
        .bytes_cut = file->size() - found.end,
    };
    last_finished_ = found.last_finished;
    return {};
}

Result<void> Wal::remove_before(std::uint64_t sequence) {
    TRY_ASSIGN(const auto sequences, list_segments(directory_));
    for (const std::uint64_t old : sequences) {
        if (old < sequence) {
            TRY(directory_.remove(segment_name(old)));
        }
    }
    return {};
}

Result<WalSegment> Wal::begin_segment(std::uint64_t sequence, chain::Height last_finished) {
    TRY_ASSIGN(
        WalSegment segment, WalSegment::create(directory_, {options_.chain_id, sequence, salt_})
    );
    TRY(segment.append(WalRecordKind::end_height, encode_height(last_finished)));
    return segment;
}

Result<void> Wal::finish_segment(WalSegment segment) {
    TRY(segment.publish(directory_));
    segment_ = std::make_unique<WalSegment>(std::move(segment));
    return {};
}

Result<void> Wal::replay(const WalRecordTaker& take) const {
    CHECK(last_finished_ == recovery_.last_finished);
    WalScan range{.header = segment_->header()};
    range.replay_from = replay_from_;
    range.end = replay_end_;
    return for_each_input(segment_->file(), range, take);
}

Result<void> Wal::append(ByteView record) {
    TRY(check_usable());
    if (record.size() > wal_record_size_max) {
        return fail(
            ErrorCode::too_large,
            "a record of {} bytes, limit {}",
            record.size(),
            wal_record_size_max
        );
    }
    return keep_failure(segment_->append(WalRecordKind::input, record));
}

Result<void> Wal::sync() {
    TRY(check_usable());
    return keep_failure(segment_->sync());
}

Result<void> Wal::end_height(chain::Height height) {
    CHECK(height > last_finished_);
    TRY(check_usable());
    return keep_failure(
        segment_->file().size() < options_.segment_size ? append_end(height) : rotate(height)
    );
}

Result<void> Wal::append_end(chain::Height height) {
    TRY(segment_->append(WalRecordKind::end_height, encode_height(height)));
    TRY(segment_->sync());
    last_finished_ = height;
    return {};
}

Result<void> Wal::rotate(chain::Height height) {
    const std::uint64_t old = segment_->header().sequence;
    TRY_ASSIGN(WalSegment segment, begin_segment(old + 1, height));
    TRY(finish_segment(std::move(segment)));
    last_finished_ = height;
    return directory_.remove(segment_name(old));
}

Result<void> Wal::check_usable() const {
    if (failed_) {
        return fail(ErrorCode::io, "an earlier write to the write-ahead log failed; open it again");
    }
    return {};
}

Result<void> Wal::keep_failure(Result<void> result) {
    failed_ = !result;
    return result;
}

}  // namespace steelyard::engine
