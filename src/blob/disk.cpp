#include "blob/disk.h"

#include "base/check.h"
#include "files/posix_calls.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace steelyard::blob {

namespace {

using files::Descriptor;
using files::system_error;
using files::uninterrupted;

constexpr mode_t private_file = 0600;
constexpr mode_t private_folder = 0700;
constexpr std::size_t folder_characters = 2;

using FolderHandle = std::unique_ptr<DIR, int (*)(DIR*)>;

class PosixDisk final : public Disk {
public:
    PosixDisk(std::string path, Descriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

    Result<std::vector<File>> list() const override {
        std::vector<File> out;
        TRY_ASSIGN(const std::vector<std::string> folders, names_in("."));
        for (const std::string& folder : folders) {
            if (folder.size() != folder_characters || folder == "..") {
                continue;
            }
            TRY_ASSIGN(const std::vector<std::string> names, names_in(folder));
            for (const std::string& name : names) {
                append_file(out, folder + "/" + name);
            }
        }
        return out;
    }

    Result<std::size_t> read(
        const std::string& name, std::uint64_t offset, std::span<std::uint8_t> out
    ) const override {
        TRY_ASSIGN(const Descriptor file, open(name, O_RDONLY));
        return files::read_some(file.number(), path_of(name), offset, out);
    }

    Result<void> write(const std::string& name, std::uint64_t offset, ByteView bytes) override {
        TRY(make_folder(name));
        TRY_ASSIGN(const Descriptor file, open(name, O_WRONLY | O_CREAT));
        if (uninterrupted([&] {
                return ::lseek(file.number(), static_cast<off_t>(offset), SEEK_SET);
            }) < 0) {
            return system_error(path_of(name), "seek");
        }
        return files::write_all(file.number(), path_of(name), bytes);
    }

    Result<void> resize(const std::string& name, std::uint64_t size) override {
        TRY_ASSIGN(const Descriptor file, open(name, O_WRONLY));
        if (uninterrupted([&] { return ::ftruncate(file.number(), static_cast<off_t>(size)); }) <
            0) {
            return system_error(path_of(name), "resize");
        }
        return {};
    }

    Result<void> sync(const std::string& name) override {
        TRY_ASSIGN(const Descriptor file, open(name, O_WRONLY));
        if (uninterrupted([&] { return ::fsync(file.number()); }) < 0) {
            return system_error(path_of(name), "sync");
        }
        return files::sync_parent(path_of(name));
    }

    Result<void> rename(const std::string& from, const std::string& to) override {
        if (::renameat(lock_.number(), from.c_str(), lock_.number(), to.c_str()) < 0) {
            return system_error(path_of(from), "rename");
        }
        return files::sync_parent(path_of(to));
    }

    Result<void> remove(const std::string& name) override {
        if (::unlinkat(lock_.number(), name.c_str(), 0) < 0 && errno != ENOENT) {
            return system_error(path_of(name), "remove");
        }
        return {};
    }

    Result<void> touch(const std::string& name, Clock::Wall changed) override {
        const auto since = changed.time_since_epoch();
        const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
        const timespec time{.tv_sec = seconds.count(), .tv_nsec = (since - seconds).count()};
        const std::array<timespec, 2> times{time, time};
        if (::utimensat(lock_.number(), name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) < 0) {
            return system_error(path_of(name), "touch");
        }
        return {};
    }

private:
    std::string path_of(const std::string& name) const { return path_ + "/" + name; }

    Result<Descriptor> open(const std::string& name, int flags) const {
        Descriptor file(uninterrupted([&] {
            return ::openat(
                lock_.number(), name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, private_file
            );
        }));
        if (file.number() < 0) {
            return system_error(path_of(name), "open");
        }
        return file;
    }

    /// The folder that a file's name begins with.
    Result<void> make_folder(const std::string& name) {
        const std::string folder = name.substr(0, folder_characters);
        if (::mkdirat(lock_.number(), folder.c_str(), private_folder) == 0) {
            return files::sync_parent(path_of(folder));
        }
        if (errno != EEXIST) {
            return system_error(path_of(folder), "make the folder");
        }
        return {};
    }

    Result<std::vector<std::string>> names_in(const std::string& folder) const {
        Descriptor descriptor(::openat(
            lock_.number(), folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW
        ));
        if (descriptor.number() < 0) {
            if (errno == ENOTDIR || errno == ELOOP) {
                return std::vector<std::string>{};
            }
            return system_error(path_of(folder), "list");
        }
        const FolderHandle handle(::fdopendir(descriptor.number()), ::closedir);
        if (!handle) {
            return system_error(path_of(folder), "list");
        }
        descriptor.release();
        std::vector<std::string> names;
        errno = 0;
        while (const dirent* entry = ::readdir(handle.get())) {
            names.emplace_back(entry->d_name);
            errno = 0;
        }
        if (errno != 0) {
            return system_error(path_of(folder), "list");
        }
        return names;
    }

    void append_file(std::vector<File>& out, std::string name) const {
        struct stat status{};
        const bool is_there =
            ::fstatat(lock_.number(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
        if (is_there && S_ISREG(status.st_mode)) {
            const auto changed = std::chrono::seconds(status.st_mtim.tv_sec) +
                                 std::chrono::nanoseconds(status.st_mtim.tv_nsec);
            out.push_back({
                .name = std::move(name),
                .size = static_cast<std::uint64_t>(status.st_size),
                .changed = Clock::Wall(changed),
            });
        }
    }

    std::string path_;
    Descriptor lock_;  ///< the folder; what it is named by is a file's name from there
};

}  // namespace

Result<std::unique_ptr<Disk>> open_posix_disk(const std::filesystem::path& folder) {
    const std::string path = folder.string();
    if (::mkdir(path.c_str(), private_folder) == 0) {
        TRY(files::sync_parent(folder));
    } else if (errno != EEXIST) {
        return system_error(path, "make the folder");
    }
    Descriptor lock(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (lock.number() < 0) {
        return system_error(path, "open the folder");
    }
    if (uninterrupted([&] { return ::flock(lock.number(), LOCK_EX | LOCK_NB); }) < 0) {
        if (errno == EWOULDBLOCK) {
            return fail(ErrorCode::denied, "{}: another process is using the folder", path);
        }
        return system_error(path, "lock");
    }
    return std::make_unique<PosixDisk>(path, std::move(lock));
}

}  // namespace steelyard::blob
