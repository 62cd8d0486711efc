#include "ledger/state/key.h"

#include "base/check.h"

namespace steelyard::ledger {

namespace {

constexpr std::uint64_t top_bit = std::uint64_t{1} << 63;

}  // namespace

Key& Key::operator<<(chain::Timestamp time) {
    *this << (static_cast<std::uint64_t>(time.seconds()) ^ top_bit);
    return *this << static_cast<std::uint32_t>(time.nanoseconds());
}

KeyReader::KeyReader(ByteView key) : left_(key) {
    bytes(1);
}

KeyReader::~KeyReader() {
    CHECK(left_.empty());
}

std::uint64_t KeyReader::number8() {
    std::uint64_t number = 0;
    for (const std::uint8_t byte : bytes(8)) {
        number = number << 8 | byte;
    }
    return number;
}

std::uint32_t KeyReader::number4() {
    std::uint32_t number = 0;
    for (const std::uint8_t byte : bytes(4)) {
        number = number << 8 | byte;
    }
    return number;
}

chain::Timestamp KeyReader::time() {
    const auto seconds = static_cast<std::int64_t>(number8() ^ top_bit);
    const auto time = chain::Timestamp::from_unix(seconds, number4());
    CHECK(time.has_value());
    return *time;
}

ByteView KeyReader::bytes(std::size_t size) {
    CHECK(left_.size() >= size);
    const ByteView taken = left_.first(size);
    left_ = left_.subspan(size);
    return taken;
}

ByteView KeyReader::rest() {
    return bytes(left_.size());
}

}  // namespace steelyard::ledger
