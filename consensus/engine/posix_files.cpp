#include "consensus/engine/posix_files.h"

#include "base/check.h"

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

constexpr mode_t private_file = 0600;
constexpr mode_t private_folder = 0700;
constexpr mode_t group_or_others = 0077;

/// What the kernel said, about what. To be called before anything else can set errno.
std::unexpected<Error> system_error(std::string_view path, std::string_view action) {
    const int number = errno;
    const std::string why = std::generic_category().message(number);
    switch (number) {
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
            return fail(ErrorCode::no_space, "{}: cannot {}: {}", path, action, why);
        case ENOENT:
            return fail(ErrorCode::not_found, "{}: cannot {}: {}", path, action, why);
        case EACCES:
        case EPERM:
            return fail(ErrorCode::denied, "{}: cannot {}: {}", path, action, why);
        default:
            return fail(ErrorCode::io, "{}: cannot {}: {}", path, action, why);
    }
}

/// Calls again what a signal has interrupted.
template <typename Call>
auto uninterrupted(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) {
        result = call();
    }
    return result;
}

/// A file descriptor that is closed with its owner. What counts has been synced before, so that
/// close has nothing to report.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }

    int number() const { return number_; }
    int release() { return std::exchange(number_, -1); }

private:
    int number_;
};

Result<void> write_all(int descriptor, std::string_view path, ByteView bytes) {
    while (!bytes.empty()) {
        const ssize_t written =
            uninterrupted([&] { return ::write(descriptor, bytes.data(), bytes.size()); });
        if (written < 0) {
            return system_error(path, "write");
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

/// Fills `out` from `offset` on as far as the file goes.
Result<std::size_t> read_some(
    int descriptor, std::string_view path, std::uint64_t offset, std::span<std::uint8_t> out
) {
    std::size_t done = 0;
    while (done < out.size()) {
        const ssize_t read = uninterrupted([&] {
            return ::pread(
                descriptor, out.data() + done, out.size() - done, static_cast<off_t>(offset + done)
            );
        });
        if (read < 0) {
            return system_error(path, "read");
        }
        if (read == 0) {
            break;
        }
        done += static_cast<std::size_t>(read);
    }
    return done;
}

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

/// Makes the name of a new folder or file durable.
Result<void> sync_parent(const std::filesystem::path& path) {
    const std::string parent = path.has_parent_path() ? path.parent_path().string() : ".";
    const Descriptor descriptor(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.number() < 0) {
        return system_error(parent, "open");
    }
    if (uninterrupted([&] { return ::fsync(descriptor.number()); }) < 0) {
        return system_error(parent, "sync");
    }
    return {};
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

Result<crypto::SecretBytes> read_private_file(
    const std::filesystem::path& file, std::size_t size_max
) {
    const std::string path = file.string();
    const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
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
    if ((status.st_mode & group_or_others) != 0) {
        return fail(
            ErrorCode::denied,
            "{}: has mode {:04o}; others may not get at a secret: chmod 600",
            path,
            status.st_mode & 07777
        );
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > size_max) {
        return fail(ErrorCode::too_large, "{}: has {} bytes, limit {}", path, size, size_max);
    }
    crypto::SecretBytes content(size);
    TRY_ASSIGN(
        const std::size_t read, read_some(descriptor.number(), path, 0, content.mutable_view())
    );
    if (read != size) {
        return fail(ErrorCode::io, "{}: ends at byte {} of {}", path, read, size);
    }
    return content;
}

Result<void> write_private_file(const std::filesystem::path& file, ByteView content) {
    const std::string path = file.string();
    const Descriptor descriptor(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, private_file)
    );
    if (descriptor.number() < 0) {
        return system_error(path, "create");
    }
    TRY(write_all(descriptor.number(), path, content));
    if (uninterrupted([&] { return ::fsync(descriptor.number()); }) < 0) {
        return system_error(path, "sync");
    }
    return sync_parent(file);
}

}  // namespace steelyard::engine
