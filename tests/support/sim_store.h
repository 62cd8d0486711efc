// SimStore: a KvStore in memory that fails and forgets on command, without files or threads.
#pragma once

#include "storage/memory_store.h"
#include "tests/support/fault.h"

#include <set>

namespace steelyard::test {

/// Behaves to its user as a LevelDbStore over a FaultEnv does, but is fit for a deterministic
/// scheduler: LevelDB needs a thread of its own. It models one log of batches, of which a restart
/// keeps all up to the last synced one and a part of those after it; a torn batch is never half
/// there. All choices come from the seed.
class SimStore final : public storage::KvStore {
public:
    explicit SimStore(std::uint64_t seed) : random_(seed) {}

    /// The `write`-th write from now (1 is the next) meets the fault.
    void fail_write_at(std::uint64_t write, Fault fault);

    /// The `read`-th `get` from now fails.
    void fail_read_at(std::uint64_t read);

    /// Bits of the record have flipped: reading it is an error until it is written again.
    void damage(ByteView key);

    /// Everything fails from now on.
    void cut_power();

    /// Takes away what was not durable, forgets faults (but not damage), and works again, as if it
    /// had been opened anew.
    void restart(Loss loss);

    std::uint64_t writes() const;
    std::uint64_t syncs() const;

    Result<std::optional<Bytes>> get(ByteView key) const override;
    Result<void> write(const storage::WriteBatch& batch, storage::Durability durability) override;
    std::unique_ptr<storage::KvIterator> iterate() const override;

private:
    class Iterator;

    Result<void> meet_fault(const storage::WriteBatch& batch);
    storage::WriteBatch inverse_of(const storage::WriteBatch& batch) const;
    void apply(const storage::WriteBatch& batch);

    mutable std::mutex mutex_;
    SeededRandom random_;
    storage::MemoryStore visible_;
    std::vector<storage::WriteBatch> undo_;      ///< of the unsynced batches, in their order
    std::optional<storage::WriteBatch> unsure_;  ///< failed, but perhaps on the disk
    std::set<Bytes> damaged_;

    bool powered_ = true;
    bool write_failed_ = false;
    std::uint64_t writes_ = 0;
    mutable std::uint64_t reads_ = 0;
    std::uint64_t syncs_ = 0;
    std::uint64_t fault_write_ = 0;
    std::uint64_t fault_read_ = 0;
    Fault fault_ = Fault::io_error;
};

}  // namespace steelyard::test
