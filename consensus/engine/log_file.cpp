#include "consensus/engine/log_file.h"

namespace steelyard::engine {

Result<Bytes> read_file(Directory& directory, std::string_view name, std::size_t size_max) {
    TRY_ASSIGN(const auto file, directory.open(name));
    if (file->size() > size_max) {
        return fail(
            ErrorCode::too_large, "{}: has {} bytes, limit {}", name, file->size(), size_max
        );
    }
    Bytes content(file->size());
    TRY_ASSIGN(const std::size_t read, file->read(0, content));
    if (read != content.size()) {
        return fail(ErrorCode::io, "{}: ends at byte {} of {}", name, read, content.size());
    }
    return content;
}

std::string temporary_name(std::string_view name) {
    return fmt::format("{}.tmp", name);
}

Result<void> replace_file(Directory& directory, std::string_view name, ByteView content) {
    const std::string temporary = temporary_name(name);
    TRY_ASSIGN(const auto file, directory.create(temporary));
    TRY(file->append(content));
    TRY(file->sync());
    TRY(directory.rename(temporary, name));
    return directory.sync();
}

}  // namespace steelyard::engine
