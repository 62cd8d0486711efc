#include "vm/onnx/tensor_reader.h"

#include "base/protowire.h"

#include <gtest/gtest.h>

namespace steelyard::vm::onnx {
namespace {

/// One file, "w.bin".
class OneFile final : public ExternalData {
public:
    explicit OneFile(Bytes bytes) : bytes_(std::move(bytes)) {}

    Result<Bytes> read(
        std::string_view location, std::uint64_t offset, std::optional<std::uint64_t> size
    ) override {
        if (location != "w.bin" || offset > bytes_.size() ||
            size.value_or(0) > bytes_.size() - offset) {
            return fail(ErrorCode::not_found, "no bytes at {} of {}", offset, location);
        }
        const auto start = bytes_.begin() + static_cast<std::ptrdiff_t>(offset);
        const std::uint64_t count = size.value_or(bytes_.size() - offset);
        return Bytes(start, start + static_cast<std::ptrdiff_t>(count));
    }

private:
    Bytes bytes_;
};

Bytes entry(std::string_view key, std::string_view value) {
    ProtoWriter writer;
    writer.string(1, key);
    writer.string(2, value);
    return std::move(writer).take();
}

/// Elements in `field`, dimensions one by one.
Bytes message(
    std::int64_t type,
    const std::vector<std::int64_t>& dimensions,
    std::uint32_t field,
    const Bytes& elements
) {
    Bytes out;
    for (const std::int64_t dimension : dimensions) {
        append_uvarint(out, 1 << 3);
        append_uvarint(out, static_cast<std::uint64_t>(dimension));
    }
    ProtoWriter writer;
    writer.int64(2, type);
    writer.message(field, elements);
    append(out, std::move(writer).take());
    return out;
}

std::string refusal(const Bytes& bytes, ExternalData* external = nullptr) {
    const Result<Tensor> tensor = read_tensor(bytes, external);
    return tensor ? "" : tensor.error().message();
}

TEST(TensorReader, takes_typed_and_raw_elements) {
    const Bytes floats = {0, 0, 0x80, 0x3f, 0, 0, 0, 0x40};  // 1, 2

    const Tensor typed = read_tensor(message(1, {2}, 4, floats), nullptr).value();
    const Tensor raw = read_tensor(message(1, {1, 2}, 9, floats), nullptr).value();

    EXPECT_EQ(typed.type.text(), "f32[2]");
    EXPECT_EQ(typed.data, floats);
    EXPECT_EQ(raw.type.text(), "f32[1,2]");
    EXPECT_EQ(raw.data, floats);
}

TEST(TensorReader, narrows_the_integers_that_small_types_are_kept_in) {
    const Bytes minus_one_and_three = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 3};

    EXPECT_EQ(read_tensor(message(3, {2}, 5, minus_one_and_three), nullptr)->data, (Bytes{255, 3}));
    EXPECT_EQ(read_tensor(message(10, {1}, 5, {0x80, 0x78}), nullptr)->data, (Bytes{0x00, 0x3c}));
}

TEST(TensorReader, fetches_what_is_outside_of_the_file) {
    OneFile file({9, 9, 1, 2, 3, 9});
    ProtoWriter writer;
    writer.int64(2, 2);
    writer.message(13, entry("location", "w.bin"));
    writer.message(13, entry("offset", "2"));
    writer.message(13, entry("length", "3"));
    writer.int64(14, 1);
    Bytes bytes = {1 << 3, 3};
    append(bytes, std::move(writer).take());

    EXPECT_EQ(read_tensor(bytes, &file)->data, (Bytes{1, 2, 3}));
    EXPECT_EQ(refusal(bytes), "its elements are in another file, which is not given");
    OneFile short_file({9, 9, 1});
    EXPECT_EQ(refusal(bytes, &short_file), "no bytes at 2 of w.bin");
}

TEST(TensorReader, fetches_no_other_length_than_the_types) {
    OneFile file(Bytes(100));
    for (const char* const length : {"2", "4", "100", "18446744073709551615"}) {
        ProtoWriter writer;
        writer.int64(2, 2);
        writer.message(13, entry("location", "w.bin"));
        writer.message(13, entry("length", length));
        writer.int64(14, 1);
        Bytes bytes = {1 << 3, 3};
        append(bytes, std::move(writer).take());
        EXPECT_EQ(
            refusal(bytes, &file), fmt::format("external data of {} bytes for u8[3]", length)
        );
    }
}

TEST(TensorReader, refuses_what_does_not_fit) {
    EXPECT_EQ(refusal(message(2, {3}, 9, {1, 2})), "2 bytes of elements for u8[3]");
    EXPECT_EQ(refusal(message(8, {1}, 6, {1})), "tensors of strings");
    EXPECT_EQ(refusal(message(99, {}, 9, {1})), "tensors of data type 99");
    EXPECT_EQ(refusal(message(2, {-1}, 9, {})), "dimension -1");
    EXPECT_EQ(
        refusal(message(1, {1}, 4, {1, 2, 3})),
        "TensorProto: field 4 has 3 bytes of 4-byte elements (byte 9 of 9)"
    );
}

}  // namespace
}  // namespace steelyard::vm::onnx
