#include "samples.h"

#include "base/protowire.h"

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

Proposal random_proposal(RandomSource& random) {
    const auto round = static_cast<std::int32_t>(random.below(4));
    const auto pol_round = static_cast<std::int32_t>(random.below(4)) - 1;
    return Proposal{
        .height = Height(static_cast<std::int64_t>(1 + random.below(1 << 20))),
        .round = Round(round),
        .pol_round =
            pol_round < 0 || pol_round >= round ? std::nullopt : std::optional(Round(pol_round)),
        .block_id = random_block_id(random),
        .timestamp = random_time(random),
        .signature = random_array<64>(random),
    };
}

namespace {

AppHash random_app_hash(RandomSource& random) {
    Bytes bytes(1 + random.below(AppHash::size_max));
    random.fill(bytes);
    return *AppHash::parse(bytes);
}

}  // namespace

Header random_header(RandomSource& random) {
    return Header{
        .version = {.block = block_protocol, .app = 1 + random.below(1000)},
        .chain_id = *ChainId::parse("steelyard-test"),
        .height = Height(static_cast<std::int64_t>(1 + random.below(1 << 20))),
        .time = random_time(random),
        .last_block_id = random_optional_block_id(random),
        .last_commit_hash = random_array<32>(random),
        .data_hash = random_array<32>(random),
        .validators_hash = random_array<32>(random),
        .next_validators_hash = random_array<32>(random),
        .consensus_hash = random_array<32>(random),
        .app_hash = random_app_hash(random),
        .last_results_hash = random_array<32>(random),
        .evidence_hash = random_array<32>(random),
        .proposer_address = random_array<20>(random),
    };
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

std::vector<Bytes> without_each_field(ByteView message) {
    std::vector<Bytes> out;
    ByteView rest = message;
    while (!rest.empty()) {
        const Bytes before(
            message.begin(), message.end() - static_cast<std::ptrdiff_t>(rest.size())
        );
        const std::uint64_t tag = *take_uvarint(rest);
        const std::uint64_t value = *take_uvarint(rest);
        rest = rest.subspan((tag & 7) == 2 ? value : 0);
        out.push_back(before);
        append(out.back(), rest);
    }
    return out;
}

}  // namespace steelyard::chain
