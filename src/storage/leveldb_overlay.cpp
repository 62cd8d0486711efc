#include "storage/leveldb_overlay.h"

#include <leveldb/env.h>
#include <leveldb/helpers/memenv.h>

#include <algorithm>
#include <mutex>
#include <set>

namespace steelyard::storage {

namespace {

class NoLock final : public leveldb::FileLock {};

leveldb::Status read_only(const std::string& name) {
    return leveldb::Status::NotSupported(name, "the store is open for reading only");
}

class OverlayEnv final : public leveldb::EnvWrapper {
public:
    OverlayEnv(leveldb::Env& base, const std::atomic<bool>& is_open)
        : EnvWrapper(&base), is_open_(is_open), memory_(leveldb::NewMemEnv(&base)) {}

    leveldb::Status NewSequentialFile(const std::string& name, leveldb::SequentialFile** result)
        override {
        leveldb::Env* const env = place_of(name);
        return env == nullptr ? missing(name, result) : env->NewSequentialFile(name, result);
    }

    leveldb::Status NewRandomAccessFile(const std::string& name, leveldb::RandomAccessFile** result)
        override {
        leveldb::Env* const env = place_of(name);
        return env == nullptr ? missing(name, result) : env->NewRandomAccessFile(name, result);
    }

    leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** result)
        override {
        *result = nullptr;
        return is_open_ ? read_only(name) : memory_->NewWritableFile(name, result);
    }

    leveldb::Status NewAppendableFile(const std::string& name, leveldb::WritableFile** result)
        override {
        *result = nullptr;
        return read_only(name);
    }

    bool FileExists(const std::string& name) override {
        leveldb::Env* const env = place_of(name);
        return env != nullptr && env->FileExists(name);
    }

    leveldb::Status GetFileSize(const std::string& name, std::uint64_t* size) override {
        leveldb::Env* const env = place_of(name);
        return env == nullptr ? leveldb::Status::NotFound(name) : env->GetFileSize(name, size);
    }

    leveldb::Status GetChildren(const std::string& folder, std::vector<std::string>* names)
        override {
        std::vector<std::string> written;
        leveldb::Status status = target()->GetChildren(folder, names);
        if (status.ok()) {
            status = memory_->GetChildren(folder, &written);
        }
        names->insert(names->end(), written.begin(), written.end());
        std::ranges::sort(*names);
        names->erase(std::ranges::unique(*names).begin(), names->end());
        std::erase_if(*names, [&](const std::string& name) {
            return place_of(folder + "/" + name) == nullptr;
        });
        return status;
    }

    leveldb::Status RemoveFile(const std::string& name) override {
        if (memory_->FileExists(name)) {
            memory_->RemoveFile(name);
        }
        const std::lock_guard lock(mutex_);
        removed_.insert(name);
        return {};
    }

    leveldb::Status RenameFile(const std::string& from, const std::string& to) override {
        return memory_->FileExists(from) ? memory_->RenameFile(from, to) : read_only(from);
    }

    leveldb::Status CreateDir(const std::string&) override { return {}; }
    leveldb::Status RemoveDir(const std::string& folder) override { return read_only(folder); }

    leveldb::Status LockFile(const std::string&, leveldb::FileLock** lock) override {
        *lock = new NoLock;
        return {};
    }

    leveldb::Status UnlockFile(leveldb::FileLock* lock) override {
        delete lock;
        return {};
    }

private:
    /// Where the file is; null if it was removed. LevelDB never uses a file's name again.
    leveldb::Env* place_of(const std::string& name) {
        if (memory_->FileExists(name)) {
            return memory_.get();
        }
        const std::lock_guard lock(mutex_);
        return removed_.contains(name) ? nullptr : target();
    }

    template <typename File>
    static leveldb::Status missing(const std::string& name, File** result) {
        *result = nullptr;
        return leveldb::Status::NotFound(name, "removed");
    }

    const std::atomic<bool>& is_open_;
    std::unique_ptr<leveldb::Env> memory_;
    std::mutex mutex_;
    std::set<std::string> removed_;  ///< by LevelDB, which are there all the same
};

}  // namespace

std::unique_ptr<leveldb::Env> make_overlay_env(
    leveldb::Env& base, const std::atomic<bool>& is_open
) {
    return std::make_unique<OverlayEnv>(base, is_open);
}

}  // namespace steelyard::storage
