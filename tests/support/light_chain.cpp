#include "tests/support/light_chain.h"

#include "base/check.h"
#include "crypto/sha256.h"

namespace steelyard::test {
namespace {

crypto::Hash256 hash_of(std::string_view what, int number) {
    return crypto::sha256(as_bytes(std::string(what) + std::to_string(number)));
}

chain::ValidatorSet validators_of(const Seats& seats) {
    std::vector<chain::ValidatorUpdate> members;
    for (const Seat& seat : seats) {
        members.push_back({private_key(seat.number, seat.type).public_key(), seat.power});
    }
    auto set = chain::ValidatorSet::create(members);
    CHECK(set);
    return *std::move(set);
}

chain::CommitSig sign(
    const Seat& seat, const BlockPlan& plan, const chain::Header& header, const chain::BlockId& id
) {
    const crypto::PrivateKey key = private_key(seat.number, seat.type);
    const chain::Vote vote{
        .type = chain::SignedMsgType::precommit,
        .height = header.height,
        .round = plan.round,
        .block_id = id,
        .timestamp = header.time,
    };
    return chain::CommitSig(
        chain::BlockIdFlag::commit,
        key.public_key().address(),
        vote.timestamp,
        key.sign(chain::sign_bytes(vote, header.chain_id))
    );
}

/// Signed by the seats that are not absent, in the order of the set.
chain::LightBlock sign_block(
    const Seats& seats, const BlockPlan& plan, const chain::Header& header
) {
    const chain::ValidatorSet set = validators_of(seats);
    const chain::BlockId id{chain::header_hash(header), {1, hash_of("light chain parts ", 0)}};
    std::vector<chain::CommitSig> signatures(set.size());
    for (const Seat& seat : seats) {
        if (!plan.absent.contains(seat.number)) {
            const chain::CommitSig signature = sign(seat, plan, header, id);
            const auto index = set.index_of(signature.validator_address());
            CHECK(index);
            signatures[*index] = signature;
        }
    }
    auto commit = chain::Commit::make(header.height, plan.round, id, std::move(signatures));
    CHECK(commit);
    auto signed_header = chain::SignedHeader::make(header, *std::move(commit));
    CHECK(signed_header);
    auto block = chain::LightBlock::make(*std::move(signed_header), set);
    CHECK(block);
    return *std::move(block);
}

}  // namespace

std::string_view to_string(KeyMix mix) {
    switch (mix) {
        case KeyMix::secp256k1:
            return "secp256k1";
        case KeyMix::ed25519:
            return "ed25519";
        case KeyMix::mixed:
            return "mixed";
    }
    CHECK(false);
}

Seats seats(int first, const std::vector<chain::VotingPower>& powers, KeyMix mix) {
    Seats seats;
    for (const chain::VotingPower power : powers) {
        const int number = first + static_cast<int>(seats.size());
        const bool edwards = mix == KeyMix::ed25519 || (mix == KeyMix::mixed && number % 2 == 0);
        const auto type = edwards ? crypto::KeyType::ed25519 : crypto::KeyType::secp256k1;
        seats.push_back({number, type, power});
    }
    return seats;
}

void LightChain::append(const BlockPlan& plan) {
    const chain::Height height(tip() + 1);
    const Seats validators = plan.validators.value_or(next_);
    next_ = plan.next.value_or(validators);
    chain::Timestamp time = plan.time;
    if (time.is_zero()) {
        const auto after = blocks_.empty()
                               ? time_after(60)
                               : checked_add(at(tip()).header().time, std::chrono::minutes(1));
        CHECK(after);
        time = *after;
    }
    const chain::ValidatorSet set = validators_of(validators);
    const chain::Header header{
        .chain_id = chain_id_,
        .height = height,
        .time = time,
        .last_block_id =
            blocks_.empty() ? std::nullopt : std::optional(at(tip()).commit().block_id()),
        .last_commit_hash = hash_of("light chain last commit ", 0),
        .data_hash = hash_of("light chain data ", plan.data),
        .validators_hash = set.hash(),
        .next_validators_hash = validators_of(next_).hash(),
        .consensus_hash = hash_of("light chain consensus ", 0),
        .app_hash = hash_of("light chain state ", plan.state),
        .last_results_hash = hash_of("light chain results ", 0),
        .evidence_hash = hash_of("light chain evidence ", 0),
        .proposer_address = set.proposer().address(),
    };
    blocks_.push_back(sign_block(validators, plan, header));
    seats_.push_back(validators);
}

void LightChain::grow_to(std::int64_t height) {
    while (tip() < height) {
        append();
    }
}

LightChain LightChain::up_to(std::int64_t height) const {
    CHECK(height >= 1 && height <= tip());
    LightChain fork = *this;
    if (height < tip()) {
        fork.next_ = seats_at(height + 1);
    }
    fork.blocks_.erase(fork.blocks_.begin() + height, fork.blocks_.end());
    fork.seats_.erase(fork.seats_.begin() + height, fork.seats_.end());
    return fork;
}

const chain::LightBlock& LightChain::at(std::int64_t height) const {
    CHECK(height >= 1 && height <= tip());
    return blocks_[static_cast<std::size_t>(height - 1)];
}

const Seats& LightChain::seats_at(std::int64_t height) const {
    CHECK(height >= 1 && height <= tip());
    return seats_[static_cast<std::size_t>(height - 1)];
}

FakeProvider::FakeProvider(std::string name, const LightChain& chain) : name_(std::move(name)) {
    serve(chain);
}

void FakeProvider::serve(const LightChain& chain) {
    blocks_.clear();
    for (std::int64_t height = 1; height <= chain.tip(); ++height) {
        put(height, chain.at(height));
    }
}

void FakeProvider::put(std::int64_t height, const chain::LightBlock& block) {
    blocks_.insert_or_assign(height, block);
}

Result<chain::LightBlock> FakeProvider::light_block(std::optional<chain::Height> height) {
    ++requests_;
    if (failure_) {
        return std::unexpected(*failure_);
    }
    const auto latest = blocks_.empty() ? blocks_.end() : std::prev(blocks_.end());
    const auto it = height ? blocks_.find(height->value()) : latest;
    if (it == blocks_.end()) {
        return fail(ErrorCode::not_found, "no such block");
    }
    return it->second;
}

Result<void> FakeProvider::report_evidence(const chain::LightClientAttackEvidence& evidence) {
    if (refuses_evidence_) {
        return invalid("not now");
    }
    evidence_.push_back(evidence);
    return {};
}

}  // namespace steelyard::test
