// Disks: the storage of one simulated machine. It outlives the machine's crashes.
#pragma once

#include "consensus/engine/log_file.h"
#include "storage/kv_store.h"
#include "tests/support/fault.h"

#include <functional>

namespace steelyard::sim {

/// All of a machine's files and stores, which lose power together. What is read and written goes
/// through the faulty devices of tests/support.
class Disks {
public:
    /// `on_sync` is called whenever something was made durable: it takes a device's time.
    Disks(std::uint64_t seed, std::function<void()> on_sync);
    ~Disks();

    storage::KvStore& blocks();
    storage::KvStore& state();
    storage::KvStore& evidence();
    storage::KvStore& application();
    engine::Directory& wal();
    engine::Directory& signer();

    /// The `operation`-th write or sync from now, of whichever device, is torn, and the power of
    /// all of them is cut. 1 is the next, 0 none.
    void cut_power_at(std::uint64_t operation);
    void cut_power();
    bool has_power() const;

    /// Takes away what was not durable, and works again. Whatever used the disks must be opened
    /// anew.
    void restart(test::Loss loss);

    /// Writes and syncs so far.
    std::uint64_t operations() const;

private:
    struct Devices;

    std::unique_ptr<Devices> devices_;
};

}  // namespace steelyard::sim
