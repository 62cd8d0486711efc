// Proofs of a book: its best rows, and that no other stands between them.
#pragma once

#include "rpc/market/market_call.h"

namespace steelyard::rpc {

inline constexpr std::uint32_t proven_depth_max = 50;

/// `{"height":9,"store":"book","asks":[...],"bids":[...]}`: for each side the answers to questions
/// for keys that are not there, one after the other: the side's prefix (which begins all its keys),
/// then the key of each row that was found, with a zero byte behind it. Each shows the rows before
/// and behind such a key, so the first `depth` rows, and that there are no others. It ends before
/// `depth` where the row behind is of another side.
Called<std::string> prove_book(
    AppView& app, std::uint32_t class_id, std::uint32_t depth, chain::Height height
);

}  // namespace steelyard::rpc
