#include "tests/sim/sync_liar.h"

#include "base/check.h"
#include "chain/block.h"

namespace steelyard::sim {
namespace {

using namespace std::chrono_literals;

/// About blocks.
enum class Lie : std::uint8_t { silence, late, other_block, forged_commit, lacks, unasked };

constexpr std::uint64_t lies_count = 6;
constexpr Time late_max = 25s;  ///< longer than block sync waits for anybody

/// The block with the hashes that belong to what is in it now.
Bytes sealed(chain::Block block) {
    chain::seal_contents(block);
    return chain::encode_block(block);
}

Bytes with_other_contents(chain::Block block) {
    block.txs.push_back(to_bytes(as_bytes("tx of a liar")));
    return sealed(std::move(block));
}

/// One validator's signature is not its own.
Bytes with_forged_commit(chain::Block block, std::uint64_t which) {
    if (!block.last_commit) {
        return sealed(std::move(block));
    }
    auto signatures = block.last_commit->signatures();
    const auto& commit = *block.last_commit;
    for (std::size_t i = 0; i < signatures.size(); ++i) {
        auto& signature = signatures[(which + i) % signatures.size()];
        if (!signature.is_absent()) {
            chain::Signature forged = signature.signature();
            forged[0] ^= 1;
            signature = {
                signature.flag(), signature.validator_address(), signature.timestamp(), forged
            };
            break;
        }
    }
    auto made = chain::Commit::make(commit.height(), commit.round(), commit.block_id(), signatures);
    CHECK(made);
    block.last_commit = *std::move(made);
    return sealed(std::move(block));
}

}  // namespace

SyncLiar::SyncLiar(SeededRandom random) : random_(std::move(random)) {
    lies_ = static_cast<Permille>(between(random_, 50, 1'000));
    kind_ = random_.below(lies_count);
}

std::vector<SyncLiar::Saying> SyncLiar::twist(const sync::Message& message) {
    if (!chance(random_, lies_)) {
        return {{message, Time(0)}};
    }
    if (const auto* status = std::get_if<sync::StatusResponse>(&message)) {
        return {{false_status(*status), Time(0)}};
    }
    if (const auto* block = std::get_if<sync::BlockResponse>(&message)) {
        return false_block(*block);
    }
    return {{message, Time(0)}};
}

sync::StatusResponse SyncLiar::false_status(const sync::StatusResponse& status) {
    switch (random_.below(4)) {
        case 0:
            return {.height = status.height + between(random_, 1, 1'000'000), .base = 1};
        case 1:
            return {.height = between(random_, 0, status.height), .base = 0};
        case 2:
            return {.height = status.height, .base = status.height + 1};
        default:
            return {.height = chain::Height::foreign_max, .base = 0};
    }
}

std::vector<SyncLiar::Saying> SyncLiar::false_block(const sync::BlockResponse& response) {
    const std::uint64_t kind = chance(random_, 700) ? kind_ : random_.below(lies_count);
    auto block = chain::decode_block(response.block);
    CHECK(block);
    const std::int64_t height = block->header.height.value();
    switch (static_cast<Lie>(kind)) {
        case Lie::silence:
            return {};
        case Lie::late:
            return {{response, between(random_, 1s, late_max)}};
        case Lie::other_block:
            return {{sync::BlockResponse{with_other_contents(*std::move(block))}, Time(0)}};
        case Lie::forged_commit: {
            const auto which = random_.below(100);
            return {{sync::BlockResponse{with_forged_commit(*std::move(block), which)}, Time(0)}};
        }
        case Lie::lacks:
            return {{sync::NoBlockResponse{height}, Time(0)}};
        case Lie::unasked:
            return {{response, Time(0)}, {response, Time(0)}};
    }
    return {};
}

}  // namespace steelyard::sim
