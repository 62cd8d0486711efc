#include "worker/mapped_file.h"

#include "files/posix_calls.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace steelyard::worker {

Result<MappedFile> MappedFile::open(const std::filesystem::path& file) {
    const std::string path = file.native();
    const files::Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status{};
    if (descriptor.number() < 0 || ::fstat(descriptor.number(), &status) < 0) {
        return files::system_error(path, "open");
    }
    if (!S_ISREG(status.st_mode)) {
        return invalid("{}: is not a regular file", path);
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size == 0) {
        return MappedFile();
    }
    void* const data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.number(), 0);
    if (data == MAP_FAILED) {
        return files::system_error(path, "map");
    }
    return MappedFile(static_cast<const std::uint8_t*>(data), size);
}

MappedFile::~MappedFile() {
    if (size_ > 0) {
        ::munmap(const_cast<std::uint8_t*>(data_), size_);
    }
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {
}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

}  // namespace steelyard::worker
