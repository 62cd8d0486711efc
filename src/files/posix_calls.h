// Calls of a POSIX system: whole writes and reads, and what the kernel said as errors.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace steelyard::files {

/// What the kernel said (errno), about what: "PATH: cannot ACTION: why". To be called before
/// anything else can set errno. no_space, not_found, denied, else io.
std::unexpected<Error> system_error(std::string_view path, std::string_view action);

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

/// Writes all bytes; `path` is for the error.
Result<void> write_all(int descriptor, std::string_view path, ByteView bytes);

/// Fills `out` from `offset` on as far as the file goes.
Result<std::size_t> read_some(
    int descriptor, std::string_view path, std::uint64_t offset, std::span<std::uint8_t> out
);

/// Makes the name of a file durable.
Result<void> sync_parent(const std::filesystem::path& file);

}  // namespace steelyard::files
