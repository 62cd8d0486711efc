#include "vm/program/byte_reader.h"

#include "base/endian.h"
#include "base/protowire.h"

namespace steelyard::vm {

void ByteReader::refuse(ErrorCode code, std::string_view why) {
    if (error_) {
        return;
    }
    const std::string where =
        entry_.first.empty() ? "" : fmt::format(", {} {}", entry_.first, entry_.second);
    error_ = Error(code, fmt::format("{}, offset {}{}: {}", format_, last_, where, why));
}

bool ByteReader::has(std::string_view name, std::uint64_t size) {
    if (error_) {
        return false;
    }
    last_ = offset_;
    if (size > remaining()) {
        refuse(
            ErrorCode::invalid, fmt::format("{}: {} bytes are left of {}", name, remaining(), size)
        );
        return false;
    }
    return true;
}

void ByteReader::expect(std::string_view text) {
    const ByteView found = bytes("magic number", text.size());
    if (ok() && as_text(found) != text) {
        refuse(ErrorCode::invalid, fmt::format("does not begin with \"{}\"", text));
    }
}

std::uint8_t ByteReader::byte(std::string_view name) {
    return has(name, 1) ? bytes_[offset_++] : std::uint8_t{0};
}

std::uint32_t ByteReader::u32(std::string_view name) {
    const ByteView found = bytes(name, sizeof(std::uint32_t));
    return ok() ? load_le<std::uint32_t>(found.data()) : 0;
}

ByteView ByteReader::bytes(std::string_view name, std::uint64_t size) {
    if (!has(name, size)) {
        return {};
    }
    const ByteView found = bytes_.subspan(offset_, static_cast<std::size_t>(size));
    offset_ += found.size();
    return found;
}

std::uint64_t ByteReader::varint(std::string_view name, std::uint64_t value_max) {
    if (!has(name, 1)) {
        return 0;
    }
    ByteView rest = bytes_.subspan(offset_);
    const Result<std::uint64_t> value = take_uvarint(rest);
    if (!value) {
        refuse(ErrorCode::invalid, fmt::format("{}: {}", name, value.error().message()));
        return 0;
    }
    if (*value > value_max) {
        refuse(ErrorCode::too_large, fmt::format("{} is {}, at most {}", name, *value, value_max));
        return 0;
    }
    offset_ = bytes_.size() - rest.size();
    return *value;
}

std::int64_t ByteReader::signed_varint(std::string_view name) {
    const std::uint64_t folded = varint(name);
    return static_cast<std::int64_t>((folded >> 1) ^ (~(folded & 1) + 1));
}

std::uint64_t ByteReader::count(
    std::string_view name, std::uint64_t count_max, std::uint64_t entry_bytes_min
) {
    const std::uint64_t count = varint(name, count_max);
    if (ok() && count > remaining() / entry_bytes_min) {
        refuse(
            ErrorCode::invalid, fmt::format("{} is {}, {} bytes are left", name, count, remaining())
        );
    }
    return ok() ? count : 0;
}

Result<void> ByteReader::finish() {
    if (!error_ && remaining() > 0) {
        entry_ = {};
        last_ = offset_;
        refuse(ErrorCode::invalid, fmt::format("{} bytes are left over", remaining()));
    }
    if (error_) {
        return std::unexpected(*error_);
    }
    return {};
}

}  // namespace steelyard::vm
