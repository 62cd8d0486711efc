#include "vm/files/gguf.h"

#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

/// Writes heads as ggml does.
class Writer {
public:
    Writer& number(std::uint64_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) {
            out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
        }
        return *this;
    }
    Writer& text(std::string_view value) {
        number(value.size(), 8);
        return raw(value);
    }
    Writer& raw(std::string_view value) {
        out_.insert(out_.end(), value.begin(), value.end());
        return *this;
    }
    /// "GGUF", version, counts.
    Writer& start(std::uint32_t version, std::uint64_t tensors, std::uint64_t entries) {
        return raw("GGUF").number(version, 4).number(tensors, 8).number(entries, 8);
    }
    Writer& tensor(
        std::string_view name,
        const std::vector<std::uint64_t>& innermost_first,
        std::uint32_t type,
        std::uint64_t offset
    ) {
        text(name).number(innermost_first.size(), 4);
        for (const std::uint64_t size : innermost_first) {
            number(size, 8);
        }
        return number(type, 4).number(offset, 8);
    }
    const Bytes& bytes() const { return out_; }

private:
    Bytes out_{};
};

constexpr std::uint64_t large_file = 1 << 20;

TEST(Gguf, TellsWhatAModelIs) {
    Writer writer;
    writer.start(3, 2, 4);
    writer.text("general.architecture").number(8, 4).text("llama");
    writer.text("llama.context_length").number(4, 4).number(4096, 4);
    writer.text("llama.rope.freq_base").number(6, 4).number(0x461c4000, 4);
    writer.text("tokenizer.ggml.tokens")
        .number(9, 4)
        .number(8, 4)
        .number(2, 8)
        .text("a")
        .text("bc");
    writer.tensor("token_embd.weight", {256, 3}, 12, 0);
    writer.tensor("norm.weight", {256}, 0, 448);

    const GgufHead head = read_gguf_head(writer.bytes(), large_file).value();

    EXPECT_EQ(head.version, 3U);
    EXPECT_EQ(
        head.metadata,
        (std::vector<GgufEntry>{
            {"general.architecture", "llama"},
            {"llama.context_length", "4096"},
            {"llama.rope.freq_base", "10000"},
            {"tokenizer.ggml.tokens", "2 x string"}
        })
    );
    EXPECT_EQ(
        head.tensors,
        (std::vector<GgufTensor>{
            {"token_embd.weight", "Q4_K", {3, 256}, 432}, {"norm.weight", "F32", {256}, 1024}
        })
    );
    EXPECT_EQ(head.tensor_bytes, 1456U);
    EXPECT_EQ(head.data_offset % 32, 0U);
    EXPECT_GE(head.data_offset, writer.bytes().size());
}

TEST(Gguf, ObeysTheAlignmentThatAFileSays) {
    Writer writer;
    writer.start(2, 0, 1).text("general.alignment").number(4, 4).number(4096, 4);

    EXPECT_EQ(read_gguf_head(writer.bytes(), large_file).value().data_offset, 4096U);
}

TEST(Gguf, NamesTypesThatItDoesNotKnow) {
    Writer writer;
    writer.start(3, 1, 0).tensor("w", {7}, 77, 0);

    const GgufTensor tensor = read_gguf_head(writer.bytes(), large_file).value().tensors.front();

    EXPECT_EQ(tensor.type, "type 77");
    EXPECT_EQ(tensor.bytes, 0U);
}

TEST(Gguf, RefusesWhatIsCutOff) {
    Writer writer;
    writer.start(3, 1, 1).text("a").number(8, 4).text("b").tensor("w", {32}, 2, 0);
    const Bytes& whole = writer.bytes();
    ASSERT_TRUE(read_gguf_head(whole, large_file).has_value());

    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(read_gguf_head(ByteView(whole).first(size), large_file).has_value()) << size;
    }
}

TEST(Gguf, RefusesWhatNoFileHas) {
    const auto refuses = [](const Writer& writer, std::uint64_t file_bytes = large_file) {
        return !read_gguf_head(writer.bytes(), file_bytes).has_value();
    };
    EXPECT_TRUE(refuses(Writer().start(1, 0, 0))) << "version";
    EXPECT_TRUE(refuses(Writer().start(3, ~std::uint64_t{0}, 0))) << "count of tensors";
    EXPECT_TRUE(refuses(Writer().start(3, 0, 1).text("k").number(13, 4))) << "type of a value";
    EXPECT_TRUE(refuses(Writer().start(3, 0, 1).text("k").number(9, 4).number(9, 4).number(0, 8)))
        << "array of arrays";
    EXPECT_TRUE(refuses(Writer().start(3, 1, 0).tensor("w", {31}, 2, 0))) << "half a block";
    EXPECT_TRUE(refuses(Writer().start(3, 1, 0).tensor("w", {1ULL << 40, 1ULL << 40}, 0, 0)))
        << "more than there is";
    EXPECT_TRUE(refuses(Writer().start(3, 1, 0).tensor("w", {32}, 0, 0), 100)) << "behind the end";
    EXPECT_TRUE(refuses(Writer().start(3, 1, 0).tensor("w", {32}, 0, ~std::uint64_t{0})));
    EXPECT_TRUE(refuses(Writer().raw("GGML").number(3, 4).number(0, 8).number(0, 8)));
}

TEST(Gguf, ShortensAndCleansTexts) {
    Writer writer;
    writer.start(3, 0, 1).text("k\n").number(8, 4).text(std::string(1'000, 'x'));

    const GgufEntry entry = read_gguf_head(writer.bytes(), large_file).value().metadata.front();

    EXPECT_EQ(entry.key, "k?");
    EXPECT_EQ(entry.value.size(), gguf_text_bytes_max + 3);
}

}  // namespace
}  // namespace steelyard::vm
