// What the write-ahead log and the signer need of files: LogFile and Directory, as ports.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace steelyard::engine {

/// A file that only grows, at its end. After an append or a sync has failed, every later one fails
/// as well: what the device holds then is unknown, and a second fsync may succeed without having
/// written what the first one lost.
class LogFile {
public:
    virtual ~LogFile() = default;

    /// Bytes that can be read, durable or not.
    virtual std::uint64_t size() const = 0;

    /// The bytes survive the end of the process, and after `sync` that of the machine. On an error
    /// (io, no_space) a part of them may be there.
    virtual Result<void> append(ByteView bytes) = 0;

    /// Makes all that was appended durable. The file's name is the directory's to make durable.
    virtual Result<void> sync() = 0;

    /// Fills `out` from `offset` on; returns how many bytes there were, fewer than asked for only
    /// where the file ends.
    virtual Result<std::size_t> read(std::uint64_t offset, std::span<std::uint8_t> out) const = 0;
};

/// A flat folder of files that belong to one process. Names are those of regular files directly in
/// it, without a slash.
class Directory {
public:
    virtual ~Directory() = default;

    /// All names, ascending.
    virtual Result<std::vector<std::string>> list() const = 0;

    /// An existing file, to read and to append to; else not_found.
    virtual Result<std::unique_ptr<LogFile>> open(std::string_view name) = 0;

    /// An empty file; one of this name loses what it held.
    virtual Result<std::unique_ptr<LogFile>> create(std::string_view name) = 0;

    /// Gives a file another name, in one step: whoever held that name is gone.
    virtual Result<void> rename(std::string_view from, std::string_view to) = 0;

    virtual Result<void> remove(std::string_view name) = 0;

    /// Makes durable what was created, renamed and removed. After it has failed once, it and
    /// everything that changes a name fails, as with LogFile.
    virtual Result<void> sync() = 0;
};

/// The whole file; too_large over `size_max`.
Result<Bytes> read_file(Directory& directory, std::string_view name, std::size_t size_max);

/// The name under which a file is written that will take the place of `name`. A crash may leave it.
std::string temporary_name(std::string_view name);

/// Gives `name` this content, durably and in one step: after a crash at any moment it is the old
/// content or the new one. After an error it may be either.
Result<void> replace_file(Directory& directory, std::string_view name, ByteView content);

}  // namespace steelyard::engine
