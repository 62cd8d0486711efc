#include "vm/files/gguf.h"

#include "base/checked.h"
#include "base/endian.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>

namespace steelyard::vm {

namespace {

constexpr std::string_view magic = "GGUF";
constexpr std::uint64_t default_alignment = 32;
constexpr std::uint64_t alignment_max = 1 << 20;
constexpr std::uint32_t rank_max = 8;
constexpr std::uint64_t name_bytes_max = 64 * 1024;

/// A type of elements: so many of them make a block of so many bytes.
struct Blocks {
    std::uint32_t number;
    std::string_view name;
    std::uint64_t elements;
    std::uint64_t bytes;
};

constexpr auto types = std::to_array<Blocks>({
    {0, "F32", 1, 4},         {1, "F16", 1, 2},         {2, "Q4_0", 32, 18},
    {3, "Q4_1", 32, 20},      {6, "Q5_0", 32, 22},      {7, "Q5_1", 32, 24},
    {8, "Q8_0", 32, 34},      {9, "Q8_1", 32, 36},      {10, "Q2_K", 256, 84},
    {11, "Q3_K", 256, 110},   {12, "Q4_K", 256, 144},   {13, "Q5_K", 256, 176},
    {14, "Q6_K", 256, 210},   {15, "Q8_K", 256, 292},   {16, "IQ2_XXS", 256, 66},
    {17, "IQ2_XS", 256, 74},  {18, "IQ3_XXS", 256, 98}, {19, "IQ1_S", 256, 50},
    {20, "IQ4_NL", 32, 18},   {21, "IQ3_S", 256, 110},  {22, "IQ2_S", 256, 82},
    {23, "IQ4_XS", 256, 136}, {24, "I8", 1, 1},         {25, "I16", 1, 2},
    {26, "I32", 1, 4},        {27, "I64", 1, 8},        {28, "F64", 1, 8},
    {29, "IQ1_M", 256, 56},   {30, "BF16", 1, 2},
});

/// Of values of metadata, by their number.
enum class ValueType : std::uint32_t {
    u8 = 0,
    i8 = 1,
    u16 = 2,
    i16 = 3,
    u32 = 4,
    i32 = 5,
    f32 = 6,
    boolean = 7,
    string = 8,
    array = 9,
    u64 = 10,
    i64 = 11,
    f64 = 12,
};

constexpr std::uint32_t value_type_max = 12;
constexpr std::array<std::uint64_t, value_type_max + 1> value_bytes = {
    1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8
};
constexpr std::array<std::string_view, value_type_max + 1> value_names = {
    "u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "string", "array", "u64", "i64", "f64"
};

/// Reads from the front. The first error sticks, and everything is zero after it.
class HeadReader {
public:
    explicit HeadReader(ByteView bytes) : bytes_(bytes) {}

    std::uint64_t at() const { return at_; }
    bool ok() const { return !error_.has_value(); }

    Result<void> finish() const {
        if (error_) {
            return std::unexpected(*error_);
        }
        return {};
    }

    void refuse(std::string_view why) {
        if (!error_) {
            error_ = Error(ErrorCode::invalid, fmt::format("gguf, offset {}: {}", at_, why));
        }
    }

    ByteView take(std::uint64_t count) {
        if (!ok() || count > bytes_.size() - at_) {
            refuse("the head is cut off, or longer than is read");
            return {};
        }
        const ByteView out = bytes_.subspan(at_, static_cast<std::size_t>(count));
        at_ += static_cast<std::size_t>(count);
        return out;
    }

    /// Little-endian, of 1 to 8 bytes.
    std::uint64_t number(std::uint64_t bytes) {
        std::uint64_t value = 0;
        const ByteView from = take(bytes);
        for (std::size_t i = 0; i < from.size(); ++i) {
            value |= std::uint64_t{from[i]} << (8 * i);
        }
        return value;
    }

    std::uint64_t count(std::uint64_t most, std::string_view what) {
        const std::uint64_t value = number(8);
        if (value > most) {
            refuse(fmt::format("{} {}, at most {} are read", value, what, most));
            return 0;
        }
        return value;
    }

    std::string_view text(std::uint64_t most) {
        return as_text(take(count(most, "bytes of a text")));
    }

private:
    ByteView bytes_;
    std::size_t at_ = 0;
    std::optional<Error> error_{};
};

/// Shortened, control characters as question marks.
std::string shown(std::string_view text) {
    std::string out(text.substr(0, gguf_text_bytes_max));
    std::ranges::replace_if(
        out, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, '?'
    );
    return text.size() > gguf_text_bytes_max ? out + "..." : out;
}

std::string number_text(ValueType type, std::uint64_t bits) {
    switch (type) {
        case ValueType::i8:
            return fmt::format("{}", static_cast<std::int8_t>(bits));
        case ValueType::i16:
            return fmt::format("{}", static_cast<std::int16_t>(bits));
        case ValueType::i32:
            return fmt::format("{}", static_cast<std::int32_t>(bits));
        case ValueType::i64:
            return fmt::format("{}", static_cast<std::int64_t>(bits));
        case ValueType::f32:
            return fmt::format("{}", std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
        case ValueType::f64:
            return fmt::format("{}", std::bit_cast<double>(bits));
        case ValueType::boolean:
            return bits == 0 ? "false" : "true";
        case ValueType::u8:
        case ValueType::u16:
        case ValueType::u32:
        case ValueType::u64:
        case ValueType::string:
        case ValueType::array:
            break;
    }
    return fmt::format("{}", bits);
}

std::uint32_t read_value_type(HeadReader& reader) {
    const std::uint64_t type = reader.number(4);
    if (type > value_type_max) {
        reader.refuse(fmt::format("a value of type {}", type));
        return 0;
    }
    return static_cast<std::uint32_t>(type);
}

std::string read_array(HeadReader& reader) {
    const std::uint32_t type = read_value_type(reader);
    const std::uint64_t count = reader.count(gguf_head_bytes_max, "elements of an array");
    if (static_cast<ValueType>(type) == ValueType::array) {
        reader.refuse("an array of arrays");
    } else if (static_cast<ValueType>(type) == ValueType::string) {
        for (std::uint64_t i = 0; i < count && reader.ok(); ++i) {
            reader.text(gguf_head_bytes_max);
        }
    } else {
        reader.take(count * value_bytes[type]);
    }
    return fmt::format("{} x {}", count, value_names[type]);
}

GgufEntry read_entry(HeadReader& reader, std::uint64_t& alignment) {
    GgufEntry entry{.key = shown(reader.text(name_bytes_max))};
    const std::uint32_t number = read_value_type(reader);
    const auto type = static_cast<ValueType>(number);
    if (type == ValueType::string) {
        entry.value = shown(reader.text(gguf_head_bytes_max));
    } else if (type == ValueType::array) {
        entry.value = read_array(reader);
    } else {
        const std::uint64_t bits = reader.number(value_bytes[number]);
        entry.value = number_text(type, bits);
        if (entry.key == "general.alignment" && type == ValueType::u32) {
            alignment = bits;
        }
    }
    return entry;
}

/// The size of a tensor; nothing where it is no whole number of blocks, or too much.
std::optional<std::uint64_t> bytes_of(const std::vector<std::uint64_t>& sizes, const Blocks& type) {
    std::uint64_t elements = 1;
    for (const std::uint64_t size : sizes) {
        const auto product = checked_mul(elements, size);
        if (!product) {
            return std::nullopt;
        }
        elements = *product;
    }
    return elements % type.elements == 0 ? checked_mul(elements / type.elements, type.bytes)
                                         : std::nullopt;
}

/// A tensor and where its elements lie, from the data's begin.
struct PlacedTensor {
    GgufTensor tensor{};
    std::uint64_t offset = 0;
};

PlacedTensor read_tensor(HeadReader& reader) {
    PlacedTensor out;
    out.tensor.name = shown(reader.text(name_bytes_max));
    const std::uint64_t rank = reader.number(4);
    if (rank > rank_max) {
        reader.refuse(fmt::format("a tensor of {} axes", rank));
        return out;
    }
    for (std::uint64_t axis = 0; axis < rank; ++axis) {
        out.tensor.sizes.push_back(reader.number(8));
    }
    std::ranges::reverse(out.tensor.sizes);
    const std::uint64_t number = reader.number(4);
    const auto type = std::ranges::find(types, number, &Blocks::number);
    if (type == types.end()) {
        out.tensor.type = fmt::format("type {}", number);
    } else {
        const auto bytes = bytes_of(out.tensor.sizes, *type);
        if (!bytes) {
            reader.refuse("a tensor of no whole number of blocks");
        }
        out.tensor.type = type->name;
        out.tensor.bytes = bytes.value_or(0);
    }
    out.offset = reader.number(8);
    return out;
}

}  // namespace

Result<GgufHead> read_gguf_head(ByteView start, std::uint64_t file_bytes) {
    HeadReader reader(start);
    if (as_text(reader.take(magic.size())) != magic) {
        return invalid("no GGUF file: it does not begin with \"{}\"", magic);
    }
    GgufHead head{.version = static_cast<std::uint32_t>(reader.number(4))};
    if (reader.ok() && head.version != 2 && head.version != 3) {
        return fail(ErrorCode::unsupported, "gguf version {}, 2 and 3 are known", head.version);
    }
    const std::uint64_t tensors = reader.count(gguf_entry_count_max, "tensors");
    const std::uint64_t entries = reader.count(gguf_entry_count_max, "entries");
    std::uint64_t alignment = default_alignment;
    for (std::uint64_t i = 0; i < entries && reader.ok(); ++i) {
        head.metadata.push_back(read_entry(reader, alignment));
    }
    std::vector<std::uint64_t> ends;
    for (std::uint64_t i = 0; i < tensors && reader.ok(); ++i) {
        PlacedTensor placed = read_tensor(reader);
        const auto end = checked_add(placed.offset, placed.tensor.bytes);
        if (!end) {
            reader.refuse("a tensor outside of the file");
        }
        ends.push_back(end.value_or(0));
        head.tensor_bytes += placed.tensor.bytes;
        head.tensors.push_back(std::move(placed.tensor));
    }
    TRY(reader.finish());
    if (alignment == 0 || alignment > alignment_max) {
        return invalid("gguf: an alignment of {}", alignment);
    }
    head.data_offset = (reader.at() + alignment - 1) / alignment * alignment;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        if (head.data_offset > file_bytes || ends[i] > file_bytes - head.data_offset) {
            return invalid("gguf: the tensor '{}' lies outside of the file", head.tensors[i].name);
        }
    }
    return head;
}

}  // namespace steelyard::vm
