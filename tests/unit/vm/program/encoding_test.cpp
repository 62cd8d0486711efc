#include "vm/program/encoding.h"

#include "base/hex.h"
#include "base/protowire.h"
#include "base/random.h"
#include "crypto/blake3.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TensorType random_type(RandomSource& random, std::uint64_t dimension_limit) {
    std::vector<std::uint64_t> dimensions(random.below(rank_max + 1));
    for (std::uint64_t& dimension : dimensions) {
        dimension = random.below(dimension_limit);
    }
    const auto dtype = static_cast<DType>(1 + random.below(dtype_max));
    return {.dtype = dtype, .shape = Shape::of(dimensions)};
}

ValueRef random_ref(RandomSource& random) {
    const auto index = static_cast<std::uint32_t>(random.next_u64() >> (32 + random.below(32)));
    return {static_cast<ValueKind>(random.below(6)), index};
}

Node random_node(RandomSource& random) {
    Node node{.op = all_op_codes()[random.below(all_op_codes().size())]};
    node.version = static_cast<std::uint16_t>(random.below(3) == 0 ? random.below(65536) : 1);
    for (std::uint64_t count = random.below(4); count > 0; --count) {
        node.operands.push_back(random_ref(random));
    }
    for (std::uint64_t count = random.below(4); count > 0; --count) {
        node.attributes.push_back(static_cast<std::int64_t>(random.next_u64()) >> random.below(64));
    }
    node.bound_bits = static_cast<std::uint32_t>(random.next_u64());
    return node;
}

/// Anything that the format can say, right or wrong.
Program random_program(RandomSource& random) {
    Program program;
    for (std::uint64_t index = 0; index < random.below(4); ++index) {
        program.inputs.push_back(
            {.name = fmt::format("in.{}", index), .type = random_type(random, 15)}
        );
    }
    for (std::uint64_t count = random.below(3); count > 0; --count) {
        const TensorType type = random_type(random, 3);
        Bytes data(type.bytes());
        random.fill(data);
        program.constants.push_back({.type = type, .data = data});
    }
    for (std::uint64_t count = random.below(6); count > 0; --count) {
        program.nodes.push_back(random_node(random));
    }
    for (std::uint64_t count = random.below(3); count > 0; --count) {
        program.loops.push_back(
            {.first_node = static_cast<std::uint32_t>(random.below(300)),
             .end_node = static_cast<std::uint32_t>(random.below(node_count_max + 1)),
             .trip_count = static_cast<std::uint32_t>(random.below(trip_count_max))}
        );
        program.carries.push_back(
            {.loop = static_cast<std::uint32_t>(random.below(loop_count_max)),
             .initial = random_ref(random),
             .next = random_ref(random)}
        );
    }
    for (std::uint64_t count = 1 + random.below(3); count > 0; --count) {
        program.outputs.push_back(
            {.name = fmt::format("Out_{}:a-b", count), .value = random_ref(random)}
        );
    }
    return program;
}

/// One of everything.
Program small_program() {
    Program program;
    program.inputs = {{.name = "x", .type = {.dtype = DType::f32, .shape = {2, 300}}}};
    program.constants = {{.type = {.dtype = DType::i8, .shape = {3}}, .data = {1, 2, 3}}};
    program.nodes = {
        {.op = OpCode::reshape,
         .operands = {{ValueKind::input, 0}},
         .attributes = {600, -1},
         .bound_bits = default_bound_bits}
    };
    program.loops = {{.first_node = 0, .end_node = 1, .trip_count = 130}};
    program.carries = {{.loop = 0, .initial = {ValueKind::input, 0}, .next = {ValueKind::node, 0}}};
    program.outputs = {{.name = "y", .value = {ValueKind::result, 0}}};
    return program;
}

std::string refusal(ByteView bytes) {
    const Result<Program> program = decode_program(bytes);
    return program ? "" : program.error().message();
}

std::string format_refusal(const Program& program) {
    const Result<void> good = check_format(program);
    return good ? "" : good.error().message();
}

TEST(ProgramEncoding, IsWhatTheSpecificationSays) {
    const Bytes encoded = encode_program(small_program());
    EXPECT_EQ(
        to_hex(encoded),
        "53564d31"  // SVM1
        "01"        // format
        "01"
        "0178"
        "0102"
        "02"
        "ac02"  // x: f32[2,300]
        "01"
        "0501"
        "03"
        "010203"  // i8[3]
        "01"
        "8008"
        "01"
        "01"
        "00"
        "02"
        "b009"
        "01"
        "00008047"  // reshape of input 0, [600,-1]
        "01"
        "00"
        "01"
        "8201"  // nodes 0 to 1, 130 times
        "01"
        "00"
        "00"
        "02"  // of loop 0, from input 0, next node 0
        "01"
        "0179"
        "04"  // y: result 0
    );
    EXPECT_EQ(encoded_size(small_program()), encoded.size());
    EXPECT_EQ(program_id(encoded), crypto::blake3(encoded));
}

TEST(ProgramEncoding, GivesBackEveryProgram) {
    SeededRandom random(1);
    for (int round = 0; round < 3000; ++round) {
        const Program program = random_program(random);
        const Bytes encoded = encode_program(program);
        ASSERT_EQ(encoded.size(), encoded_size(program));
        const Result<Program> decoded = decode_program(encoded);
        ASSERT_TRUE(decoded.has_value()) << decoded.error().message();
        ASSERT_EQ(*decoded, program);
    }
}

TEST(ProgramEncoding, TakesNoSecondEncodingOfAnything) {
    SeededRandom random(2);
    for (int round = 0; round < 20; ++round) {
        const Bytes encoded = encode_program(round == 0 ? small_program() : random_program(random));
        for (std::size_t size = 0; size < encoded.size(); ++size) {
            EXPECT_NE(refusal(ByteView(encoded).first(size)), "");
        }
        for (std::size_t at = 0; at < encoded.size(); ++at) {
            for (int bit = 0; bit < 8; ++bit) {
                Bytes changed = encoded;
                changed[at] ^= static_cast<std::uint8_t>(1 << bit);
                if (const Result<Program> decoded = decode_program(changed)) {
                    ASSERT_EQ(encode_program(*decoded), changed) << at << " " << bit;
                }
            }
        }
        Bytes longer = encoded;
        longer.push_back(0);
        EXPECT_THAT(refusal(longer), HasSubstr("1 bytes are left over"));
    }
}

TEST(ProgramEncoding, TellsWhereItIsBroken) {
    Bytes bytes = encode_program(small_program());
    EXPECT_EQ(refusal({}), "SVM1, offset 0: magic number: 0 bytes are left of 4");
    bytes[0] = 'X';
    EXPECT_EQ(refusal(bytes), "SVM1, offset 0: does not begin with \"SVM1\"");
    bytes[0] = 'S';
    bytes[4] = 2;
    EXPECT_EQ(refusal(bytes), "SVM1, offset 4: format 2 is not known");
    bytes[4] = 1;
    bytes[8] = 14;
    EXPECT_EQ(refusal(bytes), "SVM1, offset 8, input 0: dtype 14 is not known");
    bytes[8] = 1;
    bytes[9] = 9;
    EXPECT_EQ(refusal(bytes), "SVM1, offset 9, input 0: rank is 9, at most 8");
    bytes[9] = 2;
    bytes[7] = '/';
    EXPECT_EQ(
        refusal(bytes),
        "SVM1, offset 7, input 0: a name holds something else than A-Z a-z 0-9 _ . : -"
    );
    bytes[7] = 'x';
    bytes[22] = 0x7f;
    EXPECT_EQ(refusal(bytes), "SVM1, offset 21, node 0: operator 16256 is not known");
    bytes[22] = 8;
    bytes[25] = 7;
    EXPECT_EQ(refusal(bytes), "SVM1, offset 25, node 0: a value of kind 7");
}

/// The encoding up to a section's count.
Bytes before_section(std::size_t section) {
    Bytes out = {'S', 'V', 'M', '1', 1};
    out.insert(out.end(), section, 0);
    return out;
}

TEST(ProgramEncoding, RefusesCountsOverTheirLimitsAndOverTheBytes) {
    constexpr auto limits = std::to_array<std::uint64_t>(
        {input_count_max,
         constant_count_max,
         node_count_max,
         loop_count_max,
         carry_total_max,
         output_count_max}
    );
    for (std::size_t section = 0; section < limits.size(); ++section) {
        Bytes over = before_section(section);
        append_uvarint(over, limits[section] + 1);
        EXPECT_THAT(refusal(over), HasSubstr("at most")) << section;
        Bytes unpaid = before_section(section);
        append_uvarint(unpaid, limits[section]);
        EXPECT_THAT(refusal(unpaid), HasSubstr("0 bytes are left")) << section;
    }
    EXPECT_EQ(refusal(before_section(6)), "SVM1: a program without outputs");
    EXPECT_THAT(refusal(Bytes(program_bytes_max + 1)), HasSubstr("at most 67108864"));
}

TEST(ProgramEncoding, BoundsOperandsAttributesConstantsAndNames) {
    Program program = small_program();
    program.nodes[0].operands.resize(operand_count_max + 1);
    EXPECT_EQ(format_refusal(program), "65 operands of a node, at most 64");
    program = small_program();
    program.nodes[0].attributes.resize(attribute_count_max + 1);
    EXPECT_EQ(format_refusal(program), "65 attributes of a node, at most 64");
    program = small_program();
    program.constants[0].type.shape = Shape{constant_bytes_max + 1};
    program.constants[0].data.resize(constant_bytes_max + 1);
    EXPECT_THAT(format_refusal(program), StartsWith("65537 bytes for a constant i8[65537]"));
    program.constants[0].data.resize(constant_bytes_max);
    EXPECT_THAT(format_refusal(program), StartsWith("65536 bytes for a constant i8[65537]"));
    program.constants[0].type.shape = Shape{constant_bytes_max};
    EXPECT_EQ(format_refusal(program), "");
    program.inputs.push_back(program.inputs[0]);
    EXPECT_EQ(format_refusal(program), "two inputs are called 'x'");
    program.inputs.pop_back();
    program.outputs.push_back(program.outputs[0]);
    EXPECT_EQ(format_refusal(program), "two outputs are called 'y'");
    program.outputs[1].name = std::string(65, 'a');
    EXPECT_EQ(format_refusal(program), "a name of 65 bytes, 1 to 64 are allowed");
    program.outputs[1].name = "";
    EXPECT_EQ(format_refusal(program), "a name of 0 bytes, 1 to 64 are allowed");
    program = small_program();
    program.inputs[0].type = {.dtype = DType::f64, .shape = {std::uint64_t{1} << 30, 4}};
    EXPECT_THAT(format_refusal(program), HasSubstr("has more than 17179869184 bytes"));
    program.inputs[0].type = {.dtype = static_cast<DType>(77), .shape = {1}};
    EXPECT_EQ(format_refusal(program), "dtype 77 is not known");
}

TEST(ProgramEncoding, DecodesNoLargerConstants) {
    // Magic, format and no inputs; then one constant i8[N].
    const auto with_constant = [](std::uint32_t size) {
        Bytes bytes = to_bytes(as_bytes("SVM1"));
        for (const std::uint8_t byte : Bytes{1, 0, 1, 5, 1}) {
            bytes.push_back(byte);
        }
        append_uvarint(bytes, size);
        bytes.resize(bytes.size() + size + 100);
        const auto decoded = decode_program(bytes);
        return decoded ? "" : decoded.error().message();
    };
    EXPECT_THAT(with_constant(constant_bytes_max + 1), HasSubstr("i8[65537] has over 65536 bytes"));
    EXPECT_THAT(with_constant(constant_bytes_max), Not(HasSubstr("has over")));
}

TEST(ProgramEncoding, BoundsOperandsAndCarriesAltogether) {
    Program program = small_program();
    program.nodes.resize(operand_total_max / operand_count_max + 1, program.nodes[0]);
    for (Node& node : program.nodes) {
        node.operands.resize(operand_count_max);
    }
    EXPECT_EQ(format_refusal(program), "4194368 operands, at most 4194304");
    program.nodes.pop_back();
    EXPECT_EQ(format_refusal(program), "");
    program.carries.resize(carry_count_max + 1, program.carries[0]);
    EXPECT_EQ(format_refusal(program), "loop 0 has over 4096 carries");
}

TEST(ProgramEncoding, BoundsTheBytesOfTheWhole) {
    Program program = small_program();
    Node& node = program.nodes[0];
    node.attributes.assign(attribute_count_max, std::numeric_limits<std::int64_t>::min());
    program.nodes.resize(program_bytes_max / (attribute_count_max * uvarint_size_max), node);
    EXPECT_THAT(format_refusal(program), HasSubstr("bytes, at most 67108864"));
    program.nodes.resize(program.nodes.size() - program.nodes.size() / 50);
    EXPECT_EQ(format_refusal(program), "");
    const Result<Program> decoded = decode_program(encode_program(program));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(*decoded, program);
}

}  // namespace
}  // namespace steelyard::vm
