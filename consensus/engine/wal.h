// Wal: the write-ahead log of a node's consensus, whose records are the inputs of the state
// machine.
//
// What is replayed after a crash are the first records that were appended after the last finished
// height: all up to the last completed `sync`, and perhaps some after it. doc/spec/wal.md has the
// bytes and the rules (W1..), doc/howto/recover-wal.md what to do about a log that does not open.
#pragma once

#include "base/random.h"
#include "chain/block_id.h"
#include "chain/ids.h"
#include "consensus/engine/log_file.h"

#include <functional>

namespace steelyard::engine {

class WalSegment;

/// The largest record: a whole block in whatever wraps it.
inline constexpr std::size_t wal_record_size_max = chain::block_size_max + (std::size_t{1} << 20);

/// Takes one record of a replay; its error ends the replay.
using WalRecordTaker = std::function<Result<void>(ByteView record)>;

struct WalOptions {
    chain::ChainId chain_id;  ///< a log of another chain is refused

    /// What counts as finished where there is no log yet: the height of the state.
    chain::Height start{};

    /// A height that ends with the segment at least this large begins a new one.
    std::uint64_t segment_size = std::uint64_t{64} << 20;
};

/// What `open` has found.
struct WalRecovery {
    bool created = false;           ///< there was no log
    chain::Height last_finished{};  ///< of the last end_height
    std::uint64_t records = 0;      ///< to replay: what was appended after it
    std::uint64_t bytes_cut = 0;    ///< at the end, never synced and torn by a crash
};

/// After an error of `append`, `sync` or `end_height`, each of them refuses: the log must be opened
/// anew, by which everything that can be replayed becomes durable. Not thread-safe.
class Wal {
public:
    /// Opens the log that the directory holds, or starts one. A torn end that was never synced is
    /// left out; anything else that is not as it was written is corrupt, and the error names the
    /// file, the offset and what to do. The directory outlives the log.
    static Result<std::unique_ptr<Wal>> open(
        Directory& directory, RandomSource& random, const WalOptions& options
    );

    ~Wal();

    const WalRecovery& recovery() const { return recovery_; }

    /// Hands out the records that `recovery` counts, in order, one in memory at a time; ends at the
    /// first error of `take`. For before the first `end_height`.
    Result<void> replay(const WalRecordTaker& take) const;

    /// Appends a record of at most wal_record_size_max bytes. It survives a crash of the process,
    /// but that of the machine only after `sync`.
    Result<void> append(ByteView record);

    /// Makes all records durable.
    Result<void> sync();

    /// Appends, durably, that the height is finished: records before it will not be replayed again.
    /// The height must be above the last one.
    Result<void> end_height(chain::Height height);

    /// Of the last end_height, or what was finished when the log began.
    chain::Height last_finished() const { return last_finished_; }

private:
    Wal(Directory& directory, std::uint32_t salt, WalOptions options);

    Result<void> start();
    Result<void> recover(std::uint64_t sequence);
    Result<void> remove_before(std::uint64_t sequence);
    Result<WalSegment> begin_segment(std::uint64_t sequence, chain::Height last_finished);
    Result<void> finish_segment(WalSegment segment);
    Result<void> append_end(chain::Height height);
    Result<void> rotate(chain::Height height);
    Result<void> check_usable() const;
    Result<void> keep_failure(Result<void> result);

    Directory& directory_;
    std::uint32_t salt_;  ///< of all segments; their numbers tell them apart
    WalOptions options_;
    WalRecovery recovery_;
    chain::Height last_finished_{};
    std::unique_ptr<WalSegment> segment_;
    std::uint64_t replay_from_ = 0;  ///< offsets in the segment that `open` wrote
    std::uint64_t replay_end_ = 0;
    bool failed_ = false;
};

}  // namespace steelyard::engine
