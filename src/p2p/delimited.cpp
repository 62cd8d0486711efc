#include "p2p/delimited.h"

namespace steelyard::p2p {

Result<std::optional<ByteView>> take_delimited(ByteView& stream, std::size_t size_max) {
    constexpr unsigned shift_max = 28;  // more than any limit here
    std::uint64_t size = 0;
    std::size_t used = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (used == stream.size()) {
            return std::nullopt;
        }
        const std::uint8_t byte = stream[used++];
        size |= std::uint64_t{byte & 0x7fU} << shift;
        if (size > size_max || shift > shift_max) {
            return fail(
                ErrorCode::too_large, "a message of {} bytes or more, limit {}", size, size_max
            );
        }
        if (byte == 0 && shift > 0) {
            return invalid("a message's length is not in its shortest form");
        }
        if (byte < 0x80) {
            break;
        }
    }
    if (stream.size() - used < size) {
        return std::nullopt;
    }
    const ByteView message = stream.subspan(used, size);
    stream = stream.subspan(used + size);
    return message;
}

}  // namespace steelyard::p2p
