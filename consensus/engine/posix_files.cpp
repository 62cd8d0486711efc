#include "consensus/engine/posix_files.h"

#include "base/check.h"
#include "files/posix_calls.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace steelyard::engine {
namespace {

using files::Descriptor;
using files::read_some;
using files::sync_parent;
using files::system_error;
using files::uninterrupted;
using files::write_all;

constexpr mode_t private_file = 0600;
constexpr mode_t private_folder = 0700;

class PosixFile final : public LogFile {
public:
    PosixFile(Descriptor descriptor, std::string path, std::uint64_t size)
        : descriptor_(std::move(descriptor)), path_(std::move(path)), size_(size) {}

    std::uint64_t size() const override { return size_; }

    Result<void> append(ByteView bytes) override {
        TRY(check_usable());
        failed_ = true;
        TRY(write_all(descriptor_.number(), path_, bytes));
        failed_ = false;
        size_ += bytes.size();
        return {};
    }

    Result<void> sync() override {
        TRY(check_usable());
        if (uninterrupted([&] { return ::fdatasync(descriptor_.number()); }) < 0) {
            failed_ = true;
            return system_error(path_, "sync");
        }
        return {};
    }

    Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> out) const override {
        return read_some(descriptor_.number(), path_, offset, out);
    }

private:
    Result<void> check_usable() const {
        if (failed_) {
            return fail(ErrorCode::io, "{}: an earlier write or sync failed", path_);
        }
        return {};
    }

    Descriptor descriptor_;
    std::string path_;
    std::uint64_t size_;
    bool failed_ = false;
};

void check_name(std::string_view name) {
    CHECK(!name.empty() && name != "." && name != ".." && name.find('/') == name.npos);
}

}  // namespace

Result<std::unique_ptr<PosixDirectory>> PosixDirectory::lock(const std::filesystem::path& folder) {
    const std::string path = folder.string();
    if (::mkdir(path.c_str(), private_folder) == 0) {
        TRY(sync_parent(folder));
    } else if (errno != EEXIST) {
        return system_error(path, "make the folder");
    }
    Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.number() < 0) {
        return system_error(path, "open the folder");
    }
    if (uninterrupted([&] { return ::flock(descriptor.number(), LOCK_EX | LOCK_NB); }) < 0) {
        if (errno == EWOULDBLOCK) {
            return fail(ErrorCode::denied, "{}: another process is using the folder", path);
        }
        return system_error(path, "lock");
    }
    return std::unique_ptr<PosixDirectory>(new PosixDirectory(path, descriptor.release()));
}

PosixDirectory::~PosixDirectory() {
    ::close(descriptor_);
}

Result<std::vector<std::string>> PosixDirectory::list() const {
    // A descriptor of its own: fdopendir takes the one it is given, and dup would share the place
    // in the folder.
    Descriptor descriptor(::openat(descriptor_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.number() < 0) {
        return system_error(path_, "list");
    }
    DIR* const folder = ::fdopendir(descriptor.number());
    if (folder == nullptr) {
        return system_error(path_, "list");
    }
    descriptor.release();
    const std::unique_ptr<DIR, int (*)(DIR*)> owner(folder, ::closedir);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(folder)) {
        struct stat status{};
        if (::fstatat(descriptor_, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
            return system_error(path_, "list");
        }
        if (S_ISREG(status.st_mode)) {
            names.emplace_back(entry->d_name);
        }
        errno = 0;
    }
    if (errno != 0) {
        return system_error(path_, "list");
    }
    std::ranges::sort(names);
    return names;
}

Result<std::unique_ptr<LogFile>> PosixDirectory::open(std::string_view name) {
    return open_file(name, O_RDWR | O_APPEND);
}

Result<std::unique_ptr<LogFile>> PosixDirectory::create(std::string_view name) {
    TRY(check_usable());
    return open_file(name, O_RDWR | O_APPEND | O_CREAT | O_TRUNC);
}

Result<std::unique_ptr<LogFile>> PosixDirectory::open_file(std::string_view name, int flags) {
    check_name(name);
    std::string path = fmt::format("{}/{}", path_, name);
    Descriptor descriptor(uninterrupted([&] {
        return ::openat(
            descriptor_, std::string(name).c_str(), flags | O_CLOEXEC | O_NOFOLLOW, private_file
        );
    }));
    if (descriptor.number() < 0) {
        return system_error(path, "open");
    }
    struct stat status{};
    if (::fstat(descriptor.number(), &status) < 0) {
        return system_error(path, "open");
    }
    if (!S_ISREG(status.st_mode)) {
        return invalid("{}: is not a regular file", path);
    }
    return std::make_unique<PosixFile>(
        std::move(descriptor), std::move(path), static_cast<std::uint64_t>(status.st_size)
    );
}

Result<void> PosixDirectory::rename(std::string_view from, std::string_view to) {
    check_name(from);
    check_name(to);
    TRY(check_usable());
    const int result =
        ::renameat(descriptor_, std::string(from).c_str(), descriptor_, std::string(to).c_str());
    return result < 0 ? system_error(fmt::format("{}/{}", path_, from), "rename") : Result<void>();
}

Result<void> PosixDirectory::remove(std::string_view name) {
    check_name(name);
    TRY(check_usable());
    if (::unlinkat(descriptor_, std::string(name).c_str(), 0) < 0) {
        return system_error(fmt::format("{}/{}", path_, name), "remove");
    }
    return {};
}

Result<void> PosixDirectory::sync() {
    TRY(check_usable());
    if (uninterrupted([&] { return ::fsync(descriptor_); }) < 0) {
        failed_ = true;
        return system_error(path_, "sync");
    }
    return {};
}

Result<void> PosixDirectory::check_usable() const {
    if (failed_) {
        return fail(ErrorCode::io, "{}: an earlier sync of the folder failed", path_);
    }
    return {};
}

}  // namespace steelyard::engine
