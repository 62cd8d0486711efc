#include "vm/files/zip.h"

#include "base/endian.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace steelyard::vm {

namespace {

// Signatures and sizes of the records (APPNOTE.TXT 4.3).
constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t central_signature = 0x02014b50;
constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint32_t end64_signature = 0x06064b50;
constexpr std::uint32_t locator_signature = 0x07064b50;
constexpr std::size_t local_bytes = 30;
constexpr std::size_t central_bytes = 46;
constexpr std::size_t end_bytes = 22;
constexpr std::size_t end64_bytes = 56;
constexpr std::size_t locator_bytes = 20;
constexpr std::size_t comment_bytes_max = 0xffff;

constexpr std::uint32_t elsewhere32 = 0xffffffff;  ///< the number is in a record of 64 bits
constexpr std::uint16_t zip64_extra = 1;
constexpr std::uint16_t encrypted_flag = 1;
constexpr std::uint16_t stored = 0;
constexpr std::uint16_t deflated = 8;
constexpr std::uint64_t deflate_ratio_max = 1032;  ///< no packed byte gives more
constexpr std::uint64_t deflate_slack = 64;

/// A record's fields, all of which lie within it.
class Record {
public:
    explicit Record(ByteView bytes) : bytes_(bytes) {}

    std::uint16_t u16(std::size_t at) const { return load_le<std::uint16_t>(bytes_.data() + at); }
    std::uint32_t u32(std::size_t at) const { return load_le<std::uint32_t>(bytes_.data() + at); }
    std::uint64_t u64(std::size_t at) const { return load_le<std::uint64_t>(bytes_.data() + at); }

private:
    ByteView bytes_;
};

std::unexpected<Error> broken(std::uint64_t offset, std::string_view why) {
    return invalid("zip, offset {}: {}", offset, why);
}

Result<Record> record_at(
    ByteView archive, std::uint64_t offset, std::size_t size, std::uint32_t signature
) {
    if (offset > archive.size() || size > archive.size() - offset) {
        return broken(offset, "a record is outside of the archive");
    }
    const Record record(archive.subspan(static_cast<std::size_t>(offset), size));
    if (record.u32(0) != signature) {
        return broken(offset, fmt::format("no record of kind {:08x}", signature));
    }
    return record;
}

struct Directory {
    std::uint64_t count = 0;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
};

/// The last record: from the end on backwards, behind it nothing but its comment.
std::optional<std::size_t> find_end(ByteView archive) {
    if (archive.size() < end_bytes) {
        return std::nullopt;
    }
    const std::size_t last = archive.size() - end_bytes;
    const std::size_t first = last - std::min(last, comment_bytes_max);
    for (std::size_t at = last + 1; at-- > first;) {
        const Record record(archive.subspan(at, end_bytes));
        if (record.u32(0) == end_signature && record.u16(20) == last - at) {
            return at;
        }
    }
    return std::nullopt;
}

Result<Directory> read_end(ByteView archive) {
    const std::optional<std::size_t> at = find_end(archive);
    if (!at) {
        return invalid("zip: no end of a directory in {} bytes", archive.size());
    }
    const Record end(archive.subspan(*at, end_bytes));
    if (end.u16(4) != 0 || end.u16(6) != 0 || end.u16(8) != end.u16(10)) {
        return fail(ErrorCode::unsupported, "zip: an archive of several parts");
    }
    Directory directory{.count = end.u16(10), .size = end.u32(12), .offset = end.u32(16)};
    const bool is_elsewhere = directory.count == 0xffff || directory.size == elsewhere32 ||
                              directory.offset == elsewhere32;
    if (is_elsewhere && *at >= locator_bytes) {
        TRY_ASSIGN(
            const Record locator,
            record_at(archive, *at - locator_bytes, locator_bytes, locator_signature)
        );
        TRY_ASSIGN(
            const Record end64, record_at(archive, locator.u64(8), end64_bytes, end64_signature)
        );
        directory = {.count = end64.u64(32), .size = end64.u64(40), .offset = end64.u64(48)};
    }
    if (directory.offset > *at || directory.size > *at - directory.offset) {
        return broken(*at, "the directory is outside of the archive");
    }
    if (directory.count > zip_entry_count_max || directory.count > directory.size / central_bytes) {
        return fail(
            ErrorCode::too_large,
            "zip: {} members, {} are allowed and the directory has {} bytes",
            directory.count,
            zip_entry_count_max,
            directory.size
        );
    }
    return directory;
}

/// A member as the directory says it.
struct Central {
    ZipEntry entry{};
    std::uint64_t packed_size = 0;
    std::uint64_t local_offset = 0;
};

/// Numbers of 64 bits stand in an extra field, in this order, where the others are all ones.
Result<void> read_zip64(ByteView extra, std::uint64_t offset, Central& central) {
    while (extra.size() >= 4) {
        const Record head(extra);
        const std::size_t size = head.u16(2);
        if (size > extra.size() - 4) {
            return broken(offset, "an extra field is longer than its place");
        }
        ByteView values = extra.subspan(4, size);
        if (head.u16(0) == zip64_extra) {
            for (std::uint64_t* const value :
                 {&central.entry.size, &central.packed_size, &central.local_offset}) {
                if (*value == elsewhere32 && values.size() >= 8) {
                    *value = load_le<std::uint64_t>(values.data());
                    values = values.subspan(8);
                }
            }
        }
        extra = extra.subspan(4 + size);
    }
    return {};
}

/// Reads the record at `at` and moves behind it.
Result<Central> read_central(ByteView archive, std::uint64_t& at, std::uint64_t end) {
    const std::uint64_t offset = at;
    TRY_ASSIGN(const Record record, record_at(archive, at, central_bytes, central_signature));
    const std::uint64_t name_size = record.u16(28);
    const std::uint64_t extra_size = record.u16(30);
    at += central_bytes + name_size + extra_size + record.u16(32);
    if (at > end) {
        return broken(offset, "a member of the directory is longer than that");
    }
    if (name_size > zip_name_bytes_max) {
        return broken(offset, fmt::format("a name of {} bytes", name_size));
    }
    if ((record.u16(8) & encrypted_flag) != 0) {
        return fail(ErrorCode::unsupported, "zip, offset {}: an encrypted member", offset);
    }
    const std::uint16_t method = record.u16(10);
    if (method != stored && method != deflated) {
        return fail(ErrorCode::unsupported, "zip, offset {}: method {}", offset, method);
    }
    const auto name_at = static_cast<std::size_t>(offset + central_bytes);
    Central central;
    central.entry.name = as_text(archive.subspan(name_at, name_size));
    central.entry.is_deflated = method == deflated;
    central.entry.crc32 = record.u32(16);
    central.packed_size = record.u32(20);
    central.entry.size = record.u32(24);
    central.local_offset = record.u32(42);
    TRY(read_zip64(archive.subspan(name_at + name_size, extra_size), offset, central));
    return central;
}

/// Finds the bytes of a member behind its own header, which must say the same name.
Result<void> find_packed(ByteView archive, std::uint64_t end, Central& central) {
    const std::uint64_t offset = central.local_offset;
    TRY_ASSIGN(const Record record, record_at(archive, offset, local_bytes, local_signature));
    const std::uint64_t name_size = record.u16(26);
    const std::uint64_t begin = offset + local_bytes + name_size + record.u16(28);
    if (begin > end || central.packed_size > end - begin) {
        return broken(offset, fmt::format("'{}' reaches beyond the members", central.entry.name));
    }
    const auto name_at = static_cast<std::size_t>(offset + local_bytes);
    if (as_text(archive.subspan(name_at, name_size)) != central.entry.name) {
        return broken(offset, fmt::format("'{}' has another name here", central.entry.name));
    }
    central.entry.packed = archive.subspan(
        static_cast<std::size_t>(begin), static_cast<std::size_t>(central.packed_size)
    );
    return {};
}

/// Packed bytes that are used twice could unpack to more than the archive pays for.
Result<void> check_apart(const std::vector<ZipEntry>& entries) {
    std::vector<std::pair<const std::uint8_t*, const std::uint8_t*>> ranges;
    for (const ZipEntry& entry : entries) {
        if (!entry.packed.empty()) {
            ranges.emplace_back(entry.packed.data(), entry.packed.data() + entry.packed.size());
        }
    }
    std::ranges::sort(ranges);
    for (std::size_t index = 1; index < ranges.size(); ++index) {
        if (ranges[index].first < ranges[index - 1].second) {
            return invalid("zip: two members share bytes");
        }
    }
    return {};
}

/// zlib counts with 32 bits.
uInt step_of(std::size_t left) {
    return static_cast<uInt>(std::min<std::size_t>(left, std::numeric_limits<uInt>::max() / 2));
}

/// Whether the packed bytes, all of them, give exactly `out`.
bool inflate_all(ByteView packed, Bytes& out) {
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
        return false;
    }
    std::size_t from = 0;
    std::size_t to = 0;
    std::uint8_t nothing = 0;
    int status = Z_OK;
    while (status == Z_OK) {
        const uInt in = step_of(packed.size() - from);
        const uInt room = step_of(out.size() - to);
        stream.next_in = const_cast<Bytef*>(packed.data() + from);
        stream.avail_in = in;
        stream.next_out = out.empty() ? &nothing : out.data() + to;
        stream.avail_out = room;
        status = inflate(&stream, Z_NO_FLUSH);
        from += in - stream.avail_in;
        to += room - stream.avail_out;
    }
    (void)inflateEnd(&stream);
    return status == Z_STREAM_END && from == packed.size() && to == out.size();
}

std::uint32_t crc32_of(ByteView bytes) {
    uLong crc = crc32(0, Z_NULL, 0);
    while (!bytes.empty()) {
        const uInt step = step_of(bytes.size());
        crc = crc32(crc, bytes.data(), step);
        bytes = bytes.subspan(step);
    }
    return static_cast<std::uint32_t>(crc);
}

}  // namespace

Result<std::vector<ZipEntry>> read_zip(ByteView archive) {
    TRY_ASSIGN(const Directory directory, read_end(archive));
    std::vector<ZipEntry> entries;
    std::uint64_t at = directory.offset;
    for (std::uint64_t index = 0; index < directory.count; ++index) {
        TRY_ASSIGN(Central central, read_central(archive, at, directory.offset + directory.size));
        TRY(find_packed(archive, directory.offset, central));
        entries.push_back(std::move(central.entry));
    }
    TRY(check_apart(entries));
    return entries;
}

Result<Bytes> unpack(const ZipEntry& entry, std::uint64_t size_max) {
    const std::uint64_t most = entry.is_deflated
                                   ? entry.packed.size() * deflate_ratio_max + deflate_slack
                                   : entry.packed.size();
    if (entry.size > size_max || entry.size > most) {
        return fail(
            ErrorCode::too_large,
            "zip: '{}' of {} bytes, {} are allowed and {} possible",
            entry.name,
            entry.size,
            size_max,
            most
        );
    }
    Bytes out;
    if (!entry.is_deflated) {
        out = to_bytes(entry.packed);
    } else {
        out.resize(static_cast<std::size_t>(entry.size));
        if (!inflate_all(entry.packed, out)) {
            return invalid("zip: '{}' does not unpack to {} bytes", entry.name, entry.size);
        }
    }
    if (out.size() != entry.size || crc32_of(out) != entry.crc32) {
        return fail(ErrorCode::corrupt, "zip: '{}' is not what its CRC-32 says", entry.name);
    }
    return out;
}

namespace {

/// What local and central headers have in common: from the version needed to the sizes of names.
void append_common(Bytes& out, const ZipMember& member) {
    constexpr std::uint16_t version = 20;
    constexpr std::uint16_t first_day = 1 << 5 | 1;
    for (const std::uint16_t value :
         {version, std::uint16_t{0}, stored, std::uint16_t{0}, first_day}) {
        append_le(out, value);
    }
    append_le(out, crc32_of(member.data));
    append_le(out, static_cast<std::uint32_t>(member.data.size()));
    append_le(out, static_cast<std::uint32_t>(member.data.size()));
    append_le(out, static_cast<std::uint16_t>(member.name.size()));
    append_le(out, std::uint16_t{0});
}

}  // namespace

Result<Bytes> write_zip(std::span<const ZipMember> members) {
    Bytes out;
    Bytes directory;
    for (const ZipMember& member : members) {
        const std::uint64_t offset = out.size();
        if (offset + member.data.size() > elsewhere32 / 2 ||
            member.name.size() > zip_name_bytes_max || members.size() >= 0xffff) {
            return fail(ErrorCode::too_large, "zip: '{}' makes the archive too large", member.name);
        }
        append_le(out, local_signature);
        append_common(out, member);
        append(out, as_bytes(member.name));
        append(out, member.data);
        append_le(directory, central_signature);
        append_le(directory, std::uint16_t{20});
        append_common(directory, member);
        append(directory, Bytes(10));
        append_le(directory, static_cast<std::uint32_t>(offset));
        append(directory, as_bytes(member.name));
    }
    const auto begin = static_cast<std::uint32_t>(out.size());
    const auto count = static_cast<std::uint16_t>(members.size());
    append(out, directory);
    append_le(out, end_signature);
    append_le(out, std::uint32_t{0});
    append_le(out, count);
    append_le(out, count);
    append_le(out, static_cast<std::uint32_t>(directory.size()));
    append_le(out, begin);
    append_le(out, std::uint16_t{0});
    return out;
}

}  // namespace steelyard::vm
