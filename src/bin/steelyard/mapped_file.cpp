#include "bin/steelyard/mapped_file.h"

#include "files/posix_calls.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>

namespace steelyard::wallet {
namespace {

Complaint cannot_open(const std::string& path) {
    const Error error = files::system_error(path, "open").error();
    return error.code() == ErrorCode::not_found
               ? Complaint(Exit::not_found, "file_not_found", error.message())
               : Complaint(error);
}

}  // namespace

Outcome<MappedFile> MappedFile::open(const std::string& path) {
    const files::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status{};
    if (file.number() < 0 || ::fstat(file.number(), &status) != 0) {
        return std::unexpected(cannot_open(path));
    }
    if (!S_ISREG(status.st_mode)) {
        return usage("{} is no regular file", path);
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size == 0) {
        return MappedFile(ByteView());
    }
    void* const at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number(), 0);
    if (at == MAP_FAILED) {
        return std::unexpected(Complaint(files::system_error(path, "map").error()));
    }
    return MappedFile(ByteView(static_cast<const std::uint8_t*>(at), size));
}

MappedFile::~MappedFile() {
    if (!bytes_.empty()) {
        ::munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
    }
}

}  // namespace steelyard::wallet
