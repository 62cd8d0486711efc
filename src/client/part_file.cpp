#include "client/part_file.h"

#include "base/check.h"

#include <sys/file.h>

#include <fcntl.h>
#include <cstdio>

namespace steelyard::client {
namespace {

constexpr std::size_t read_size = std::size_t{1} << 20;
constexpr mode_t file_mode = 0644;

}  // namespace

Result<PartFile> PartFile::open(const std::filesystem::path& file, const blob::Hash256& id) {
    std::filesystem::path path = file;
    path += ".part";
    files::Descriptor descriptor(files::uninterrupted([&] {
        return ::open(
            path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND | O_NOFOLLOW, file_mode
        );
    }));
    if (descriptor.number() < 0) {
        return files::system_error(path.native(), "open");
    }
    if (::flock(descriptor.number(), LOCK_EX | LOCK_NB) != 0) {
        return fail(ErrorCode::denied, "{} is being written by another process", path.native());
    }
    PartFile part(file, id, std::move(descriptor));
    if (auto checked = part.check_what_is_there(); !checked) {
        if (checked.error().code() != ErrorCode::corrupt) {
            return std::unexpected(std::move(checked).error());
        }
        TRY(part.clear());
    }
    return part;
}

Result<void> PartFile::check_what_is_there() {
    Bytes bytes(read_size);
    while (true) {
        TRY_ASSIGN(
            const std::size_t size,
            files::read_some(descriptor_.number(), part_path().native(), check_.size(), bytes)
        );
        if (size == 0) {
            return {};
        }
        TRY(check_.take(ByteView(bytes).first(size)));
    }
}

Result<void> PartFile::append(ByteView bytes) {
    TRY(check_.take(bytes));
    return files::write_all(descriptor_.number(), part_path().native(), bytes);
}

Result<void> PartFile::clear() {
    check_ = BlobCheck(id_);
    if (::ftruncate(descriptor_.number(), 0) != 0) {
        return files::system_error(part_path().native(), "truncate");
    }
    return {};
}

void PartFile::remove() {
    ::unlink(part_path().c_str());
}

Result<void> PartFile::finish() {
    CHECK(check_.is_whole());
    if (::fsync(descriptor_.number()) != 0) {
        return files::system_error(part_path().native(), "sync");
    }
    if (::rename(part_path().c_str(), file_.c_str()) != 0) {
        return files::system_error(file_.native(), "rename to it");
    }
    return files::sync_parent(file_);
}

std::filesystem::path PartFile::part_path() const {
    std::filesystem::path path = file_;
    path += ".part";
    return path;
}

}  // namespace steelyard::client
