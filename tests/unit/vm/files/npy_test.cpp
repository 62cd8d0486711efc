#include "vm/files/npy.h"

#include "base/random.h"
#include "tests/unit/vm/files/vector_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace steelyard::vm {
namespace {

using test::bytes_of;
using test::numpy_file;
using testing::HasSubstr;

template <typename T>
std::vector<T> counted(std::size_t count) {
    std::vector<T> values(count);
    std::iota(values.begin(), values.end(), T{0});
    return values;
}

FileTensor read(const std::string& name) {
    Result<FileTensor> tensor = read_npy(numpy_file(name));
    EXPECT_TRUE(tensor.has_value()) << name << ": " << tensor.error().message();
    return tensor ? *std::move(tensor) : FileTensor{};
}

std::string refusal(ByteView file) {
    const Result<FileTensor> tensor = read_npy(file);
    return tensor ? "" : tensor.error().message();
}

/// A file of version 1.0 with a header of our own.
Bytes with_header(std::string_view header, std::size_t data) {
    Bytes out = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    out.push_back(static_cast<std::uint8_t>(header.size() & 0xff));
    out.push_back(static_cast<std::uint8_t>(header.size() >> 8));
    append(out, as_bytes(header));
    append(out, Bytes(data));
    return out;
}

TEST(Npy, ReadsEveryTypeThatNumpyWrites) {
    const auto expect = [](DType dtype, const Bytes& data) {
        const FileTensor tensor = read(fmt::format("{}.npy", to_string(dtype)));
        EXPECT_EQ(tensor.type, (TensorType{.dtype = dtype, .shape = {2, 3}}));
        EXPECT_EQ(tensor.data, data) << to_string(dtype);
    };
    expect(DType::f32, bytes_of(counted<float>(6)));
    expect(DType::f64, bytes_of(counted<double>(6)));
    expect(DType::f16, bytes_of<std::uint16_t>({0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500}));
    expect(DType::bf16, bytes_of(counted<std::uint16_t>(6)));
    expect(DType::i8, bytes_of(counted<std::int8_t>(6)));
    expect(DType::u8, bytes_of(counted<std::uint8_t>(6)));
    expect(DType::i16, bytes_of(counted<std::int16_t>(6)));
    expect(DType::u16, bytes_of(counted<std::uint16_t>(6)));
    expect(DType::i32, bytes_of(counted<std::int32_t>(6)));
    expect(DType::u32, bytes_of(counted<std::uint32_t>(6)));
    expect(DType::i64, bytes_of(counted<std::int64_t>(6)));
    expect(DType::u64, bytes_of(counted<std::uint64_t>(6)));
    expect(DType::boolean, {0, 1, 1, 1, 1, 1});
}

TEST(Npy, ReadsOtherOrdersVersionsAndRanks) {
    EXPECT_EQ(read("fortran.npy").type.text(), "f32[2,3,4]");
    EXPECT_EQ(read("fortran.npy").data, bytes_of(counted<float>(24)));
    EXPECT_EQ(read("swapped.npy").data, bytes_of(counted<std::int32_t>(6)));
    EXPECT_EQ(read("scalar.npy").type.text(), "f64[]");
    EXPECT_EQ(read("scalar.npy").data, bytes_of<double>({1.5}));
    EXPECT_EQ(read("empty.npy").type.text(), "u8[0,3]");
    EXPECT_EQ(read("vector.npy").data, bytes_of(counted<std::int64_t>(5)));
    EXPECT_EQ(read("version2.npy").data, bytes_of(counted<std::int16_t>(6)));
    EXPECT_EQ(read("version3.npy").data, bytes_of(counted<std::int16_t>(6)));
    const auto python2 = with_header("{'descr': '<i2', 'fortran_order': False, 'shape': (3L,)}", 6);
    EXPECT_EQ(read_npy(python2)->type.text(), "i16[3]");
}

TEST(Npy, RefusesWhatTheVmHasNoTypeFor) {
    EXPECT_EQ(refusal(numpy_file("complex.npy")), "npy, offset 25: elements of type '<c8'");
    EXPECT_THAT(refusal(numpy_file("structured.npy")), HasSubstr("elements of several fields"));
    EXPECT_THAT(refusal(numpy_file("text.npy")), HasSubstr("elements of type '<U3'"));
}

TEST(Npy, WritesWhatNumpyWrites) {
    for (const char* const name :
         {"f32",
          "f64",
          "f16",
          "bf16",
          "i8",
          "u8",
          "i16",
          "u16",
          "i32",
          "u32",
          "i64",
          "u64",
          "bool",
          "scalar",
          "empty",
          "vector"}) {
        const Bytes file = numpy_file(fmt::format("{}.npy", name));
        const FileTensor tensor = read(fmt::format("{}.npy", name));
        const Bytes written = write_npy(tensor.type, tensor.data);
        EXPECT_EQ(written.size() % 64, tensor.data.size() % 64);
        EXPECT_EQ(*read_npy(written), tensor);
        // NumPy leaves more room in the header, for appending; the text before that is the same.
        const auto text = [](const Bytes& bytes) {
            const std::string_view header = as_text(bytes).substr(10);
            return std::string(header.substr(0, header.find('}') + 1));
        };
        EXPECT_EQ(text(written), text(file)) << name;
    }
}

TEST(Npy, TurnsFortranOrderOfAnyRank) {
    SeededRandom random(1);
    for (int round = 0; round < 200; ++round) {
        std::vector<std::uint64_t> sizes(random.below(5));
        for (std::uint64_t& size : sizes) {
            size = random.below(5);
        }
        const TensorType type{.dtype = DType::u16, .shape = Shape::of(sizes)};
        Bytes rows(type.bytes());
        random.fill(rows);
        Bytes columns(rows.size());
        for (std::uint64_t element = 0; element < type.elements(); ++element) {
            std::uint64_t rest = element;
            std::uint64_t place = 0;
            for (std::size_t axis = sizes.size(); axis-- > 0;) {
                std::uint64_t stride = 1;
                for (std::size_t before = 0; before < axis; ++before) {
                    stride *= sizes[before];
                }
                place += rest % sizes[axis] * stride;
                rest /= sizes[axis];
            }
            std::memcpy(columns.data() + 2 * place, rows.data() + 2 * element, 2);
        }
        Bytes file = write_npy(type, columns);
        const std::size_t at = as_text(file).find("False");
        std::memcpy(file.data() + at, "True ", 5);
        const Result<FileTensor> tensor = read_npy(file);
        ASSERT_TRUE(tensor.has_value());
        EXPECT_EQ(tensor->data, rows) << type.text();
    }
}

TEST(Npy, TellsWhereAFileIsBroken) {
    const std::string good = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }";
    EXPECT_EQ(refusal(with_header(good, 12)), "");
    EXPECT_EQ(
        refusal(with_header(good, 11)), "npy, offset 69: 11 bytes for i16[2,3], which has 12"
    );
    EXPECT_THAT(refusal(with_header(good, 13)), HasSubstr("13 bytes for i16[2,3]"));
    EXPECT_EQ(refusal({}), "npy, offset 0: does not begin with the mark of NumPy's files");
    Bytes file = with_header(good, 12);
    file[6] = 4;
    EXPECT_EQ(refusal(file), "npy, offset 6: version 4.0 is not known");
    file[6] = 2;
    EXPECT_THAT(refusal(file), HasSubstr("npy, offset 8: a header of"));
    const auto header = [](std::string_view text) { return refusal(with_header(text, 0)); };
    EXPECT_EQ(header(""), "npy, offset 10: '{' is missing");
    EXPECT_THAT(header("{}"), HasSubstr("descr, fortran_order or shape is missing"));
    EXPECT_THAT(header("{'descr': '<i2', 'descr': '<i2'}"), HasSubstr("not known or twice"));
    EXPECT_THAT(header("{'other': 1}"), HasSubstr("key 'other' is not known or twice"));
    EXPECT_THAT(header("{'fortran_order': Maybe}"), HasSubstr("'False' is missing"));
    EXPECT_THAT(header("{'descr': 'i2'}"), HasSubstr("elements of type 'i2'"));
    EXPECT_THAT(header("{'descr': ''}"), HasSubstr("elements of type ''"));
    EXPECT_THAT(header("{'shape': (-1,)}"), HasSubstr("a number is missing"));
    EXPECT_THAT(header("{'shape': (1 2)}"), HasSubstr("')' is missing"));
    EXPECT_THAT(header("{'shape': (99999999999999999999,)}"), HasSubstr("over 64 bits"));
    EXPECT_THAT(header("{'shape': (1,1,1,1,1,1,1,1,1,1,1,1)}"), HasSubstr("a rank over 8"));
    const std::string start = "{'descr': '<f8', 'fortran_order': False, 'shape': ";
    EXPECT_THAT(header(start + "(1,1,1,1,1,1,1,1,1)}"), HasSubstr("a tensor of rank 9"));
    EXPECT_THAT(header(start + "(4294967296,)}"), HasSubstr("over 2147483647"));
    EXPECT_THAT(header(start + "(2147483647, 2)}"), HasSubstr("more than 17179869184 bytes"));
    EXPECT_THAT(header(start + "(3,)} x"), HasSubstr("something follows the end"));
    EXPECT_THAT(header(start + "(3,)}"), HasSubstr("0 bytes for f64[3], which has 24"));
}

TEST(Npy, TakesNoHeaderOfMoreThan4096Bytes) {
    std::string header = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }";
    header.resize(4096, ' ');
    EXPECT_EQ(refusal(with_header(header, 12)), "");
    header += ' ';
    EXPECT_EQ(
        refusal(with_header(header, 12)),
        "npy, offset 8: a header of 4097 bytes, 4109 are left and 4096 allowed"
    );
}

TEST(Npy, ReadsTheHeadOfAFileAlone) {
    for (const char* const name : {"f32", "fortran", "swapped", "scalar", "empty", "version2"}) {
        const Bytes file = numpy_file(fmt::format("{}.npy", name));
        const FileTensor tensor = read(fmt::format("{}.npy", name));
        const Result<NpyHead> head = read_npy_head(file);
        ASSERT_TRUE(head.has_value()) << name;
        EXPECT_EQ(head->type, tensor.type);
        EXPECT_EQ(head->size, file.size() - tensor.data.size());
        EXPECT_EQ(head->is_fortran, std::string_view(name) == "fortran");
        EXPECT_EQ(head->is_swapped, std::string_view(name) == "swapped");
        EXPECT_TRUE(read_npy_head(ByteView(file).first(head->size)).has_value());
        EXPECT_FALSE(read_npy_head(ByteView(file).first(head->size - 1)).has_value());
        const Bytes written = write_npy(tensor.type, tensor.data);
        EXPECT_EQ(
            to_bytes(ByteView(written).first(written.size() - tensor.data.size())),
            write_npy_head(tensor.type)
        );
    }
    std::string longest = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }";
    longest.resize(4096, ' ');
    Bytes version2 = with_header(longest, 0);
    version2[6] = 2;
    version2.insert(version2.begin() + 10, 2, 0);
    ASSERT_EQ(version2.size(), npy_head_bytes_max);
    EXPECT_EQ(read_npy_head(version2)->size, npy_head_bytes_max);
}

TEST(Npy, IsTotal) {
    SeededRandom random(2);
    const Bytes good = numpy_file("fortran.npy");
    for (int round = 0; round < 20000; ++round) {
        Bytes file = good;
        for (std::uint64_t count = 1 + random.below(3); count > 0; --count) {
            file[random.below(130)] = static_cast<std::uint8_t>(random.next_u64());
        }
        file.resize(random.below(8) == 0 ? random.below(file.size()) : file.size());
        if (const auto tensor = read_npy(file)) {
            EXPECT_EQ(tensor->data.size(), tensor->type.bytes());
        }
    }
}

}  // namespace
}  // namespace steelyard::vm
