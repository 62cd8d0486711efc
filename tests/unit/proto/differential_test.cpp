// The hand-written encoders of chain against the generated classes, on random values.
#include "base/protowire.h"
#include "chain_messages.h"
#include "crypto/sha256.h"
#include "proto/codec.h"
#include "proto/non_nullable.h"
#include "tests/support/chain_builders.h"
#include "tests/unit/chain/samples.h"

#include <google/protobuf/wrappers.pb.h>

namespace steelyard::proto {
namespace {

const chain::ChainId name = test::chain_id("yard-1");
constexpr int rounds = 100;
constexpr ParseLimits limits = {.bytes_max = 1 << 20, .elements_max = 10'000};

/// What the generated classes write, as Go would.
template <typename Message>
Bytes serialize_as_go(Message message) {
    fill_non_nullable(message);
    return serialize(message);
}

/// Both write the same bytes, and each reads what the other wrote.
template <typename T, typename Message, typename Encode, typename Decode>
void expect_agreement(const T& value, const Message& message, Encode encode, Decode decode) {
    const Bytes generated = serialize_as_go(message);
    const Bytes ours = encode(value);
    ASSERT_EQ(to_hex(ours), to_hex(generated));

    const auto decoded = decode(generated);
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_EQ(*decoded, value);

    Message parsed;
    const Result<void> result = strict_parse(parsed, ours, limits);
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(serialize(parsed), ours);
}

std::string random_text(RandomSource& random, std::size_t size_max) {
    std::string text(random.below(size_max + 1), ' ');
    for (char& c : text) {
        c = static_cast<char>('a' + static_cast<int>(random.below(26)));
    }
    return text;
}

Bytes random_bytes(RandomSource& random, std::size_t size_min, std::size_t size_max) {
    Bytes bytes(size_min + random.below(size_max - size_min + 1));
    random.fill(bytes);
    return bytes;
}

std::int64_t random_int64(RandomSource& random) {
    return static_cast<std::int64_t>(random.next_u64() >> (1 + random.below(63)));
}

TEST(Agreement, timestamps_and_block_ids) {
    SeededRandom random(1);
    for (int i = 0; i < rounds; ++i) {
        const chain::Timestamp time = chain::random_time(random);
        expect_agreement(time, message_of(time), chain::encode_timestamp, chain::decode_timestamp);
        const chain::BlockId id = chain::random_block_id(random);
        expect_agreement(id, message_of(id), chain::encode_block_id, chain::decode_block_id);
    }
    EXPECT_EQ(chain::encode_optional_block_id({}), serialize_as_go(tendermint::types::BlockID()));
}

TEST(Agreement, votes_and_what_they_sign) {
    SeededRandom random(2);
    for (int i = 0; i < rounds; ++i) {
        const chain::Vote vote = chain::random_vote(random);
        expect_agreement(vote, message_of(vote), chain::encode_vote, chain::decode_vote);
        EXPECT_EQ(
            chain::sign_bytes(vote, name), length_prefixed(serialize_as_go(canonical(vote, name)))
        );
    }
}

TEST(Agreement, proposals_and_what_they_sign) {
    SeededRandom random(3);
    for (int i = 0; i < rounds; ++i) {
        const chain::Proposal proposal = chain::random_proposal(random);
        expect_agreement(
            proposal, message_of(proposal), chain::encode_proposal, chain::decode_proposal
        );
        EXPECT_EQ(
            chain::sign_bytes(proposal, name),
            length_prefixed(serialize_as_go(canonical(proposal, name)))
        );
    }
}

TEST(Agreement, commits) {
    SeededRandom random(4);
    for (int i = 0; i < rounds; ++i) {
        const chain::Commit commit = chain::random_commit(random, 1 + random.below(20));
        expect_agreement(commit, message_of(commit), chain::encode_commit, chain::decode_commit);
        std::vector<Bytes> leaves;
        for (const chain::CommitSig& sig : commit.signatures()) {
            leaves.push_back(serialize_as_go(message_of(sig)));
        }
        EXPECT_EQ(chain::last_commit_hash(commit), crypto::merkle_root(leaves));
    }
    EXPECT_EQ(chain::encode_last_commit({}), serialize_as_go(tendermint::types::Commit()));
}

/// A field of the header as its hash sees it: a message of google/protobuf/wrappers.proto.
template <typename Wrapper, typename Value>
Bytes wrapped(const Value& value) {
    Wrapper wrapper;
    wrapper.set_value(value);
    return serialize(wrapper);
}

std::vector<Bytes> hash_leaves(tendermint::types::Header header) {
    using google::protobuf::BytesValue;
    using google::protobuf::Int64Value;
    using google::protobuf::StringValue;
    fill_non_nullable(header);
    return {
        serialize(header.version()),
        wrapped<StringValue>(header.chain_id()),
        wrapped<Int64Value>(header.height()),
        serialize(header.time()),
        serialize(header.last_block_id()),
        wrapped<BytesValue>(header.last_commit_hash()),
        wrapped<BytesValue>(header.data_hash()),
        wrapped<BytesValue>(header.validators_hash()),
        wrapped<BytesValue>(header.next_validators_hash()),
        wrapped<BytesValue>(header.consensus_hash()),
        wrapped<BytesValue>(header.app_hash()),
        wrapped<BytesValue>(header.last_results_hash()),
        wrapped<BytesValue>(header.evidence_hash()),
        wrapped<BytesValue>(header.proposer_address()),
    };
}

TEST(Agreement, headers_and_their_hashes) {
    SeededRandom random(5);
    for (int i = 0; i < rounds; ++i) {
        const chain::Header header = chain::random_header(random);
        expect_agreement(header, message_of(header), chain::encode_header, chain::decode_header);
        EXPECT_EQ(chain::header_hash(header), crypto::merkle_root(hash_leaves(message_of(header))));
    }
}

TEST(Agreement, parts) {
    SeededRandom random(6);
    for (const std::size_t size : {std::size_t{1}, std::size_t{65'536}, std::size_t{200'000}}) {
        const chain::PartSet set = chain::PartSet::cut(random_bytes(random, size, size));
        for (std::uint32_t i = 0; i < set.header().total; ++i) {
            const chain::Part& part = *set.part(i);
            expect_agreement(part, message_of(part), chain::encode_part, chain::decode_part);
        }
    }
}

TEST(Agreement, transactions_and_their_proofs) {
    SeededRandom random(7);
    for (int i = 0; i < rounds / 10; ++i) {
        std::vector<Bytes> txs;
        tendermint::types::Data data;
        for (std::uint64_t count = random.below(20) + 1; count > 0; --count) {
            txs.push_back(random_bytes(random, 1, 50));
            data.add_txs(text_of(txs.back()));
        }
        expect_agreement(txs, data, chain::encode_data, chain::decode_data);
        const chain::TxProof proof = chain::prove_tx(txs, random.below(txs.size()));
        expect_agreement(proof, message_of(proof), chain::encode_tx_proof, chain::decode_tx_proof);
    }
}

TEST(Agreement, bit_arrays) {
    SeededRandom random(8);
    for (int i = 0; i < rounds; ++i) {
        chain::BitArray bits(random.below(200));
        for (std::size_t j = 0; j < bits.size(); ++j) {
            bits.set(j, random.below(2) == 1);
        }
        expect_agreement(bits, message_of(bits), chain::encode_bit_array, chain::decode_bit_array);
    }
}

TEST(Agreement, results) {
    SeededRandom random(9);
    for (int i = 0; i < rounds; ++i) {
        chain::ExecTxResult result = {
            .code = static_cast<std::uint32_t>(random.below(3)),
            .data = random_bytes(random, 0, 20),
            .log = random_text(random, 10),
            .info = random_text(random, 1),
            .gas_wanted = random_int64(random),
            .gas_used = random_int64(random),
            .codespace = random_text(random, 5),
        };
        for (std::uint64_t count = random.below(4); count > 0; --count) {
            chain::Event& event = result.events.emplace_back();
            event.type = random_text(random, 5);
            event.attributes.resize(random.below(3));
            const std::size_t size_max = random.below(4) == 0 ? 200 : 3;  // of one byte and of two
            for (chain::EventAttribute& attribute : event.attributes) {
                attribute = {
                    random_text(random, 3), random_text(random, size_max), random.below(2) == 1
                };
            }
        }
        expect_agreement(
            result, message_of(result), chain::encode_exec_tx_result, chain::decode_exec_tx_result
        );
        tendermint::abci::ExecTxResult agreed = message_of(result);
        agreed.clear_log();
        agreed.clear_info();
        agreed.clear_events();
        agreed.clear_codespace();
        EXPECT_EQ(chain::encode_agreed_result(result), serialize_as_go(agreed));
    }
}

TEST(Agreement, consensus_params) {
    using enum crypto::KeyType;
    SeededRandom random(10);
    for (int i = 0; i < rounds; ++i) {
        chain::ConsensusParams params;
        params.block.max_bytes = 1 + static_cast<std::int64_t>(random.below(100 << 20));
        params.block.max_gas = static_cast<std::int64_t>(random.below(1000)) - 1;
        params.evidence.max_age_num_blocks = 1 + random_int64(random) / 2;
        params.evidence.max_age_duration = std::chrono::nanoseconds(1 + random_int64(random) / 2);
        params.evidence.max_bytes = static_cast<std::int64_t>(
            random.below(static_cast<std::uint64_t>(params.block.max_bytes) + 1)
        );
        params.validator.pub_key_types =
            random.below(2) == 0 ? std::vector{ed25519} : std::vector{ed25519, secp256k1};
        params.version.app = random.next_u64() >> random.below(64);

        expect_agreement(
            params,
            message_of(params),
            chain::encode_consensus_params,
            chain::decode_consensus_params
        );
        tendermint::types::HashedParams hashed;
        hashed.set_block_max_bytes(params.block.max_bytes);
        hashed.set_block_max_gas(params.block.max_gas);
        EXPECT_EQ(chain::consensus_hash(params), crypto::sha256(serialize(hashed)));
    }
}

TEST(Agreement, validators) {
    SeededRandom random(11);
    for (int i = 0; i < rounds / 10; ++i) {
        std::vector<chain::VotingPower> powers(1 + random.below(8));
        for (chain::VotingPower& power : powers) {
            power = 1 + static_cast<chain::VotingPower>(random.below(1'000'000));
        }
        const auto type = i % 2 == 0 ? crypto::KeyType::ed25519 : crypto::KeyType::secp256k1;
        const chain::ValidatorSet set = test::validators_with_power(powers, type).validators;
        expect_agreement(
            set, message_of(set), chain::encode_validator_set, chain::decode_validator_set
        );

        std::vector<Bytes> leaves;
        for (const chain::Validator& validator : set.validators()) {
            tendermint::types::SimpleValidator simple;
            *simple.mutable_pub_key() = message_of(validator.public_key());
            simple.set_voting_power(validator.voting_power());
            leaves.push_back(serialize_as_go(simple));
        }
        EXPECT_EQ(set.hash(), crypto::merkle_root(leaves));
    }
}

chain::Vote signed_vote(const crypto::PrivateKey& key, int block) {
    chain::Vote vote = {
        .type = chain::SignedMsgType::prevote,
        .height = chain::Height(7),
        .block_id = test::block_id(block),
        .timestamp = test::time_after(block),
        .validator_address = key.public_key().address(),
    };
    vote.signature = key.sign(chain::sign_bytes(vote, name));
    return vote;
}

/// Two votes, and a light block that lies about the state.
std::vector<chain::Evidence> sample_evidence(const test::SigningSet& set) {
    const auto header = [&](std::int64_t height, int number) {
        return test::header(name, chain::Height(height), set.validators, number);
    };
    const chain::LightBlock trusted = test::sign_light_block(set, header(8, 1), "ccc");
    const chain::LightBlock lie = test::sign_light_block(set, header(8, 2), "cca");
    return {
        chain::make_duplicate_vote_evidence(
            signed_vote(set.keys[0], 1),
            signed_vote(set.keys[0], 2),
            set.validators,
            test::time_after(3)
        )
            .value(),
        chain::make_light_client_attack_evidence(
            lie, trusted.signed_header(), header(5, 1), set.validators
        )
            .value(),
    };
}

TEST(Agreement, evidence_and_its_hash) {
    const test::SigningSet set = test::validators_with_power({50, 30, 20});
    const std::vector<chain::Evidence> list = sample_evidence(set);
    tendermint::types::EvidenceList message;
    std::vector<Bytes> leaves;
    for (const chain::Evidence& evidence : list) {
        expect_agreement(
            evidence, message_of(evidence), chain::encode_evidence, chain::decode_evidence
        );
        tendermint::types::Evidence& added = *message.add_evidence();
        added = message_of(evidence);
        leaves.push_back(
            added.has_duplicate_vote_evidence()
                ? serialize_as_go(added.duplicate_vote_evidence())
                : serialize_as_go(added.light_client_attack_evidence())
        );
    }
    expect_agreement(list, message, chain::encode_evidence_list, chain::decode_evidence_list);
    EXPECT_EQ(chain::evidence_hash(list), crypto::merkle_root(leaves));
}

TEST(Agreement, light_blocks) {
    const test::SigningSet set = test::validators_with_power({50, 30, 20});
    const chain::LightBlock block =
        test::sign_light_block(set, test::header(name, chain::Height(8), set.validators, 1), "can");
    expect_agreement(
        block.signed_header(),
        message_of(block.signed_header()),
        chain::encode_signed_header,
        chain::decode_signed_header
    );
    expect_agreement(
        block, message_of(block), chain::encode_light_block, chain::decode_light_block
    );
}

chain::Block random_block(RandomSource& random, bool is_first) {
    chain::Block block;
    block.header = chain::random_header(random);
    block.header.last_block_id.reset();
    if (!is_first) {
        block.last_commit = chain::random_commit(random, 1 + random.below(5));
        block.header.height = block.last_commit->height().next();
        block.header.last_block_id = block.last_commit->block_id();
    }
    for (std::uint64_t count = random.below(10); count > 0; --count) {
        block.txs.push_back(random_bytes(random, 1, 200));
    }
    if (random.below(2) == 0) {
        block.evidence = sample_evidence(test::validators_with_power({50, 30, 20}));
    }
    chain::seal_contents(block);
    return block;
}

TEST(Agreement, blocks_and_their_metas) {
    SeededRandom random(12);
    for (int i = 0; i < rounds / 5; ++i) {
        const chain::Block block = random_block(random, i % 4 == 0);
        expect_agreement(block, message_of(block), chain::encode_block, chain::decode_block);
        const chain::BlockMeta meta = chain::make_block_meta(block, chain::make_part_set(block));
        expect_agreement(
            meta, message_of(meta), chain::encode_block_meta, chain::decode_block_meta
        );
    }
}

}  // namespace
}  // namespace steelyard::proto
