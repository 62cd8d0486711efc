// SimDisk: files in memory that fail and forget on command, as disks do.
#pragma once

#include "base/random.h"
#include "blob/disk.h"
#include "tests/support/fault.h"

#include <map>
#include <mutex>
#include <optional>

namespace steelyard::test {

/// Files that outlive the disks through which they are used. Bytes are durable once synced, sector
/// by sector; names once a file of their folder is synced or renamed. A restart keeps of the rest
/// what its seed chooses. Bytes whose sync has failed never become durable. Thread-safe.
class SimFiles {
public:
    static constexpr std::size_t sector_bytes = 512;

    SimFiles(std::uint64_t seed, const Clock& clock) : random_(seed), clock_(clock) {}

    /// A disk of these files. One that was made before the last restart fails for ever.
    std::unique_ptr<blob::Disk> disk();

    /// The `operation`-th change from now (1 is the next) meets the fault.
    void fail_at(std::uint64_t operation, Fault fault);

    /// The `read`-th read from now fails.
    void fail_read_at(std::uint64_t read);

    /// Takes away what was not durable, forgets faults, and works again.
    void restart(Loss loss);

    void flip_bit(const std::string& name, std::uint64_t bit);
    bool contains(const std::string& name) const;
    std::uint64_t operations() const;

private:
    class SimDisk;

    struct File {
        Bytes now{};
        Bytes durable{};
        bool is_lost = false;  ///< its sync has failed
        Clock::Wall changed{};
    };
    using Names = std::map<std::string, std::shared_ptr<File>>;

    Result<void> begin(bool needs_space, std::size_t size, std::size_t* done);
    Result<std::shared_ptr<File>> find(const std::string& name) const;
    void sync_names(const std::string& folder);
    void forget(File& file, Loss loss);

    mutable std::mutex mutex_{};
    SeededRandom random_;
    const Clock& clock_;
    Names names_{};
    Names durable_{};
    std::uint64_t session_ = 0;
    std::uint64_t operations_ = 0;
    std::uint64_t reads_ = 0;
    std::uint64_t fault_at_ = 0;
    std::uint64_t read_fault_at_ = 0;
    Fault fault_ = Fault::io_error;
    bool is_full_ = false;
    bool is_off_ = false;
};

}  // namespace steelyard::test
