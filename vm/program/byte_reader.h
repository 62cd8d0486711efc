// ByteReader: reads a canonical format of the VM front to back, and says where it is broken.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <optional>
#include <utility>

namespace steelyard::vm {

/// The first error sticks: every later getter returns a zero value and `finish` tells. Errors read
/// "SVM1, offset 17, node 3: operator 99 is not known". Names and formats must be literals.
class ByteReader {
public:
    ByteReader(std::string_view format, ByteView bytes) : format_(format), bytes_(bytes) {}

    bool ok() const { return !error_.has_value(); }
    std::size_t offset() const { return offset_; }
    std::size_t remaining() const { return bytes_.size() - offset_; }

    /// What is read from now on, for errors: "node 3".
    void enter(std::string_view entry, std::uint64_t index) { entry_ = {entry, index}; }

    /// Exactly these bytes, such as a magic number.
    void expect(std::string_view text);

    std::uint8_t byte(std::string_view name);

    /// Little-endian.
    std::uint32_t u32(std::string_view name);

    /// `size` bytes; a view of what the reader was given.
    ByteView bytes(std::string_view name, std::uint64_t size);

    /// A varint of the shortest form, at most `value_max`.
    std::uint64_t varint(std::string_view name, std::uint64_t value_max = ~std::uint64_t{0});

    /// The same of a zigzag number.
    std::int64_t signed_varint(std::string_view name);

    /// How many entries follow. Errors: more than `count_max`, or more than the bytes that are left
    /// have room for at `entry_bytes_min` each: so a caller may make room for as many.
    std::uint64_t count(
        std::string_view name, std::uint64_t count_max, std::uint64_t entry_bytes_min
    );

    /// For rules that the caller checks: `why` is told with the offset before the last value read.
    void refuse(ErrorCode code, std::string_view why);

    /// Takes a value that was parsed from what was read; its error sticks.
    template <typename T>
    T take(Result<T> result) {
        if (!result) {
            refuse(result.error().code(), result.error().message());
            return T{};
        }
        return *std::move(result);
    }

    /// The first error, or that bytes are left over.
    Result<void> finish();

private:
    bool has(std::string_view name, std::uint64_t size);

    std::string_view format_;
    ByteView bytes_;
    std::size_t offset_ = 0;
    std::size_t last_ = 0;  ///< where the last value began
    std::pair<std::string_view, std::uint64_t> entry_{};
    std::optional<Error> error_{};
};

}  // namespace steelyard::vm
