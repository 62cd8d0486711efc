#include "tests/support/chain_builders.h"

#include "base/check.h"
#include "crypto/sha256.h"

#include <algorithm>

namespace steelyard::test {
namespace {

crypto::Hash256 seed(std::string_view kind, int number) {
    return crypto::sha256(as_bytes(std::string(kind) + std::to_string(number)));
}

}  // namespace

crypto::PrivateKey private_key(int number, crypto::KeyType type) {
    auto key = crypto::PrivateKey::parse(type, seed("test private key ", number));
    CHECK(key);
    return *std::move(key);
}

crypto::PublicKey public_key(int number) {
    auto key = crypto::PublicKey::parse(crypto::KeyType::ed25519, seed("test public key ", number));
    CHECK(key);
    return *key;
}

SigningSet validators_with_power(
    const std::vector<chain::VotingPower>& powers, crypto::KeyType type, int first_number
) {
    std::vector<crypto::PrivateKey> keys;
    std::vector<chain::ValidatorUpdate> members;
    for (const chain::VotingPower power : powers) {
        keys.push_back(private_key(first_number + static_cast<int>(keys.size()), type));
        members.push_back({keys.back().public_key(), power});
    }
    auto set = chain::ValidatorSet::create(members);
    CHECK(set);
    std::sort(keys.begin(), keys.end(), [&](const auto& a, const auto& b) {
        return set->index_of(a.public_key().address()) < set->index_of(b.public_key().address());
    });
    return {*std::move(set), std::move(keys)};
}

chain::ChainId chain_id(std::string_view text) {
    auto id = chain::ChainId::parse(text);
    CHECK(id);
    return *std::move(id);
}

chain::BlockId block_id(int number) {
    return {seed("test block ", number), {7, seed("test parts ", number)}};
}

chain::Timestamp time_after(std::int64_t seconds) {
    const auto time = chain::Timestamp::from_unix(1'767'225'600 + seconds);
    CHECK(time);
    return *time;
}

chain::Commit sign_commit(
    const SigningSet& set,
    const chain::CommitTarget& target,
    std::string_view votes,
    chain::Timestamp first_time
) {
    std::vector<chain::CommitSig> signatures;
    for (std::size_t i = 0; i < votes.size(); ++i) {
        if (votes[i] == 'a') {
            signatures.emplace_back();
            continue;
        }
        CHECK(votes[i] == 'c' || votes[i] == 'n');
        const bool for_block = votes[i] == 'c';
        const auto time = chain::checked_add(first_time, std::chrono::seconds(i));
        CHECK(time);
        const crypto::PrivateKey& key = set.keys[i % set.keys.size()];
        const chain::Vote vote{
            .type = chain::SignedMsgType::precommit,
            .height = target.height,
            .round = chain::Round(0),
            .block_id = for_block ? std::optional(target.block_id) : std::nullopt,
            .timestamp = *time,
        };
        signatures.emplace_back(
            for_block ? chain::BlockIdFlag::commit : chain::BlockIdFlag::nil,
            key.public_key().address(),
            vote.timestamp,
            key.sign(chain::sign_bytes(vote, target.chain_id))
        );
    }
    auto commit =
        chain::Commit::make(target.height, chain::Round(0), target.block_id, std::move(signatures));
    CHECK(commit);
    return *std::move(commit);
}

chain::Commit with_signature(
    const chain::Commit& commit, std::size_t index, const chain::CommitSig& signature
) {
    auto signatures = commit.signatures();
    signatures.at(index) = signature;
    auto changed = chain::Commit::make(
        commit.height(), commit.round(), commit.block_id(), std::move(signatures)
    );
    CHECK(changed);
    return *std::move(changed);
}

chain::Header header(
    const chain::ChainId& chain_id,
    chain::Height height,
    const chain::ValidatorSet& validators,
    int number
) {
    return {
        .chain_id = chain_id,
        .height = height,
        .time = time_after(height.value()),
        .last_block_id = height > chain::Height(1) ? std::optional(block_id(number)) : std::nullopt,
        .last_commit_hash = seed("test last commit ", number),
        .data_hash = seed("test data ", number),
        .validators_hash = validators.hash(),
        .next_validators_hash = validators.hash(),
        .consensus_hash = seed("test consensus ", number),
        .app_hash = seed("test app ", number),
        .last_results_hash = seed("test results ", number),
        .evidence_hash = seed("test evidence ", number),
        .proposer_address = validators.proposer().address(),
    };
}

chain::LightBlock sign_light_block(
    const SigningSet& set, const chain::Header& header, std::string_view votes
) {
    const chain::BlockId id{chain::header_hash(header), {1, seed("test parts ", 0)}};
    auto signed_header = chain::SignedHeader::make(
        header, sign_commit(set, {header.chain_id, header.height, id}, votes)
    );
    CHECK(signed_header);
    auto block = chain::LightBlock::make(*std::move(signed_header), set.validators);
    CHECK(block);
    return *std::move(block);
}

Cast::Cast(std::vector<std::string> names) : names_(std::move(names)) {
    std::sort(names_.begin(), names_.end());
    for (std::size_t i = 0; i < names_.size(); ++i) {
        keys_.push_back(public_key(static_cast<int>(i)));
    }
    std::sort(keys_.begin(), keys_.end(), [](const auto& a, const auto& b) {
        return a.address() < b.address();
    });
}

crypto::PublicKey Cast::key(const std::string& name) const {
    const auto found = std::lower_bound(names_.begin(), names_.end(), name);
    CHECK(found != names_.end() && *found == name);
    return keys_[static_cast<std::size_t>(found - names_.begin())];
}

std::string Cast::name(const crypto::Address& address) const {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        if (keys_[i].address() == address) {
            return names_[i];
        }
    }
    return "?";
}

}  // namespace steelyard::test
