// Disk: the few calls on files that a store needs, so that tests can let a disk fail and forget.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace steelyard::blob {

/// Files by names of one folder and one name in it, "ab/NAME". Thread-safe; who changes a file is
/// alone with it. Errors of all: io, no_space, denied; not_found where a file must be there.
class Disk {
public:
    struct File {
        std::string name{};
        std::uint64_t size = 0;
        Clock::Wall changed{};
    };

    virtual ~Disk() = default;

    /// All regular files in folders of two characters, in no order.
    virtual Result<std::vector<File>> list() const = 0;

    /// Fills `out` from `offset` on as far as the file goes.
    virtual Result<std::size_t> read(
        const std::string& name, std::uint64_t offset, std::span<std::uint8_t> out
    ) const = 0;

    /// Of a file that may not be there yet. Half done if it fails.
    virtual Result<void> write(const std::string& name, std::uint64_t offset, ByteView bytes) = 0;

    /// Cuts a file, or lengthens it with zeros that take no room.
    virtual Result<void> resize(const std::string& name, std::uint64_t size) = 0;

    /// Makes content and name durable. After an error nothing is known of what was written.
    virtual Result<void> sync(const std::string& name) = 0;

    /// In place of a file that may be there; durable when it returns.
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;

    /// Also of a file that is not there.
    virtual Result<void> remove(const std::string& name) = 0;

    /// Sets when a file was changed last.
    virtual Result<void> touch(const std::string& name, Clock::Wall changed) = 0;
};

/// A folder of the system's, made if need be; for its owner only. Errors: denied if another process
/// has it open.
Result<std::unique_ptr<Disk>> open_posix_disk(const std::filesystem::path& folder);

}  // namespace steelyard::blob
