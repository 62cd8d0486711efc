#include "vm/program/encoding.h"

#include "base/check.h"
#include "base/endian.h"
#include "base/protowire.h"
#include "crypto/blake3.h"
#include "vm/program/byte_reader.h"
#include "vm/program/names.h"

#include <algorithm>
#include <bit>
#include <set>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t format_version = 1;
constexpr std::uint64_t value_kind_max = static_cast<std::uint64_t>(ValueKind::counter);

// The least bytes that an entry of each section has.
constexpr std::uint64_t input_bytes_min = 4;
constexpr std::uint64_t constant_bytes_min = 2;
constexpr std::uint64_t node_bytes_min = 8;
constexpr std::uint64_t loop_bytes_min = 3;
constexpr std::uint64_t carry_bytes_min = 3;
constexpr std::uint64_t output_bytes_min = 3;

/// Appends to the encoding.
struct ByteSink {
    Bytes out{};

    void varint(std::uint64_t value) { append_uvarint(out, value); }
    void bytes(ByteView value) { append(out, value); }
};

/// Counts what a ByteSink would append.
struct SizeSink {
    std::uint64_t size = 0;

    void varint(std::uint64_t value) {
        size += static_cast<std::uint64_t>(std::bit_width(value | 1) + 6) / 7;
    }
    void bytes(ByteView value) { size += value.size(); }
};

constexpr std::uint64_t zigzag(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    return (bits << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0);
}

template <typename Sink>
class Writer {
public:
    explicit Writer(Sink& sink) : sink_(sink) {}

    void program(const Program& program) {
        sink_.bytes(as_bytes(program_magic));
        sink_.varint(format_version);
        section(program.inputs);
        section(program.constants);
        section(program.nodes);
        section(program.loops);
        section(program.carries);
        section(program.outputs);
    }

private:
    template <typename Entry>
    void section(const std::vector<Entry>& entries) {
        sink_.varint(entries.size());
        for (const Entry& entry : entries) {
            write(entry);
        }
    }

    void write(const Input& input) {
        name(input.name);
        type(input.type);
    }

    void write(const Constant& constant) {
        type(constant.type);
        sink_.bytes(constant.data);
    }

    void write(const Node& node) {
        sink_.varint(static_cast<std::uint64_t>(node.op));
        sink_.varint(node.version);
        section(node.operands);
        section(node.attributes);
        ByteArray<4> bound{};
        store_le(bound.data(), node.bound_bits);
        sink_.bytes(bound);
    }

    void write(const Loop& loop) {
        sink_.varint(loop.first_node);
        sink_.varint(loop.end_node);
        sink_.varint(loop.trip_count);
    }

    void write(const Carry& carry) {
        sink_.varint(carry.loop);
        write(carry.initial);
        write(carry.next);
    }

    void write(const Output& output) {
        name(output.name);
        write(output.value);
    }

    void write(ValueRef value) {
        sink_.varint(std::uint64_t{value.index} << 3 | static_cast<std::uint64_t>(value.kind));
    }

    void write(std::int64_t attribute) { sink_.varint(zigzag(attribute)); }

    void name(std::string_view text) {
        sink_.varint(text.size());
        sink_.bytes(as_bytes(text));
    }

    void type(const TensorType& type) {
        const ByteArray<2> head = {
            static_cast<std::uint8_t>(type.dtype), static_cast<std::uint8_t>(type.shape.rank())
        };
        sink_.bytes(head);
        for (const std::uint64_t dimension : type.shape.dimensions()) {
            sink_.varint(dimension);
        }
    }

    Sink& sink_;
};

std::string read_name(ByteReader& reader) {
    const std::string name(
        as_text(reader.bytes("name", reader.varint("length of the name", name_bytes_max)))
    );
    if (const Result<void> good = check_name(name); !good) {
        reader.refuse(ErrorCode::invalid, good.error().message());
    }
    return name;
}

TensorType read_type(ByteReader& reader) {
    const std::uint8_t number = reader.byte("dtype");
    const std::optional<DType> dtype = dtype_from_number(number);
    if (!dtype) {
        reader.refuse(ErrorCode::invalid, fmt::format("dtype {} is not known", number));
        return {};
    }
    const std::uint8_t rank = reader.byte("rank");
    if (rank > rank_max) {
        reader.refuse(ErrorCode::too_large, fmt::format("rank is {}, at most {}", rank, rank_max));
        return {};
    }
    std::array<std::uint64_t, rank_max> dimensions{};
    for (std::size_t axis = 0; axis < rank; ++axis) {
        dimensions[axis] = reader.varint("dimension", dimension_max);
    }
    return reader.take(make_tensor_type(*dtype, {dimensions.data(), rank}));
}

ValueRef read_ref(ByteReader& reader) {
    constexpr std::uint64_t ref_max = std::uint64_t{0xffffffff} << 3 | 7;
    const std::uint64_t ref = reader.varint("ref", ref_max);
    const std::uint64_t kind = ref & 7;
    if (kind > value_kind_max) {
        reader.refuse(ErrorCode::invalid, fmt::format("a value of kind {}", kind));
        return {};
    }
    return {static_cast<ValueKind>(kind), static_cast<std::uint32_t>(ref >> 3)};
}

std::uint32_t read_u32(ByteReader& reader, std::string_view name, std::uint32_t value_max) {
    return static_cast<std::uint32_t>(reader.varint(name, value_max));
}

Input read_input(ByteReader& reader) {
    std::string name = read_name(reader);
    return {.name = std::move(name), .type = read_type(reader)};
}

Constant read_constant(ByteReader& reader) {
    Constant constant{.type = read_type(reader)};
    if (constant.type.bytes() > constant_bytes_max) {
        reader.refuse(
            ErrorCode::too_large,
            fmt::format("{} has over {} bytes", constant.type.text(), constant_bytes_max)
        );
    }
    constant.data = to_bytes(reader.bytes("elements", constant.type.bytes()));
    return constant;
}

Node read_node(ByteReader& reader) {
    Node node;
    const auto number = static_cast<std::uint16_t>(reader.varint("operator", 0xffff));
    const std::optional<OpCode> op = op_code_from_number(number);
    if (!op) {
        reader.refuse(ErrorCode::unsupported, fmt::format("operator {} is not known", number));
        return node;
    }
    node.op = *op;
    node.version = static_cast<std::uint16_t>(reader.varint("version", 0xffff));
    const std::uint64_t operands = reader.count("count of operands", operand_count_max, 1);
    for (std::uint64_t index = 0; index < operands && reader.ok(); ++index) {
        node.operands.push_back(read_ref(reader));
    }
    const std::uint64_t attributes = reader.count("count of attributes", attribute_count_max, 1);
    for (std::uint64_t index = 0; index < attributes && reader.ok(); ++index) {
        node.attributes.push_back(reader.signed_varint("attribute"));
    }
    node.bound_bits = reader.u32("bound");
    return node;
}

Loop read_loop(ByteReader& reader) {
    const std::uint32_t first = read_u32(reader, "first node", node_count_max);
    const std::uint32_t end = read_u32(reader, "end node", node_count_max);
    return {
        .first_node = first,
        .end_node = end,
        .trip_count = read_u32(reader, "trip count", trip_count_max)
    };
}

Carry read_carry(ByteReader& reader) {
    const std::uint32_t loop = read_u32(reader, "loop", loop_count_max - 1);
    const ValueRef initial = read_ref(reader);
    return {.loop = loop, .initial = initial, .next = read_ref(reader)};
}

Output read_output(ByteReader& reader) {
    std::string name = read_name(reader);
    return {.name = std::move(name), .value = read_ref(reader)};
}

/// A section's name in the singular, and its limits.
struct Section {
    std::string_view entry;
    std::uint64_t count_max;
    std::uint64_t entry_bytes_min;
};

template <typename Entry>
std::vector<Entry> read_section(
    ByteReader& reader, const Section& section, Entry (*read)(ByteReader&)
) {
    const std::uint64_t count = reader.count("count", section.count_max, section.entry_bytes_min);
    std::vector<Entry> entries;
    entries.reserve(count);
    for (std::uint64_t index = 0; index < count && reader.ok(); ++index) {
        reader.enter(section.entry, index);
        entries.push_back(read(reader));
    }
    return entries;
}

Result<void> check_count(std::string_view what, std::uint64_t count, std::uint64_t count_max) {
    if (count > count_max) {
        return fail(ErrorCode::too_large, "{} {}, at most {}", count, what, count_max);
    }
    return {};
}

template <typename Named>
Result<void> check_names(std::string_view what, const std::vector<Named>& entries) {
    std::set<std::string_view> names;
    for (const Named& entry : entries) {
        TRY(check_name(entry.name));
        if (!names.insert(entry.name).second) {
            return invalid("two {} are called '{}'", what, entry.name);
        }
    }
    return {};
}

/// What holds of a program altogether, besides its size.
Result<void> check_totals(const Program& program) {
    std::uint64_t operands = 0;
    for (const Node& node : program.nodes) {
        operands += node.operands.size();
    }
    TRY(check_count("operands", operands, operand_total_max));
    std::vector<std::uint32_t> carries(program.loops.size());
    for (const Carry& carry : program.carries) {
        if (carry.loop < carries.size() && ++carries[carry.loop] > carry_count_max) {
            return fail(
                ErrorCode::too_large, "loop {} has over {} carries", carry.loop, carry_count_max
            );
        }
    }
    if (program.outputs.empty()) {
        return invalid("a program without outputs");
    }
    TRY(check_names("inputs", program.inputs));
    return check_names("outputs", program.outputs);
}

Result<void> check_counts(const Program& program) {
    TRY(check_count("inputs", program.inputs.size(), input_count_max));
    TRY(check_count("constants", program.constants.size(), constant_count_max));
    TRY(check_count("nodes", program.nodes.size(), node_count_max));
    TRY(check_count("loops", program.loops.size(), loop_count_max));
    TRY(check_count("carries", program.carries.size(), carry_total_max));
    TRY(check_count("outputs", program.outputs.size(), output_count_max));
    for (const Node& node : program.nodes) {
        TRY(check_count("operands of a node", node.operands.size(), operand_count_max));
        TRY(check_count("attributes of a node", node.attributes.size(), attribute_count_max));
    }
    return {};
}

/// Types can be made that no reader gives.
Result<void> check_type(const TensorType& type) {
    if (!dtype_from_number(static_cast<std::uint8_t>(type.dtype))) {
        return invalid("dtype {} is not known", static_cast<unsigned>(type.dtype));
    }
    TRY(make_tensor_type(type.dtype, type.shape.dimensions()));
    return {};
}

Result<void> check_tensors(const Program& program) {
    for (const Input& input : program.inputs) {
        TRY(check_type(input.type));
    }
    for (const Constant& constant : program.constants) {
        TRY(check_type(constant.type));
        const std::uint64_t size = constant.type.bytes();
        if (size > constant_bytes_max || constant.data.size() != size) {
            return invalid(
                "{} bytes for a constant {}", constant.data.size(), constant.type.text()
            );
        }
    }
    return {};
}

}  // namespace

Result<void> check_format(const Program& program) {
    TRY(check_counts(program));
    TRY(check_tensors(program));
    TRY(check_totals(program));
    return check_count("bytes", encoded_size(program), program_bytes_max);
}

Bytes encode_program(const Program& program) {
    CHECK(check_format(program).has_value());
    ByteSink sink;
    sink.out.reserve(encoded_size(program));
    Writer(sink).program(program);
    return std::move(sink.out);
}

std::uint64_t encoded_size(const Program& program) {
    SizeSink sink;
    Writer(sink).program(program);
    return sink.size;
}

Result<Program> decode_program(ByteView bytes) {
    if (bytes.size() > program_bytes_max) {
        return fail(
            ErrorCode::too_large, "SVM1: {} bytes, at most {}", bytes.size(), program_bytes_max
        );
    }
    ByteReader reader("SVM1", bytes);
    reader.expect(program_magic);
    const std::uint64_t version = reader.varint("format");
    if (version != format_version) {
        reader.refuse(ErrorCode::unsupported, fmt::format("format {} is not known", version));
    }
    Program program;
    program.inputs = read_section(reader, {"input", input_count_max, input_bytes_min}, read_input);
    program.constants =
        read_section(reader, {"constant", constant_count_max, constant_bytes_min}, read_constant);
    program.nodes = read_section(reader, {"node", node_count_max, node_bytes_min}, read_node);
    program.loops = read_section(reader, {"loop", loop_count_max, loop_bytes_min}, read_loop);
    program.carries = read_section(reader, {"carry", carry_total_max, carry_bytes_min}, read_carry);
    program.outputs =
        read_section(reader, {"output", output_count_max, output_bytes_min}, read_output);
    TRY(reader.finish());
    if (Result<void> good = check_totals(program); !good) {
        return std::unexpected(std::move(good).error().in("SVM1"));
    }
    return program;
}

crypto::Hash256 program_id(ByteView encoded) {
    return crypto::blake3(encoded);
}

}  // namespace steelyard::vm
