#include "chain/ids.h"

#include <algorithm>

namespace steelyard::chain {

Result<ChainId> ChainId::parse(std::string_view text) {
    if (text.empty()) {
        return invalid("chain id is empty");
    }
    if (text.size() > size_max) {
        return fail(
            ErrorCode::too_large, "chain id has {} characters, limit {}", text.size(), size_max
        );
    }
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; })) {
        return invalid("chain id has a character that is not printable ASCII");
    }
    return ChainId(text);
}

}  // namespace steelyard::chain
