#include "files/private_file.h"

#include "files/posix_calls.h"

#include <fcntl.h>
#include <sys/stat.h>

namespace steelyard::files {
namespace {

constexpr mode_t private_file = 0600;
constexpr mode_t group_or_others = 0077;

}  // namespace

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

Result<void> replace_private_file(const std::filesystem::path& path, ByteView content) {
    auto temporary = path;
    temporary += ".new";
    std::error_code error;
    std::filesystem::remove(temporary, error);
    TRY(write_private_file(temporary, content));
    std::filesystem::rename(temporary, path, error);
    if (error) {
        return fail(ErrorCode::io, "{}: cannot replace: {}", path.native(), error.message());
    }
    return sync_parent(path);
}

}  // namespace steelyard::files
