// BitArray: a fixed number of bits, as gossip uses to tell which votes or parts a peer has.
#pragma once

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"

#include <compare>
#include <optional>
#include <vector>

namespace steelyard::chain {

/// The number of bits and the words that hold them always agree, and the bits after the last are
/// zero. The set operations take arrays of different sizes, since peers send them.
class BitArray {
public:
    /// The most bits of an array that is read: one for each validator or part.
    static constexpr std::size_t size_max = 10'000;

    BitArray() = default;

    /// `size` zero bits; at most size_max.
    explicit BitArray(std::size_t size);

    /// Reads the form that to_string prints.
    static Result<BitArray> parse(std::string_view text);

    std::size_t size() const { return size_; }
    std::size_t count() const;  ///< of the bits that are set
    bool none() const { return count() == 0; }
    bool all() const { return count() == size_; }

    /// An index at or after the end reads as not set.
    bool test(std::size_t index) const;

    /// `index` must be below size().
    void set(std::size_t index, bool value = true);

    /// The index of the n-th set bit, counted from 0, or nothing where there are fewer.
    std::optional<std::size_t> nth_set(std::size_t n) const;

    /// A set bit, each with the same chance, or nothing where none is set.
    std::optional<std::size_t> pick(RandomSource& random) const;

    BitArray operator~() const;
    friend BitArray operator|(const BitArray& a, const BitArray& b);  ///< of the larger size
    friend BitArray operator&(const BitArray& a, const BitArray& b);  ///< of the smaller size
    friend BitArray operator-(const BitArray& a, const BitArray& b);  ///< a's bits not set in b

    auto operator<=>(const BitArray&) const = default;

    /// 64 bits each, the lowest first.
    const std::vector<std::uint64_t>& words() const { return words_; }

private:
    friend Result<BitArray> decode_bit_array(ByteView bytes);

    void clear_unused_bits();

    std::size_t size_ = 0;
    std::vector<std::uint64_t> words_;
};

/// An "x" for each bit that is set and a "_" for each that is not.
std::string to_string(const BitArray& bits);

/// tendermint.libs.bits.BitArray. The reader refuses a wrong number of words and set bits after
/// the last.
Bytes encode_bit_array(const BitArray& bits);
Result<BitArray> decode_bit_array(ByteView bytes);

}  // namespace steelyard::chain
