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

void skip_metadata(TextCursor& cursor) {
    cursor.expect("{");
    if (cursor.take("}")) {
        return;
    }
    do {
        cursor.skip_string();
        cursor.expect(":");
        cursor.skip_string();
    } while (cursor.ok() && cursor.take(","));
    cursor.expect("}");
}

Result<std::vector<Entry>> read_header(std::string_view text) {
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
                skip_metadata(cursor);
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

Result<std::vector<TensorSlice>> read_safetensors(ByteView file) {
    if (file.size() < length_bytes) {
        return invalid("safetensors: {} bytes, the length of the header alone has 8", file.size());
    }
    const auto header_size = load_le<std::uint64_t>(file.data());
    const std::size_t left = file.size() - length_bytes;
    if (header_size > safetensors_header_bytes_max || header_size > left) {
        return invalid(
            "safetensors, offset 0: a header of {} bytes, {} are left and {} allowed",
            header_size,
            left,
            safetensors_header_bytes_max
        );
    }
    const auto text = as_text(file).substr(length_bytes, header_size);
    TRY_ASSIGN(const std::vector<Entry> entries, read_header(text));
    const ByteView elements = file.subspan(length_bytes + header_size);
    TRY(check_coverage(entries, elements.size()));
    std::vector<TensorSlice> tensors;
    for (const Entry& entry : entries) {
        const auto begin = static_cast<std::size_t>(entry.begin);
        const auto size = static_cast<std::size_t>(entry.end - entry.begin);
        tensors.push_back(
            {.name = entry.name, .type = entry.type, .data = elements.subspan(begin, size)}
        );
    }
    return tensors;
}

Bytes write_safetensors(std::span<const TensorSlice> tensors) {
    std::string header = "{";
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
    out.reserve(length_bytes + header.size() + static_cast<std::size_t>(at));
    append_le(out, std::uint64_t{header.size()});
    append(out, as_bytes(header));
    for (const TensorSlice& tensor : tensors) {
        append(out, tensor.data);
    }
    return out;
}

}  // namespace steelyard::vm
