#include "node/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fcntl.h>
#include <cerrno>
#include <cstring>

namespace steelyard::node {
namespace {

/// Closes what it holds.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int number() const { return number_; }

private:
    int number_;
};

ErrorCode code_of(int number) {
    switch (number) {
        case ENOENT:
        case ENOTDIR:
            return ErrorCode::not_found;
        case EACCES:
        case EPERM:
            return ErrorCode::denied;
        default:
            return ErrorCode::io;
    }
}

std::unexpected<Error> system_error(const std::filesystem::path& path) {
    const int number = errno;
    return steelyard::fail(code_of(number), "{}: {}", path.native(), std::strerror(number));
}

enum class Secrecy : std::uint8_t { open, secret };

Result<std::string> read(const std::filesystem::path& path, std::size_t size_max, Secrecy secrecy) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (file.number() < 0 || ::fstat(file.number(), &status) != 0) {
        return system_error(path);
    }
    if (!S_ISREG(status.st_mode)) {
        return invalid("{} is not a regular file", path.native());
    }
    constexpr mode_t others = S_IRWXG | S_IRWXO;
    if (secrecy == Secrecy::secret && (status.st_mode & others) != 0) {
        return steelyard::fail(
            ErrorCode::denied,
            "{} has mode {:04o}, so that others than its owner may use the secret: chmod 600 it",
            path.native(),
            status.st_mode & 07777
        );
    }
    if (static_cast<std::uint64_t>(status.st_size) > size_max) {
        return steelyard::fail(
            ErrorCode::too_large,
            "{} has {} bytes, limit {}",
            path.native(),
            status.st_size,
            size_max
        );
    }
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t got = ::read(file.number(), text.data() + size, text.size() - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return system_error(path);
        }
        if (got == 0) {
            break;
        }
        size += static_cast<std::size_t>(got);
    }
    text.resize(size);
    return text;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t size_max) {
    return read(path, size_max, Secrecy::open);
}

Result<std::string> read_secret_file(const std::filesystem::path& path, std::size_t size_max) {
    return read(path, size_max, Secrecy::secret);
}

}  // namespace steelyard::node
