// SimDirectory: a folder of files in memory that fails and forgets on command, as disks do.
#pragma once

#include "consensus/engine/log_file.h"
#include "tests/support/fault.h"

#include <map>
#include <memory>

namespace steelyard::test {

/// What a power cut leaves is as bad as POSIX allows. Of bytes that were not synced a restart may
/// keep any first part, and leave holes of zeros or garbage in it, sector by sector; bytes whose
/// sync has failed are gone though a later sync succeeds. Of changes of names that were not synced
/// it may keep any, each whole. All choices come from the seed. It outlives who uses it: it is the
/// disk. Not thread-safe.
class SimDirectory final : public engine::Directory {
public:
    static constexpr std::size_t sector_size = 512;

    explicit SimDirectory(std::uint64_t seed);
    ~SimDirectory() override;

    /// The `operation`-th change or sync from now (1 is the next) meets the fault.
    void fail_at(std::uint64_t operation, Fault fault);

    /// The `read`-th read of a file from now fails.
    void fail_read_at(std::uint64_t read);

    /// Everything fails from now on.
    void cut_power();

    /// Takes away what was not durable, forgets faults, and works again. Files that were open stay
    /// useless. Loss::none is a crash of the process alone: what was not durable still is not.
    void restart(Loss loss);

    /// What can be read now, by name.
    std::map<std::string, Bytes> image() const;

    /// A durable file with this content, as if someone had edited it.
    void put(std::string_view name, ByteView content);

    std::uint64_t operations() const;  ///< changes and syncs so far
    std::uint64_t syncs() const;       ///< of files and of the folder: each takes a disk's time

    Result<std::vector<std::string>> list() const override;
    Result<std::unique_ptr<engine::LogFile>> open(std::string_view name) override;
    Result<std::unique_ptr<engine::LogFile>> create(std::string_view name) override;
    Result<void> rename(std::string_view from, std::string_view to) override;
    Result<void> remove(std::string_view name) override;
    Result<void> sync() override;

private:
    struct Disk;
    class File;

    std::shared_ptr<Disk> disk_;
};

}  // namespace steelyard::test
