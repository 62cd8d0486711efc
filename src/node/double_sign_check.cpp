#include "node/double_sign_check.h"

#include "base/hex.h"

#include <algorithm>

namespace steelyard::node {

using chain::Height;

Result<void> check_double_sign(
    const storage::BlockStore& blocks, const chain::Address& validator, std::int64_t count
) {
    const storage::BlockRange range = blocks.range();
    if (count <= 0 || range.empty()) {
        return {};
    }
    const std::int64_t first = std::max(range.base.value(), range.tip.value() - count + 1);
    for (Height height = range.tip; height.value() >= first; height = height.previous()) {
        TRY_ASSIGN(const auto commit, blocks.load_seen_commit(height));
        const bool is_there = std::ranges::any_of(commit.signatures(), [&](const auto& signature) {
            return signature.is_for_block() && signature.validator_address() == validator;
        });
        if (is_there) {
            return fail(
                ErrorCode::denied,
                "consensus.double_sign_check_height = {}: validator {} has signed block {} of the "
                "last {}; make sure that no other node has its key, then wait until the chain is "
                "{} blocks further, or set the option to 0",
                count,
                to_hex_upper(validator),
                height,
                range.tip.value() - first + 1,
                count
            );
        }
        if (height.value() == 1) {
            break;
        }
    }
    return {};
}

}  // namespace steelyard::node
