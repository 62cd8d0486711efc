// Key: how keys of the state are put together from letters, numbers and fixed bytes.
#pragma once

#include "base/bytes.h"
#include "chain/ids.h"
#include "chain/timestamp.h"

namespace steelyard::ledger {

/// The number that stands for an account in keys.
enum class AccountNumber : std::uint64_t {};

/// The number that stands for a validator in keys.
enum class ValidatorNumber : std::uint32_t {};

/// `Key('d') << delegator << validator`: a letter, then big-endian integers or bytes of one size,
/// so that keys sort by their parts and none is a prefix of another.
class Key {
public:
    explicit Key(char letter) {
        constexpr std::size_t usual_size = 32;
        bytes_.reserve(usual_size);
        bytes_.push_back(static_cast<std::uint8_t>(letter));
    }

    Key& operator<<(std::uint64_t number) { return append_number(number, 8); }
    Key& operator<<(std::uint32_t number) { return append_number(number, 4); }
    Key& operator<<(std::uint8_t number) { return append_number(number, 1); }
    Key& operator<<(AccountNumber number) { return *this << static_cast<std::uint64_t>(number); }
    Key& operator<<(ValidatorNumber number) { return *this << static_cast<std::uint32_t>(number); }
    Key& operator<<(chain::Height height) {
        return *this << static_cast<std::uint64_t>(height.value());
    }

    /// Seconds with the top bit flipped, so that earlier times sort first, and nanoseconds.
    Key& operator<<(chain::Timestamp time);

    /// All keys that begin alike must have as many bytes here, or end in what no text has.
    Key& operator<<(ByteView bytes) {
        append(bytes_, bytes);
        return *this;
    }

    operator ByteView() const { return bytes_; }
    const Bytes& bytes() const { return bytes_; }

private:
    Key& append_number(std::uint64_t number, int size) {
        for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
            bytes_.push_back(static_cast<std::uint8_t>(number >> shift));
        }
        return *this;
    }

    Bytes bytes_;
};

/// Takes keys apart from their letter on. What is left over, or missing, is a bug (CHECKed).
class KeyReader {
public:
    explicit KeyReader(ByteView key);
    ~KeyReader();
    KeyReader(const KeyReader&) = delete;
    KeyReader& operator=(const KeyReader&) = delete;

    std::uint64_t number8();
    std::uint32_t number4();
    AccountNumber account() { return AccountNumber{number8()}; }
    ValidatorNumber validator() { return ValidatorNumber{number4()}; }
    chain::Timestamp time();
    ByteView bytes(std::size_t size);
    ByteView rest();

private:
    ByteView left_;
};

}  // namespace steelyard::ledger
