#include "storage/leveldb_env.h"

#include "base/protowire.h"
#include "storage/leveldb_log.h"

#include <leveldb/env.h>

#include <atomic>
#include <filesystem>

namespace steelyard::storage {

namespace {

// The table format: two block handles (offset and size as varints), padded, then a magic number.
constexpr std::size_t footer_size = 48;
constexpr std::size_t footer_handle_count = 2;
constexpr std::size_t block_trailer_size = 5;  ///< compression type and checksum

bool handle_fits(ByteView& handles, std::uint64_t blocks_end) {
    const auto offset = take_uvarint(handles);
    const auto size = offset ? take_uvarint(handles) : offset;
    return size && *offset <= blocks_end && *size <= blocks_end - *offset &&
           block_trailer_size <= blocks_end - *offset - *size;
}

/// Whether a file's number is higher. Numbers have six digits, or more without leading zeros.
bool is_later(const std::string& name, const std::string& than) {
    return name.size() != than.size() ? name.size() > than.size() : name > than;
}

leveldb::Status check_footer(
    const leveldb::RandomAccessFile& file, const std::string& name, std::uint64_t file_size
) {
    const auto damaged = leveldb::Status::Corruption(name, "the table's footer is damaged");
    if (file_size < footer_size) {
        return damaged;
    }
    ByteArray<footer_size> scratch;
    leveldb::Slice footer;
    const std::uint64_t blocks_end = file_size - footer_size;
    leveldb::Status status =
        file.Read(blocks_end, footer_size, &footer, reinterpret_cast<char*>(scratch.data()));
    if (!status.ok()) {
        return status;
    }
    ByteView handles = as_bytes({footer.data(), footer.size()});
    for (std::size_t i = 0; i < footer_handle_count; ++i) {
        if (!handle_fits(handles, blocks_end)) {
            return damaged;
        }
    }
    return status;
}

/// A MANIFEST whose end was lost names a log that has been removed since.
leveldb::Status check_manifest(leveldb::Env& env, const std::string& name) {
    std::string manifest;
    leveldb::Status status = leveldb::ReadFileToString(&env, name, &manifest);
    if (!status.ok()) {
        return status;
    }
    const std::uint64_t log = needed_log(as_bytes(manifest)).value_or(0);
    const std::filesystem::path folder = std::filesystem::path(name).parent_path();
    if (log != 0 && !env.FileExists((folder / fmt::format("{:06}.log", log)).string())) {
        return leveldb::Status::Corruption(name, "the log that it needs is gone");
    }
    return status;
}

/// A log is whole before the next one is written to.
leveldb::Status check_log(leveldb::Env& env, const std::string& name) {
    std::string log;
    leveldb::Status status = leveldb::ReadFileToString(&env, name, &log);
    if (!status.ok() || !outline_log(as_bytes(log)).torn) {
        return status;
    }
    const std::filesystem::path path(name);
    std::vector<std::string> siblings;
    status = env.GetChildren(path.parent_path().string(), &siblings);
    for (const std::string& sibling : siblings) {
        std::uint64_t size = 0;
        if (status.ok() && sibling.ends_with(".log") && is_later(sibling, path.filename())) {
            status = env.GetFileSize((path.parent_path() / sibling).string(), &size);
        }
        if (size != 0) {
            return leveldb::Status::Corruption(name, "it ends before the next log begins");
        }
    }
    return status;
}

/// A write-ahead log that is synced before it is closed. A failure of that reaches the store
/// through `lost`: no later append to any log succeeds.
class LogFile final : public leveldb::WritableFile {
public:
    LogFile(std::unique_ptr<leveldb::WritableFile> file, std::atomic<bool>& lost)
        : file_(std::move(file)), lost_(lost) {}

    ~LogFile() override { sync_rest(); }

    leveldb::Status Append(const leveldb::Slice& data) override {
        if (lost_) {
            return leveldb::Status::IOError("an earlier log could not be synced");
        }
        unsynced_ = true;
        return file_->Append(data);
    }

    leveldb::Status Sync() override {
        leveldb::Status status = file_->Sync();
        unsynced_ = unsynced_ && !status.ok();
        return status;
    }

    leveldb::Status Close() override {
        sync_rest();
        return file_->Close();
    }

    leveldb::Status Flush() override { return file_->Flush(); }

private:
    void sync_rest() {
        if (unsynced_ && !Sync().ok()) {
            lost_ = true;
        }
    }

    std::unique_ptr<leveldb::WritableFile> file_;
    std::atomic<bool>& lost_;
    bool unsynced_ = false;
};

class CarefulEnv final : public leveldb::EnvWrapper {
public:
    using EnvWrapper::EnvWrapper;

    leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** result)
        override {
        leveldb::Status status = target()->NewWritableFile(name, result);
        if (status.ok() && name.ends_with(".log")) {
            *result = new LogFile(std::unique_ptr<leveldb::WritableFile>(*result), log_lost_);
        }
        return status;
    }

    leveldb::Status NewSequentialFile(const std::string& name, leveldb::SequentialFile** result)
        override {
        *result = nullptr;
        leveldb::Status status;
        if (name.find("/MANIFEST-") != std::string::npos) {
            status = check_manifest(*target(), name);
        } else if (name.ends_with(".log")) {
            status = check_log(*target(), name);
        }
        return status.ok() ? target()->NewSequentialFile(name, result) : status;
    }

    leveldb::Status NewRandomAccessFile(const std::string& name, leveldb::RandomAccessFile** result)
        override {
        *result = nullptr;
        leveldb::RandomAccessFile* opened = nullptr;
        leveldb::Status status = target()->NewRandomAccessFile(name, &opened);
        if (status.IsNotFound()) {
            return leveldb::Status::Corruption(name, "a table is missing");
        }
        if (!status.ok()) {
            return status;
        }
        std::unique_ptr<leveldb::RandomAccessFile> file(opened);
        std::uint64_t file_size = 0;
        status = target()->GetFileSize(name, &file_size);
        if (status.ok()) {
            status = check_footer(*file, name, file_size);
        }
        if (status.ok()) {
            *result = file.release();
        }
        return status;
    }

    leveldb::Status RenameFile(const std::string& from, const std::string& to) override {
        leveldb::Status status = target()->RenameFile(from, to);
        if (!status.ok()) {
            rename_failed_ = true;
        }
        return status;
    }

    leveldb::Status RemoveFile(const std::string& name) override {
        if (rename_failed_) {
            return leveldb::Status::IOError(name, "kept, since a rename has failed");
        }
        return target()->RemoveFile(name);
    }

private:
    std::atomic<bool> log_lost_ = false;
    std::atomic<bool> rename_failed_ = false;
};

}  // namespace

std::unique_ptr<leveldb::Env> make_careful_env(leveldb::Env& base) {
    return std::make_unique<CarefulEnv>(&base);
}

}  // namespace steelyard::storage
