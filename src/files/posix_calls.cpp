#include "files/posix_calls.h"

#include <fcntl.h>

#include <system_error>

namespace steelyard::files {

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

}  // namespace steelyard::files
