#include "vm/files/safetensors.h"

#include "base/check.h"
#include "base/endian.h"
#include "vm/files/text_cursor.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

namespace steelyard::vm {

namespace {

constexpr std::size_t length_bytes = 8;
constexpr std::size_t alignment = 8;  ///< of where the elements begin
constexpr std::size_t word_bytes_max = 32;
constexpr std::string_view metadata_key = "__metadata__";

struct DTypeName {
    std::string_view name;
    DType dtype;
};

constexpr auto dtype_names = std::to_array<DTypeName>({
    {"F32", DType::f32},
    {"F64", DType::f64},
    {"F16", DType::f16},
    {"BF16", DType::bf16},
    {"I8", DType::i8},
    {"U8", DType::u8},
    {"I16", DType::i16},
    {"U16", DType::u16},
    {"I32", DType::i32},
    {"U32", DType::u32},
    {"I64", DType::i64},
    {"U64", DType::u64},
    {"BOOL", DType::boolean},
});

/// A tensor as the header says it.
struct Entry {
    std::string name{};
    TensorType type{};
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// The numbers of a list.
std::vector<std::uint64_t> read_numbers(TextCursor& cursor, std::size_t count_max) {
    std::vector<std::uint64_t> numbers;
    cursor.expect("[");
    if (cursor.take("]")) {
        return numbers;
    }
    do {
        if (numbers.size() == count_max) {
            cursor.refuse(ErrorCode::too_large, fmt::format("over {} numbers", count_max));
        }
        numbers.push_back(cursor.number());
    } while (cursor.take(","));
    cursor.expect("]");
    return numbers;
}

DType read_dtype(TextCursor& cursor) {
    const std::string name = cursor.string(word_bytes_max);
    const auto* const row = std::ranges::find(dtype_names, name, &DTypeName::name);
    if (row == dtype_names.end()) {
        cursor.refuse(ErrorCode::unsupported, fmt::format("dtype {}", name));
        return DType::f32;
    }
    return row->dtype;
}

Entry read_entry(TextCursor& cursor, std::string name) {
    Entry entry{.name = std::move(name)};
    DType dtype = DType::f32;
    std::vector<std::uint64_t> shape;
    std::vector<std::uint64_t> offsets;
    std::set<std::string> seen;
    cursor.expect("{");
    do {
        const std::string key = cursor.string(word_bytes_max);
        cursor.expect(":");
        if (!seen.insert(key).second) {
            cursor.refuse(ErrorCode::invalid, fmt::format("key '{}' twice", key));
        } else if (key == "dtype") {
            dtype = read_dtype(cursor);
        } else if (key == "shape") {
            shape = read_numbers(cursor, rank_max);
        } else if (key == "data_offsets") {
            offsets = read_numbers(cursor, 2);
        } else {
            cursor.refuse(ErrorCode::invalid, fmt::format("key '{}' is not known", key));
        }
    } while (cursor.take(","));
    cursor.expect("}");
    entry.type = cursor.adopt(make_tensor_type(dtype, shape));
    if (seen.size() != 3 || offsets.size() != 2) {
        cursor.refuse(
            ErrorCode::invalid, fmt::format("tensor '{}' has not got all it needs", entry.name)
        );
        return entry;
    }
    entry.begin = offsets[0];
    entry.end = offsets[1];
    return entry;
}

void read_metadata(TextCursor& cursor, SafetensorsMetadata& metadata) {
    cursor.expect("{");
    if (cursor.take("}")) {
        return;
    }
    do {
        std::string key(cursor.raw_string());
        cursor.expect(":");
        metadata[std::move(key)] = cursor.raw_string();
    } while (cursor.ok() && cursor.take(","));
    cursor.expect("}");
}

Result<std::vector<Entry>> read_header(std::string_view text, SafetensorsMetadata& metadata) {
    TextCursor cursor("safetensors", text, length_bytes);
    std::vector<Entry> entries;
    std::set<std::string> names;
    cursor.expect("{");
    if (!cursor.take("}")) {
        do {
            std::string name = cursor.string(tensor_name_bytes_max);
            cursor.expect(":");
            if (!names.insert(name).second) {
                cursor.refuse(ErrorCode::invalid, fmt::format("name '{}' twice", name));
            } else if (name == metadata_key) {
                read_metadata(cursor, metadata);
            } else if (entries.size() == file_tensor_count_max) {
                cursor.refuse(
                    ErrorCode::too_large, fmt::format("over {} tensors", file_tensor_count_max)
                );
            } else {
                entries.push_back(read_entry(cursor, std::move(name)));
            }
        } while (cursor.ok() && cursor.take(","));
        cursor.expect("}");
    }
    cursor.expect_end();
    TRY(cursor.finish());
    return entries;
}

/// Every byte belongs to one tensor.
Result<void> check_coverage(const std::vector<Entry>& entries, std::uint64_t size) {
    std::vector<const Entry*> sorted;
    for (const Entry& entry : entries) {
        if (entry.begin > entry.end || entry.end - entry.begin != entry.type.bytes()) {
            return invalid(
                "safetensors: tensor '{}' from {} to {}, {} has {} bytes",
                entry.name,
                entry.begin,
                entry.end,
                entry.type.text(),
                entry.type.bytes()
            );
        }
        sorted.push_back(&entry);
    }
    std::ranges::sort(sorted, {}, [](const Entry* entry) {
        return std::pair(entry->begin, entry->end);
    });
    std::uint64_t at = 0;
    for (const Entry* const entry : sorted) {
        if (entry->begin != at) {
            return invalid(
                "safetensors: tensor '{}' begins at {}, the one before ends at {}",
                entry->name,
                entry->begin,
                at
            );
        }
        at = entry->end;
    }
    if (at != size) {
        return invalid("safetensors: the tensors have {} bytes, the file has {}", at, size);
    }
    return {};
}

std::string_view name_of(DType dtype) {
    return std::ranges::find(dtype_names, dtype, &DTypeName::dtype)->name;
}

bool is_plain(char c) {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

}  // namespace

Result<std::uint64_t> safetensors_head_bytes(ByteView start, std::uint64_t file_bytes) {
    if (start.size() < length_bytes) {
        return invalid("safetensors: {} bytes, the length of the header alone has 8", start.size());
    }
    const auto header_size = load_le<std::uint64_t>(start.data());
    const std::uint64_t left = file_bytes - length_bytes;
    if (header_size > safetensors_header_bytes_max || header_size > left) {
        return invalid(
            "safetensors, offset 0: a header of {} bytes, {} are left and {} allowed",
            header_size,
            left,
            safetensors_header_bytes_max
        );
    }
    return length_bytes + header_size;
}

Result<SafetensorsLayout> read_safetensors_layout(ByteView head, std::uint64_t file_bytes) {
    TRY_ASSIGN(const std::uint64_t head_bytes, safetensors_head_bytes(head, file_bytes));
    if (head_bytes > head.size()) {
        return invalid("safetensors: {} bytes of a header of {}", head.size(), head_bytes);
    }
    SafetensorsLayout out;
    const auto text =
        as_text(head).substr(length_bytes, static_cast<std::size_t>(head_bytes) - length_bytes);
    TRY_ASSIGN(const std::vector<Entry> entries, read_header(text, out.metadata));
    TRY(check_coverage(entries, file_bytes - head_bytes));
    for (const Entry& entry : entries) {
        out.tensors.push_back(
            {.name = entry.name, .type = entry.type, .offset = head_bytes + entry.begin}
        );
    }
    return out;
}

Result<std::vector<TensorSlice>> read_safetensors(ByteView file) {
    TRY_ASSIGN(const SafetensorsLayout layout, read_safetensors_layout(file, file.size()));
    std::vector<TensorSlice> tensors;
    for (const TensorPlace& place : layout.tensors) {
        const auto begin = static_cast<std::size_t>(place.offset);
        const auto size = static_cast<std::size_t>(place.type.bytes());
        tensors.push_back(
            {.name = place.name, .type = place.type, .data = file.subspan(begin, size)}
        );
    }
    return tensors;
}

Bytes safetensors_head(std::span<const TensorSlice> tensors, const SafetensorsMetadata& metadata) {
    std::string header;
    for (const auto& [key, value] : metadata) {
        CHECK(std::ranges::all_of(key, is_plain) && std::ranges::all_of(value, is_plain));
        header += fmt::format("{}\"{}\":\"{}\"", header.empty() ? "" : ",", key, value);
    }
    header = metadata.empty() ? "{" : fmt::format("{{\"{}\":{{{}}}", metadata_key, header);
    std::uint64_t at = 0;
    for (const TensorSlice& tensor : tensors) {
        CHECK(tensor.data.size() == tensor.type.bytes());
        CHECK(std::ranges::all_of(tensor.name, is_plain));
        header += fmt::format(
            "{}\"{}\":{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
            header.size() == 1 ? "" : ",",
            tensor.name,
            name_of(tensor.type.dtype),
            fmt::join(tensor.type.shape.dimensions(), ","),
            at,
            at + tensor.data.size()
        );
        at += tensor.data.size();
    }
    header += "}";
    header.append((alignment - header.size() % alignment) % alignment, ' ');
    Bytes out;
    append_le(out, std::uint64_t{header.size()});
    append(out, as_bytes(header));
    return out;
}

Bytes write_safetensors(std::span<const TensorSlice> tensors) {
    Bytes out = safetensors_head(tensors);
    for (const TensorSlice& tensor : tensors) {
        append(out, tensor.data);
    }
    return out;
}

}  // namespace steelyard::vm
