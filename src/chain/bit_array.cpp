#include "chain/bit_array.h"

#include "base/check.h"
#include "base/protowire.h"

#include <algorithm>
#include <bit>

namespace steelyard::chain {
namespace {

constexpr std::size_t word_bits = 64;

constexpr std::size_t words_for(std::size_t bits) {
    return (bits + word_bits - 1) / word_bits;
}

/// The position of the n-th set bit, of which `word` has more than n.
std::size_t nth_set_in(std::uint64_t word, std::size_t n) {
    for (; n > 0; --n) {
        word &= word - 1;
    }
    return static_cast<std::size_t>(std::countr_zero(word));
}

/// Reads the words of a packed field, `count` of them and no more.
Result<std::vector<std::uint64_t>> take_words(ByteView packed, std::size_t count) {
    std::vector<std::uint64_t> words;
    words.reserve(count);
    while (!packed.empty()) {
        if (words.size() == count) {
            return invalid("has more than {} words", count);
        }
        TRY_ASSIGN(const std::uint64_t word, take_uvarint(packed));
        words.push_back(word);
    }
    if (words.size() != count) {
        return invalid("has {} words, not {}", words.size(), count);
    }
    return words;
}

}  // namespace

BitArray::BitArray(std::size_t size) : size_(size), words_(words_for(size)) {
    CHECK(size <= size_max);
}

Result<BitArray> BitArray::parse(std::string_view text) {
    if (text.size() > size_max) {
        return fail(ErrorCode::too_large, "bit array has {} bits, limit {}", text.size(), size_max);
    }
    BitArray bits(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != 'x' && text[i] != '_') {
            return invalid("bit array has a character that is neither x nor _ at {}", i);
        }
        bits.set(i, text[i] == 'x');
    }
    return bits;
}

std::size_t BitArray::count() const {
    std::size_t sum = 0;
    for (const std::uint64_t word : words_) {
        sum += static_cast<std::size_t>(std::popcount(word));
    }
    return sum;
}

bool BitArray::test(std::size_t index) const {
    return index < size_ && (words_[index / word_bits] >> index % word_bits & 1) != 0;
}

void BitArray::set(std::size_t index, bool value) {
    CHECK(index < size_);
    const std::uint64_t mask = std::uint64_t{1} << index % word_bits;
    std::uint64_t& word = words_[index / word_bits];
    word = value ? word | mask : word & ~mask;
}

std::optional<std::size_t> BitArray::nth_set(std::size_t n) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
        const auto here = static_cast<std::size_t>(std::popcount(words_[i]));
        if (n < here) {
            return i * word_bits + nth_set_in(words_[i], n);
        }
        n -= here;
    }
    return std::nullopt;
}

std::optional<std::size_t> BitArray::pick(RandomSource& random) const {
    const std::size_t choices = count();
    return choices == 0 ? std::nullopt : nth_set(random.below(choices));
}

BitArray BitArray::operator~() const {
    BitArray out = *this;
    for (std::uint64_t& word : out.words_) {
        word = ~word;
    }
    out.clear_unused_bits();
    return out;
}

BitArray operator|(const BitArray& a, const BitArray& b) {
    const BitArray& shorter = a.size_ < b.size_ ? a : b;
    BitArray out = a.size_ < b.size_ ? b : a;
    for (std::size_t i = 0; i < shorter.words_.size(); ++i) {
        out.words_[i] |= shorter.words_[i];
    }
    return out;
}

BitArray operator&(const BitArray& a, const BitArray& b) {
    const BitArray& longer = a.size_ < b.size_ ? b : a;
    BitArray out = a.size_ < b.size_ ? a : b;
    for (std::size_t i = 0; i < out.words_.size(); ++i) {
        out.words_[i] &= longer.words_[i];
    }
    return out;
}

BitArray operator-(const BitArray& a, const BitArray& b) {
    BitArray out = a;
    const std::size_t common = std::min(a.words_.size(), b.words_.size());
    for (std::size_t i = 0; i < common; ++i) {
        out.words_[i] &= ~b.words_[i];
    }
    return out;
}

void BitArray::clear_unused_bits() {
    if (size_ % word_bits != 0) {
        words_.back() &= (std::uint64_t{1} << size_ % word_bits) - 1;
    }
}

std::string to_string(const BitArray& bits) {
    std::string text(bits.size(), '_');
    for (std::size_t i = 0; i < bits.size(); ++i) {
        if (bits.test(i)) {
            text[i] = 'x';
        }
    }
    return text;
}

Bytes encode_bit_array(const BitArray& bits) {
    Bytes packed;
    for (const std::uint64_t word : bits.words()) {
        append_uvarint(packed, word);
    }
    ProtoWriter writer;
    writer.uint64(1, bits.size());
    writer.bytes(2, packed);
    return std::move(writer).take();
}

Result<BitArray> decode_bit_array(ByteView bytes) {
    std::uint64_t size = 0;
    ByteView packed;
    ProtoReader reader("BitArray", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                size = reader.uint64("bits");
                break;
            case 2:
                packed = reader.bytes("elems", words_for(BitArray::size_max) * uvarint_size_max);
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    if (size > BitArray::size_max) {
        return fail(
            ErrorCode::too_large, "BitArray.bits: {} is over the limit {}", size, BitArray::size_max
        );
    }
    BitArray bits(size);
    auto words = take_words(packed, bits.words_.size());
    if (!words) {
        return std::unexpected(std::move(words).error().in("BitArray.elems"));
    }
    bits.words_ = *words;
    bits.clear_unused_bits();
    if (bits.words_ != *words) {
        return invalid("BitArray.elems: has bits after the last");
    }
    return bits;
}

}  // namespace steelyard::chain
