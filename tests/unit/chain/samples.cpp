#include "samples.h"

namespace steelyard::chain {

Timestamp random_time(RandomSource& random) {
    constexpr auto range =
        static_cast<std::uint64_t>(Timestamp::seconds_max - Timestamp::seconds_min + 1);
    const auto seconds = Timestamp::seconds_min + static_cast<std::int64_t>(random.below(range));
    return *Timestamp::from_unix(seconds, static_cast<std::int64_t>(random.below(1'000'000'000)));
}

BlockId random_block_id(RandomSource& random) {
    return BlockId{
        .hash = random_array<32>(random),
        .parts =
            {.total = static_cast<std::uint32_t>(1 + random.below(parts_max)),
             .hash = random_array<32>(random)},
    };
}

std::optional<BlockId> random_optional_block_id(RandomSource& random) {
    return random.below(3) == 0 ? std::nullopt : std::optional(random_block_id(random));
}

Vote random_vote(RandomSource& random) {
    return Vote{
        .type = random.below(2) == 0 ? SignedMsgType::prevote : SignedMsgType::precommit,
        .height = Height(static_cast<std::int64_t>(1 + random.below(1 << 20))),
        .round = Round(static_cast<std::int32_t>(random.below(3))),
        .block_id = random_optional_block_id(random),
        .timestamp = random_time(random),
        .validator_address = random_array<20>(random),
        .validator_index = static_cast<ValidatorIndex>(random.below(validators_max)),
        .signature = random_array<64>(random),
    };
}

CommitSig random_commit_sig(RandomSource& random) {
    const std::uint64_t kind = random.below(3);
    if (kind == 0) {
        return {};
    }
    return CommitSig(
        kind == 1 ? BlockIdFlag::commit : BlockIdFlag::nil,
        random_array<20>(random),
        random_time(random),
        random_array<64>(random)
    );
}

Commit random_commit(RandomSource& random, std::size_t validators) {
    std::vector<CommitSig> signatures;
    for (std::size_t i = 0; i < validators; ++i) {
        signatures.push_back(random_commit_sig(random));
    }
    return *Commit::make(
        Height(static_cast<std::int64_t>(1 + random.below(1 << 20))),
        Round(static_cast<std::int32_t>(random.below(3))),
        random_block_id(random),
        std::move(signatures)
    );
}

}  // namespace steelyard::chain
