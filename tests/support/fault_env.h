// FaultEnv: files in memory for LevelDB, which fail, tear, vanish and rot on command.
#pragma once

#include "base/random.h"
#include "storage/leveldb_store.h"
#include "tests/support/fault.h"

#include <leveldb/env.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <set>
#include <thread>

namespace steelyard::test {

/// What is on the disk: whole paths and contents.
using DiskImage = std::map<std::string, Bytes>;

/// The model of durability (doc/adr/0007-fault-injection.md): a file's bytes are durable up to the
/// length that it had when it was last synced; names are changed through a journal that is durable
/// up to the last sync of any file and loses only its tail; a rename is atomic; after a sync has
/// failed, what it should have written never becomes durable, even if a later sync succeeds.
///
/// An operation is a change: creation, append, sync, rename or removal. All choices come from the
/// seed, so with `settle` after each write a run is repeated exactly.
class FaultEnv final : public leveldb::Env {
public:
    explicit FaultEnv(std::uint64_t seed, DiskImage image = {});
    ~FaultEnv() override;

    /// The `operation`-th operation from now (1 is the next) meets the fault.
    void fail_at(std::uint64_t operation, Fault fault);

    /// The `read`-th read of a file from now fails.
    void fail_read_at(std::uint64_t read);

    /// Everything fails from now on.
    void cut_power();

    /// Takes away what was not durable, forgets locks and faults, and works again. Files that were
    /// opened before fail for ever.
    void restart(Loss loss);

    /// Changes one bit of a stored file. The file must be that long.
    void flip_bit(const std::string& name, std::uint64_t bit);

    DiskImage image() const;
    std::uint64_t operations() const;
    std::uint64_t syncs() const;

    /// How far each sync moves the env's clock; it stands still otherwise.
    void set_sync_micros(std::uint64_t micros);

    /// Background work waits for `settle` instead of running at once. A store must be destroyed
    /// after `set_stepped(false)`, since it waits for its background work.
    void set_stepped(bool stepped);

    /// Returns when no background work is left.
    void settle();

    leveldb::Status NewSequentialFile(const std::string&, leveldb::SequentialFile**) override;
    leveldb::Status NewRandomAccessFile(const std::string&, leveldb::RandomAccessFile**) override;
    leveldb::Status NewWritableFile(const std::string&, leveldb::WritableFile**) override;
    bool FileExists(const std::string& name) override;
    leveldb::Status GetChildren(const std::string& folder, std::vector<std::string>*) override;
    leveldb::Status RemoveFile(const std::string& name) override;
    leveldb::Status CreateDir(const std::string&) override;
    leveldb::Status RemoveDir(const std::string&) override;
    leveldb::Status GetFileSize(const std::string& name, std::uint64_t* size) override;
    leveldb::Status RenameFile(const std::string& from, const std::string& to) override;
    leveldb::Status LockFile(const std::string& name, leveldb::FileLock** lock) override;
    leveldb::Status UnlockFile(leveldb::FileLock* lock) override;
    void Schedule(void (*function)(void*), void* argument) override;
    void StartThread(void (*function)(void*), void* argument) override;
    leveldb::Status GetTestDirectory(std::string* path) override;
    leveldb::Status NewLogger(const std::string& name, leveldb::Logger** logger) override;
    std::uint64_t NowMicros() override;
    void SleepForMicroseconds(int) override;

private:
    struct File;
    struct Handle;
    class Reader;
    class Writer;
    using Names = std::map<std::string, std::shared_ptr<File>>;

    /// A change of names. Without `file` it is a removal.
    struct NameChange {
        std::string name;
        std::shared_ptr<File> file;
    };

    leveldb::Status begin_change(const std::string& name, bool needs_space);
    leveldb::Status begin_read(const Handle& handle);
    leveldb::Status change_names(std::vector<NameChange> changes, bool needs_space);
    leveldb::Status append(const Handle& handle, ByteView data);
    leveldb::Status sync(const Handle& handle);
    void commit_names(std::size_t count);
    leveldb::Status open(const std::string& name, Handle& handle);
    void run_background();

    mutable std::mutex mutex_;
    SeededRandom random_;
    Names names_;
    Names durable_names_;
    std::vector<std::vector<NameChange>> journal_;  ///< from `durable_names_` to `names_`
    std::set<std::string> locks_;
    std::uint64_t session_ = 0;  ///< counts restarts: files opened in an earlier one are dead
    bool powered_ = true;
    bool full_ = false;

    std::uint64_t operations_ = 0;
    std::uint64_t reads_ = 0;
    std::uint64_t syncs_ = 0;
    std::uint64_t fault_operation_ = 0;
    std::uint64_t fault_read_ = 0;
    Fault fault_ = Fault::io_error;
    std::uint64_t micros_ = 0;
    std::uint64_t sync_micros_ = 0;

    std::deque<std::pair<void (*)(void*), void*>> work_;
    std::condition_variable work_changed_;
    bool working_ = false;
    bool stepped_ = false;
    bool settling_ = false;
    bool stopping_ = false;
    std::thread background_;
};

/// A LevelDbStore whose files are the env's, with buffers so small that few writes reach tables.
Result<std::unique_ptr<storage::LevelDbStore>> open_store(FaultEnv& env);

}  // namespace steelyard::test
