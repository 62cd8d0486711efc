#include "vm/files/npy.h"

#include "base/check.h"
#include "base/endian.h"
#include "vm/files/text_cursor.h"

#include <algorithm>
#include <array>
#include <optional>

namespace steelyard::vm {

namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t prefix_bytes = 10;      ///< magic, version, and a length of version 1.0
constexpr std::size_t header_alignment = 64;  ///< of where the elements begin
constexpr std::size_t header_bytes_max = npy_head_bytes_max - 12;
constexpr std::size_t descr_bytes_max = 16;

struct Descr {
    std::string_view name;
    DType dtype;
};

/// Without the mark of the byte order.
constexpr auto descrs = std::to_array<Descr>({
    {"f4", DType::f32},
    {"f8", DType::f64},
    {"f2", DType::f16},
    {"V2", DType::bf16},
    {"i1", DType::i8},
    {"u1", DType::u8},
    {"i2", DType::i16},
    {"u2", DType::u16},
    {"i4", DType::i32},
    {"u4", DType::u32},
    {"i8", DType::i64},
    {"u8", DType::u64},
    {"b1", DType::boolean},
});

struct HeaderText {
    std::string_view text{};
    std::size_t offset = 0;
};

Result<HeaderText> find_header(ByteView file) {
    if (file.size() < prefix_bytes || !as_text(file).starts_with(magic)) {
        return invalid("npy, offset 0: does not begin with the mark of NumPy's files");
    }
    const std::uint8_t major = file[6];
    if (major < 1 || major > 3 || file[7] != 0) {
        return fail(
            ErrorCode::unsupported, "npy, offset 6: version {}.{} is not known", major, file[7]
        );
    }
    const std::size_t length_bytes = major == 1 ? 2 : 4;
    const std::size_t offset = 8 + length_bytes;
    if (file.size() < offset) {
        return invalid("npy, offset 8: the length of the header is missing");
    }
    const std::size_t size = major == 1 ? load_le<std::uint16_t>(file.data() + 8)
                                        : load_le<std::uint32_t>(file.data() + 8);
    if (size > header_bytes_max || size > file.size() - offset) {
        return invalid(
            "npy, offset 8: a header of {} bytes, {} are left and {} allowed",
            size,
            file.size() - offset,
            header_bytes_max
        );
    }
    return HeaderText{.text = as_text(file).substr(offset, size), .offset = offset};
}

/// "<f4"
void read_descr(TextCursor& cursor, NpyHead& header) {
    if (cursor.take("[")) {
        cursor.refuse(ErrorCode::unsupported, "elements of several fields");
        return;
    }
    const std::string descr = cursor.string(descr_bytes_max);
    const std::string_view rest =
        std::string_view(descr).substr(std::min<std::size_t>(1, descr.size()));
    const auto* const row = std::ranges::find(descrs, rest, &Descr::name);
    const bool has_order = !descr.empty() && std::string_view("<>|=").contains(descr[0]);
    if (row == descrs.end() || !has_order) {
        cursor.refuse(ErrorCode::unsupported, fmt::format("elements of type '{}'", descr));
        return;
    }
    header.type.dtype = row->dtype;
    header.is_swapped = descr[0] == '>';
}

/// "(3, 4)", "(3,)", "()"; Python 2 wrote "(3L, 4L)".
void read_shape(TextCursor& cursor, std::vector<std::uint64_t>& dimensions) {
    cursor.expect("(");
    while (cursor.ok() && !cursor.take(")")) {
        if (dimensions.size() > rank_max) {
            cursor.refuse(ErrorCode::too_large, fmt::format("a rank over {}", rank_max));
            return;
        }
        dimensions.push_back(cursor.number());
        cursor.take("L");
        if (!cursor.take(",")) {
            cursor.expect(")");
            return;
        }
    }
}

Result<NpyHead> read_header(const HeaderText& found) {
    TextCursor cursor("npy", found.text, found.offset);
    NpyHead header{.size = found.offset + found.text.size()};
    std::vector<std::uint64_t> dimensions;
    std::array<bool, 3> seen{};
    cursor.expect("{");
    while (cursor.ok() && !cursor.take("}")) {
        const std::string key = cursor.string(descr_bytes_max);
        cursor.expect(":");
        const std::size_t field = key == "descr"           ? 0
                                  : key == "fortran_order" ? 1
                                  : key == "shape"         ? 2
                                                           : 3;
        if (field == 3 || seen[field]) {
            cursor.refuse(ErrorCode::invalid, fmt::format("key '{}' is not known or twice", key));
            break;
        }
        seen[field] = true;
        if (field == 0) {
            read_descr(cursor, header);
        } else if (field == 2) {
            read_shape(cursor, dimensions);
        } else if (cursor.take("True")) {
            header.is_fortran = true;
        } else {
            cursor.expect("False");
        }
        if (!cursor.take(",")) {
            cursor.expect("}");
            break;
        }
    }
    cursor.expect_end();
    if (!std::ranges::all_of(seen, [](bool key) { return key; })) {
        cursor.refuse(ErrorCode::invalid, "descr, fortran_order or shape is missing");
    }
    header.type = cursor.adopt(make_tensor_type(header.type.dtype, dimensions));
    TRY(cursor.finish());
    return header;
}

void swap_elements(Bytes& data, std::size_t size) {
    for (auto at = data.begin(); at != data.end(); at += static_cast<std::ptrdiff_t>(size)) {
        std::reverse(at, at + static_cast<std::ptrdiff_t>(size));
    }
}

/// Columns first to rows first.
Bytes rows_of_fortran(const TensorType& type, ByteView data) {
    const std::size_t size = size_of(type.dtype);
    const auto dimensions = type.shape.dimensions();
    std::array<std::uint64_t, rank_max> strides{};
    std::uint64_t stride = size;
    for (std::size_t axis = 0; axis < dimensions.size(); ++axis) {
        strides[axis] = stride;
        stride *= dimensions[axis];
    }
    Bytes out(data.size());
    std::array<std::uint64_t, rank_max> index{};
    std::uint64_t from = 0;
    for (std::size_t to = 0; to < out.size(); to += size) {
        std::memcpy(out.data() + to, data.data() + from, size);
        for (std::size_t axis = dimensions.size(); axis-- > 0;) {
            from += strides[axis];
            if (++index[axis] < dimensions[axis]) {
                break;
            }
            from -= strides[axis] * dimensions[axis];
            index[axis] = 0;
        }
    }
    return out;
}

std::string_view descr_of(DType dtype) {
    return std::ranges::find(descrs, dtype, &Descr::dtype)->name;
}

}  // namespace

Result<NpyHead> read_npy_head(ByteView beginning) {
    TRY_ASSIGN(const HeaderText found, find_header(beginning));
    return read_header(found);
}

Result<FileTensor> read_npy(ByteView file) {
    TRY_ASSIGN(const NpyHead head, read_npy_head(file));
    const ByteView elements = file.subspan(head.size);
    if (elements.size() != head.type.bytes()) {
        return invalid(
            "npy, offset {}: {} bytes for {}, which has {}",
            head.size,
            elements.size(),
            head.type.text(),
            head.type.bytes()
        );
    }
    FileTensor tensor{.type = head.type};
    tensor.data = head.is_fortran ? rows_of_fortran(head.type, elements) : to_bytes(elements);
    if (head.is_swapped) {
        swap_elements(tensor.data, size_of(head.type.dtype));
    }
    return tensor;
}

Bytes write_npy_head(const TensorType& type) {
    const std::size_t size = size_of(type.dtype);
    std::string shape;
    for (const std::uint64_t dimension : type.shape.dimensions()) {
        shape += fmt::format("{}{}", shape.empty() ? "" : ", ", dimension);
    }
    shape += type.shape.rank() == 1 ? "," : "";
    const bool has_no_order = size == 1 || type.dtype == DType::bf16;
    std::string header = fmt::format(
        "{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}",
        has_no_order ? '|' : '<',
        descr_of(type.dtype),
        shape
    );
    const std::size_t unpadded = prefix_bytes + header.size() + 1;
    header.append((header_alignment - unpadded % header_alignment) % header_alignment, ' ');
    header.push_back('\n');
    Bytes out;
    append(out, as_bytes(magic));
    append(out, Bytes{1, 0});
    append_le(out, static_cast<std::uint16_t>(header.size()));
    append(out, as_bytes(header));
    return out;
}

Bytes write_npy(const TensorType& type, ByteView data) {
    CHECK(data.size() == type.bytes());
    Bytes out = write_npy_head(type);
    out.reserve(out.size() + data.size());
    append(out, data);
    return out;
}

}  // namespace steelyard::vm
