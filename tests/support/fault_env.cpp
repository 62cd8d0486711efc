#include "tests/support/fault_env.h"

#include "base/check.h"

#include <cerrno>
#include <system_error>

namespace steelyard::test {

namespace {

leveldb::Status system_error(const std::string& name, int error_number) {
    const std::string text = std::generic_category().message(error_number);
    return error_number == ENOENT ? leveldb::Status::NotFound(name, text)
                                  : leveldb::Status::IOError(name, text);
}

struct Lock final : leveldb::FileLock {
    explicit Lock(std::string file_name) : name(std::move(file_name)) {}
    std::string name;
};

}  // namespace

struct FaultEnv::File {
    Bytes data;
    std::size_t synced = 0;
    std::optional<std::size_t> synced_max;  ///< where a sync has failed
};

struct FaultEnv::Handle {
    FaultEnv* env = nullptr;
    std::string name;
    std::shared_ptr<File> file;  ///< owned with the names that it has, as by Unix
    std::uint64_t session = 0;
};

class FaultEnv::Reader final : public leveldb::SequentialFile, public leveldb::RandomAccessFile {
public:
    explicit Reader(Handle handle) : handle_(std::move(handle)) {}

    leveldb::Status Read(
        std::uint64_t offset, std::size_t size, leveldb::Slice* result, char* scratch
    ) const override {
        const std::lock_guard lock(handle_.env->mutex_);
        const leveldb::Status status = handle_.env->begin_read(handle_);
        const Bytes& data = handle_.file->data;
        const std::size_t at = std::min<std::uint64_t>(offset, data.size());
        const std::size_t count = status.ok() ? std::min(size, data.size() - at) : 0;
        std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(at), count, scratch);
        *result = leveldb::Slice(scratch, count);
        return status;
    }

    leveldb::Status Read(std::size_t size, leveldb::Slice* result, char* scratch) override {
        leveldb::Status status = Read(position_, size, result, scratch);
        position_ += result->size();
        return status;
    }

    leveldb::Status Skip(std::uint64_t size) override {
        position_ += size;
        return {};
    }

private:
    Handle handle_;
    std::uint64_t position_ = 0;
};

class FaultEnv::Writer final : public leveldb::WritableFile {
public:
    explicit Writer(Handle handle) : handle_(std::move(handle)) {}

    leveldb::Status Append(const leveldb::Slice& data) override {
        return handle_.env->append(handle_, as_bytes({data.data(), data.size()}));
    }

    leveldb::Status Sync() override { return handle_.env->sync(handle_); }
    leveldb::Status Close() override { return {}; }
    leveldb::Status Flush() override { return {}; }

private:
    Handle handle_;
};

FaultEnv::FaultEnv(std::uint64_t seed, DiskImage image) : random_(seed) {
    for (auto& [name, data] : image) {
        auto file = std::make_shared<File>();
        file->data = std::move(data);
        file->synced = file->data.size();
        names_.emplace(name, std::move(file));
    }
    durable_names_ = names_;
}

FaultEnv::~FaultEnv() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    work_changed_.notify_all();
    if (background_.joinable()) {
        background_.join();
    }
}

void FaultEnv::fail_at(std::uint64_t operation, Fault fault) {
    const std::lock_guard lock(mutex_);
    fault_operation_ = operations_ + operation;
    fault_ = fault;
}

void FaultEnv::fail_read_at(std::uint64_t read) {
    const std::lock_guard lock(mutex_);
    fault_read_ = reads_ + read;
}

void FaultEnv::cut_power() {
    const std::lock_guard lock(mutex_);
    powered_ = false;
}

void FaultEnv::restart(Loss loss) {
    const std::lock_guard lock(mutex_);
    commit_names(kept_of(journal_.size(), loss, random_));
    journal_.clear();
    names_ = durable_names_;
    for (const auto& [name, file] : names_) {
        const std::size_t limit = file->synced_max.value_or(file->data.size());
        const std::size_t unsynced = std::max(limit, file->synced) - file->synced;
        file->data.resize(file->synced + kept_of(unsynced, loss, random_));
        file->synced = file->data.size();
        file->synced_max.reset();
    }
    locks_.clear();
    fault_operation_ = 0;
    fault_read_ = 0;
    powered_ = true;
    full_ = false;
    ++session_;
}

void FaultEnv::flip_bit(const std::string& name, std::uint64_t bit) {
    const std::lock_guard lock(mutex_);
    Bytes& data = names_.at(name)->data;
    data.at(bit / 8) ^= static_cast<std::uint8_t>(1U << (bit % 8));
}

DiskImage FaultEnv::image() const {
    const std::lock_guard lock(mutex_);
    DiskImage image;
    for (const auto& [name, file] : names_) {
        image.emplace(name, file->data);
    }
    return image;
}

std::uint64_t FaultEnv::operations() const {
    const std::lock_guard lock(mutex_);
    return operations_;
}

std::uint64_t FaultEnv::syncs() const {
    const std::lock_guard lock(mutex_);
    return syncs_;
}

void FaultEnv::set_sync_micros(std::uint64_t micros) {
    const std::lock_guard lock(mutex_);
    sync_micros_ = micros;
}

/// Counts an operation and says how it goes. One that fails while the power was on at its start may
/// still be done in part: the caller draws how much.
leveldb::Status FaultEnv::begin_change(const std::string& name, bool needs_space) {
    ++operations_;
    if (operations_ == fault_operation_) {
        switch (fault_) {
            case Fault::io_error:
                return system_error(name, EIO);
            case Fault::no_space:
                full_ = true;
                break;
            case Fault::power_cut:
                powered_ = false;
                return system_error(name, EIO);
        }
    }
    return full_ && needs_space ? system_error(name, ENOSPC) : leveldb::Status();
}

leveldb::Status FaultEnv::begin_read(const Handle& handle) {
    ++reads_;
    const bool dead = !powered_ || handle.session != session_;
    return dead || reads_ == fault_read_ ? system_error(handle.name, EIO) : leveldb::Status();
}

leveldb::Status FaultEnv::append(const Handle& handle, ByteView data) {
    const std::lock_guard lock(mutex_);
    if (!powered_ || handle.session != session_) {
        return system_error(handle.name, EIO);
    }
    const leveldb::Status status = begin_change(handle.name, true);
    const std::size_t written = status.ok() ? data.size() : random_.below(data.size() + 1);
    steelyard::append(handle.file->data, data.first(written));
    return status;
}

leveldb::Status FaultEnv::sync(const Handle& handle) {
    const std::lock_guard lock(mutex_);
    if (!powered_ || handle.session != session_) {
        return system_error(handle.name, EIO);
    }
    const leveldb::Status status = begin_change(handle.name, false);
    ++syncs_;
    micros_ += sync_micros_;
    File& file = *handle.file;
    const std::size_t limit = std::min(file.synced_max.value_or(~0ULL), file.data.size());
    if (status.ok()) {
        file.synced = std::max(file.synced, limit);
        commit_names(journal_.size());
    } else {
        file.synced += random_.below(std::max(limit, file.synced) - file.synced + 1);
        file.synced_max = file.synced;
        commit_names(random_.below(journal_.size() + 1));
    }
    return status;
}

/// Makes the first `count` entries of the journal durable.
void FaultEnv::commit_names(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        for (const auto& [name, file] : journal_[i]) {
            if (file) {
                durable_names_[name] = file;
            } else {
                durable_names_.erase(name);
            }
        }
    }
    journal_.erase(journal_.begin(), journal_.begin() + static_cast<std::ptrdiff_t>(count));
}

leveldb::Status FaultEnv::change_names(std::vector<NameChange> changes, bool needs_space) {
    const leveldb::Status status = begin_change(changes.front().name, needs_space);
    const bool done = status.ok() || random_.below(2) == 0;
    if (done) {
        for (const auto& [name, file] : changes) {
            if (file) {
                names_[name] = file;
            } else {
                names_.erase(name);
            }
        }
        journal_.push_back(std::move(changes));
    }
    return status;
}

leveldb::Status FaultEnv::open(const std::string& name, Handle& handle) {
    const std::lock_guard lock(mutex_);
    const auto found = names_.find(name);
    if (!powered_ || found == names_.end()) {
        return system_error(name, powered_ ? ENOENT : EIO);
    }
    handle = {this, name, found->second, session_};
    return {};
}

leveldb::Status FaultEnv::NewSequentialFile(
    const std::string& name, leveldb::SequentialFile** result
) {
    Handle handle;
    leveldb::Status status = open(name, handle);
    *result = status.ok() ? new Reader(std::move(handle)) : nullptr;
    return status;
}

leveldb::Status FaultEnv::NewRandomAccessFile(
    const std::string& name, leveldb::RandomAccessFile** result
) {
    Handle handle;
    leveldb::Status status = open(name, handle);
    *result = status.ok() ? new Reader(std::move(handle)) : nullptr;
    return status;
}

leveldb::Status FaultEnv::NewWritableFile(const std::string& name, leveldb::WritableFile** result) {
    const std::lock_guard lock(mutex_);
    *result = nullptr;
    if (!powered_) {
        return system_error(name, EIO);
    }
    auto file = std::make_shared<File>();
    leveldb::Status status = change_names({{name, file}}, true);
    if (status.ok()) {
        *result = new Writer({this, name, std::move(file), session_});
    }
    return status;
}

bool FaultEnv::FileExists(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return powered_ && names_.contains(name);
}

leveldb::Status FaultEnv::GetChildren(const std::string& folder, std::vector<std::string>* result) {
    const std::lock_guard lock(mutex_);
    result->clear();
    if (!powered_) {
        return system_error(folder, EIO);
    }
    const std::string prefix = folder + "/";
    for (const auto& [name, file] : names_) {
        if (name.starts_with(prefix)) {
            result->push_back(name.substr(prefix.size()));
        }
    }
    return {};
}

leveldb::Status FaultEnv::RemoveFile(const std::string& name) {
    const std::lock_guard lock(mutex_);
    if (!powered_ || !names_.contains(name)) {
        return system_error(name, powered_ ? ENOENT : EIO);
    }
    return change_names({{name, nullptr}}, false);
}

leveldb::Status FaultEnv::RenameFile(const std::string& from, const std::string& to) {
    const std::lock_guard lock(mutex_);
    const auto found = names_.find(from);
    if (!powered_ || found == names_.end()) {
        return system_error(from, powered_ ? ENOENT : EIO);
    }
    return change_names({{from, nullptr}, {to, found->second}}, false);
}

leveldb::Status FaultEnv::GetFileSize(const std::string& name, std::uint64_t* size) {
    Handle handle;
    leveldb::Status status = open(name, handle);
    const std::lock_guard lock(mutex_);
    *size = status.ok() ? handle.file->data.size() : 0;
    return status;
}

leveldb::Status FaultEnv::LockFile(const std::string& name, leveldb::FileLock** lock) {
    const std::lock_guard guard(mutex_);
    *lock = nullptr;
    if (!powered_) {
        return system_error(name, EIO);
    }
    if (!locks_.insert(name).second) {
        return leveldb::Status::IOError("lock " + name, "already held by process");
    }
    *lock = new Lock(name);
    return {};
}

leveldb::Status FaultEnv::UnlockFile(leveldb::FileLock* lock) {
    const std::lock_guard guard(mutex_);
    const std::unique_ptr<Lock> owned(static_cast<Lock*>(lock));
    locks_.erase(owned->name);
    return {};
}

leveldb::Status FaultEnv::CreateDir(const std::string&) {
    return {};
}

leveldb::Status FaultEnv::RemoveDir(const std::string&) {
    return {};
}

void FaultEnv::set_stepped(bool stepped) {
    const std::lock_guard lock(mutex_);
    stepped_ = stepped;
    work_changed_.notify_all();
}

void FaultEnv::settle() {
    std::unique_lock lock(mutex_);
    settling_ = true;
    work_changed_.notify_all();
    work_changed_.wait(lock, [&] { return work_.empty() && !working_; });
    settling_ = false;
}

void FaultEnv::Schedule(void (*function)(void*), void* argument) {
    const std::lock_guard lock(mutex_);
    if (!background_.joinable()) {
        background_ = std::thread([this] { run_background(); });
    }
    work_.emplace_back(function, argument);
    work_changed_.notify_all();
}

void FaultEnv::run_background() {
    std::unique_lock lock(mutex_);
    while (true) {
        work_changed_.wait(lock, [&] {
            return stopping_ || (!work_.empty() && (settling_ || !stepped_));
        });
        if (stopping_) {
            return;
        }
        const auto [function, argument] = work_.front();
        work_.pop_front();
        working_ = true;
        lock.unlock();
        function(argument);
        lock.lock();
        working_ = false;
        work_changed_.notify_all();
    }
}

void FaultEnv::StartThread(void (*)(void*), void*) {
    CHECK(false);  // LevelDB only schedules.
}

leveldb::Status FaultEnv::GetTestDirectory(std::string*) {
    return leveldb::Status::NotSupported("no test directory");
}

leveldb::Status FaultEnv::NewLogger(const std::string&, leveldb::Logger** logger) {
    *logger = nullptr;
    return leveldb::Status::NotSupported("no log of its own");
}

std::uint64_t FaultEnv::NowMicros() {
    const std::lock_guard lock(mutex_);
    return micros_;
}

void FaultEnv::SleepForMicroseconds(int) {
}

Result<std::unique_ptr<storage::LevelDbStore>> open_store(FaultEnv& env) {
    storage::LevelDbOptions options;
    options.write_buffer_bytes = 64U << 10U;  // LevelDB's least
    options.block_cache_bytes = 64U << 10U;
    options.env = &env;
    return storage::LevelDbStore::open("/store", options);
}

}  // namespace steelyard::test
