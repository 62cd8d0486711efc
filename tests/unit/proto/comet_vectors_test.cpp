// The encodings that CometBFT's own tests fix, made by our generated classes and read back.
#include "base/check.h"
#include "base/hex.h"
#include "crypto/sha256.h"
#include "proto/codec.h"
#include "proto/non_nullable.h"

#include "tendermint/blocksync/types.pb.h"
#include "tendermint/consensus/types.pb.h"
#include "tendermint/mempool/types.pb.h"
#include "tendermint/p2p/conn.pb.h"
#include "tendermint/p2p/pex.pb.h"
#include "tendermint/privval/types.pb.h"
#include "tendermint/statesync/types.pb.h"
#include "tendermint/types/evidence.pb.h"
#include "tests/support/vector_file.h"

#include <gtest/gtest.h>
#include <map>
#include <set>

namespace steelyard::proto {
namespace {

using namespace tendermint;

constexpr ParseLimits limits = {.bytes_max = 4096, .elements_max = 100};
constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int32_t int32_max = std::numeric_limits<std::int32_t>::max();
constexpr std::uint32_t uint32_max = std::numeric_limits<std::uint32_t>::max();

std::string sha256_of(std::string_view text) {
    return std::string(as_text(crypto::sha256(as_bytes(text))));
}

std::string address_of(std::string_view text) {
    return sha256_of(text).substr(0, 20);
}

/// The vectors "area.name,hex" of one area; each must be asked for by the time the test ends.
class Vectors {
public:
    explicit Vectors(std::string_view area) : area_(area) {
        for (const auto& row : read_vector_file("comet/messages.csv")) {
            if (!row.empty() && row[0].starts_with(area_ + ".")) {
                hex_by_name_[row[0].substr(area_.size() + 1)] = row.at(1);
            }
        }
    }

    ~Vectors() {
        EXPECT_FALSE(used_.empty());
        for (const auto& [name, hex] : hex_by_name_) {
            EXPECT_TRUE(used_.contains(name)) << "vector " << area_ << "." << name << " is unused";
        }
    }

    /// The message, completed, encodes to the vector; the vector is accepted and gives it back.
    template <typename Message>
    void expect(const std::string& name, Message message) {
        used_.insert(name);
        const std::string hex = hex_by_name_[name];

        fill_non_nullable(message);
        EXPECT_EQ(to_hex(serialize(message)), hex) << name;

        Message read;
        const Result<void> parsed = strict_parse(read, from_hex(hex).value(), limits);
        EXPECT_TRUE(parsed) << name << ": " << parsed.error().message();
        EXPECT_EQ(read.DebugString(), message.DebugString());
    }

private:
    std::string area_;
    std::map<std::string, std::string> hex_by_name_;
    std::set<std::string> used_;
};

void set_block_id(types::BlockID& id, std::uint32_t total, std::string hash, std::string parts) {
    id.set_hash(std::move(hash));
    id.mutable_part_set_header()->set_total(total);
    id.mutable_part_set_header()->set_hash(std::move(parts));
}

TEST(CometVectors, consensus_steps) {
    Vectors vectors("consensus_steps");
    consensus::Message message;

    auto& step = *message.mutable_new_round_step();
    step.set_height(1);
    step.set_round(1);
    step.set_step(1);
    step.set_seconds_since_start_time(1);
    step.set_last_commit_round(1);
    vectors.expect("new_round_step", message);

    step.set_height(int64_max);
    step.set_round(int32_max);
    step.set_step(uint32_max);
    step.set_seconds_since_start_time(int64_max);
    step.set_last_commit_round(int32_max);
    vectors.expect("new_round_step_max", message);

    auto& has_vote = *message.mutable_has_vote_message();
    has_vote.set_height(1);
    has_vote.set_round(1);
    has_vote.set_type(types::SIGNED_MSG_TYPE_PREVOTE);
    has_vote.set_index(1);
    vectors.expect("has_vote", message);

    has_vote.set_height(int64_max);
    has_vote.set_round(int32_max);
    has_vote.set_index(int32_max);
    vectors.expect("has_vote_max", message);
}

/// What TestConsMsgsVectors puts into every hash and signature.
const std::string hash_text = "add_more_exclamation_marks_code-";
const std::string address_text = "add_more_exclamation";
constexpr std::int64_t date_seconds = 1'535'630'400;  // 2018-08-30T12:00:00Z

/// NewBitArray(1) of CometBFT: one bit, not set, which still fills an element.
void set_one_bit(libs::bits::BitArray& bits) {
    bits.set_bits(1);
    bits.add_elems(0);
}

TEST(CometVectors, consensus_blocks) {
    Vectors vectors("consensus_blocks");
    consensus::Message message;

    auto& valid = *message.mutable_new_valid_block();
    valid.set_height(1);
    valid.set_round(1);
    valid.mutable_block_part_set_header()->set_total(1);
    valid.mutable_block_part_set_header()->set_hash(hash_text);
    set_one_bit(*valid.mutable_block_parts());
    vectors.expect("new_valid_block", message);

    auto& proposal = *message.mutable_proposal()->mutable_proposal();
    proposal.set_type(types::SIGNED_MSG_TYPE_PROPOSAL);
    proposal.set_height(1);
    proposal.set_round(1);
    proposal.set_pol_round(1);
    set_block_id(*proposal.mutable_block_id(), 1, hash_text, hash_text);
    proposal.mutable_timestamp()->set_seconds(date_seconds);
    proposal.set_signature(address_text);
    vectors.expect("proposal", message);

    message.mutable_proposal_pol()->set_height(1);
    message.mutable_proposal_pol()->set_proposal_pol_round(1);
    vectors.expect("proposal_pol", message);

    auto& block_part = *message.mutable_block_part();
    block_part.set_height(1);
    block_part.set_round(1);
    block_part.mutable_part()->set_index(1);
    block_part.mutable_part()->set_bytes("test");
    block_part.mutable_part()->mutable_proof()->set_total(1);
    block_part.mutable_part()->mutable_proof()->set_index(1);
    block_part.mutable_part()->mutable_proof()->set_leaf_hash(hash_text);
    vectors.expect("block_part", message);
}

TEST(CometVectors, consensus_votes) {
    Vectors vectors("consensus_votes");
    consensus::Message message;

    auto& vote = *message.mutable_vote()->mutable_vote();
    vote.set_type(types::SIGNED_MSG_TYPE_PRECOMMIT);
    vote.set_height(1);
    set_block_id(*vote.mutable_block_id(), 1, hash_text, hash_text);
    vote.mutable_timestamp()->set_seconds(date_seconds);
    vote.set_validator_address(address_text);
    vote.set_validator_index(1);
    vectors.expect("vote", message);

    vote.set_extension("extension");
    vectors.expect("vote_with_extension", message);

    auto& majority = *message.mutable_vote_set_maj23();
    majority.set_height(1);
    majority.set_round(1);
    majority.set_type(types::SIGNED_MSG_TYPE_PREVOTE);
    set_block_id(*majority.mutable_block_id(), 1, hash_text, hash_text);
    vectors.expect("vote_set_maj23", message);

    auto& bits = *message.mutable_vote_set_bits();
    bits.set_height(1);
    bits.set_round(1);
    bits.set_type(types::SIGNED_MSG_TYPE_PREVOTE);
    set_block_id(*bits.mutable_block_id(), 1, hash_text, hash_text);
    set_one_bit(*bits.mutable_votes());
    vectors.expect("vote_set_bits", message);
}

TEST(CometVectors, blocksync) {
    Vectors vectors("blocksync");
    blocksync::Message message;

    message.mutable_block_request()->set_height(1);
    vectors.expect("block_request", message);
    message.mutable_block_request()->set_height(int64_max);
    vectors.expect("block_request_max", message);

    message.mutable_no_block_response()->set_height(1);
    vectors.expect("no_block_response", message);
    message.mutable_no_block_response()->set_height(int64_max);
    vectors.expect("no_block_response_max", message);

    message.mutable_status_request();
    vectors.expect("status_request", message);

    message.mutable_status_response()->set_height(1);
    message.mutable_status_response()->set_base(2);
    vectors.expect("status_response", message);
    message.mutable_status_response()->set_height(int64_max);
    message.mutable_status_response()->set_base(int64_max);
    vectors.expect("status_response_max", message);

    // A block that was never proposed: its time is Go's zero time, its last block id is empty.
    auto& block = *message.mutable_block_response()->mutable_block();
    const std::string tx = "Hello World";
    const crypto::Hash256 tx_hash = crypto::sha256(as_bytes(tx));
    const Bytes leaf_prefix = {0};
    block.mutable_header()->mutable_version()->set_block(11);
    block.mutable_header()->set_height(3);
    block.mutable_header()->set_data_hash(std::string(as_text(crypto::sha256({leaf_prefix, tx_hash})
    )));
    block.mutable_header()->set_evidence_hash(sha256_of(""));
    block.mutable_data()->add_txs(tx);
    vectors.expect("block_response", message);
}

TEST(CometVectors, mempool) {
    Vectors vectors("mempool");

    mempool::Message one_byte;
    one_byte.mutable_txs()->add_txs("{");
    vectors.expect("one_byte", one_byte);

    mempool::Message text;
    text.mutable_txs()->add_txs("proto encoding in mempool");
    vectors.expect("text", text);
}

TEST(CometVectors, statesync) {
    Vectors vectors("statesync");
    statesync::Message message;

    message.mutable_snapshots_request();
    vectors.expect("snapshots_request", message);

    auto& snapshot = *message.mutable_snapshots_response();
    snapshot.set_height(1);
    snapshot.set_format(2);
    snapshot.set_chunks(3);
    snapshot.set_hash("chuck hash");
    snapshot.set_metadata("snapshot metadata");
    vectors.expect("snapshots_response", message);

    message.mutable_chunk_request()->set_height(1);
    message.mutable_chunk_request()->set_format(2);
    message.mutable_chunk_request()->set_index(3);
    vectors.expect("chunk_request", message);

    message.mutable_chunk_response()->set_height(1);
    message.mutable_chunk_response()->set_format(2);
    message.mutable_chunk_response()->set_index(3);
    message.mutable_chunk_response()->set_chunk("it's a chunk");
    vectors.expect("chunk_response", message);
}

TEST(CometVectors, p2p) {
    Vectors vectors("p2p");

    p2p::Packet packet;
    packet.mutable_packet_ping();
    vectors.expect("packet_ping", packet);
    packet.mutable_packet_pong();
    vectors.expect("packet_pong", packet);
    packet.mutable_packet_msg()->set_channel_id(1);
    packet.mutable_packet_msg()->set_data("data transmitted over the wire");
    vectors.expect("packet_msg", packet);

    p2p::Message message;
    message.mutable_pex_request();
    vectors.expect("pex_request", message);
    auto& address = *message.mutable_pex_addrs()->add_addrs();
    address.set_id("1");
    address.set_ip("127.0.0.1");
    address.set_port(9090);
    vectors.expect("pex_addrs", message);
}

constexpr std::int64_t stamp_seconds = 1'570'983'284;  // 2019-10-13T16:14:44Z

void set_example_block_id(types::BlockID& id) {
    set_block_id(
        id, 1'000'000, sha256_of("blockID_hash"), sha256_of("blockID_part_set_header_hash")
    );
}

types::Vote example_vote(types::SignedMsgType type) {
    types::Vote vote;
    vote.set_type(type);
    vote.set_height(3);
    vote.set_round(2);
    set_example_block_id(*vote.mutable_block_id());
    vote.set_validator_address(address_of("validator_address"));
    vote.set_validator_index(56'789);
    return vote;
}

template <typename Response>
void set_error(Response& response) {
    response.mutable_error()->set_code(1);
    response.mutable_error()->set_description("it's a error");
}

TEST(CometVectors, signer_keys) {
    Vectors vectors("privval_keys");
    privval::Message message;

    message.mutable_ping_request();
    vectors.expect("ping_request", message);
    message.mutable_ping_response();
    vectors.expect("ping_response", message);
    message.mutable_pub_key_request();
    vectors.expect("pub_key_request", message);

    set_error(*message.mutable_pub_key_response());
    vectors.expect("pub_key_response_with_error", message);

    message.mutable_pub_key_response()->clear_error();
    const Bytes key =
        from_hex("556a436f1218d30942efe798420f51dc9b6a311b929c578257457d05c5fcf230").value();
    message.mutable_pub_key_response()->mutable_pub_key()->set_ed25519(std::string(as_text(key)));
    vectors.expect("pub_key_response", message);
}

TEST(CometVectors, signer_votes_and_proposals) {
    Vectors vectors("privval_signatures");
    types::Vote vote = example_vote(types::SIGNED_MSG_TYPE_PRECOMMIT);
    vote.mutable_timestamp()->set_seconds(stamp_seconds);
    vote.set_extension("extension");
    types::Proposal proposal;
    proposal.set_type(types::SIGNED_MSG_TYPE_PREVOTE);  // as the source has it
    proposal.set_height(3);
    proposal.set_round(2);
    proposal.set_pol_round(2);
    set_example_block_id(*proposal.mutable_block_id());
    proposal.mutable_timestamp()->set_seconds(stamp_seconds);
    proposal.set_signature("it's a signature");
    privval::Message message;

    *message.mutable_sign_vote_request()->mutable_vote() = vote;
    vectors.expect("sign_vote_request", message);
    *message.mutable_signed_vote_response()->mutable_vote() = vote;
    vectors.expect("signed_vote_response", message);
    message.mutable_signed_vote_response()->clear_vote();
    set_error(*message.mutable_signed_vote_response());
    vectors.expect("signed_vote_response_with_error", message);

    *message.mutable_sign_proposal_request()->mutable_proposal() = proposal;
    vectors.expect("sign_proposal_request", message);
    *message.mutable_signed_proposal_response()->mutable_proposal() = proposal;
    vectors.expect("signed_proposal_response", message);
    message.mutable_signed_proposal_response()->clear_proposal();
    set_error(*message.mutable_signed_proposal_response());
    vectors.expect("signed_proposal_response_with_error", message);
}

TEST(CometVectors, evidence) {
    Vectors vectors("evidence");
    types::EvidenceList list;
    auto& evidence = *list.add_evidence()->mutable_duplicate_vote_evidence();

    // Both votes are for one block; CometBFT then puts the precommit first.
    *evidence.mutable_vote_a() = example_vote(types::SIGNED_MSG_TYPE_PRECOMMIT);
    *evidence.mutable_vote_b() = example_vote(types::SIGNED_MSG_TYPE_PREVOTE);
    for (types::Vote* vote : {evidence.mutable_vote_a(), evidence.mutable_vote_b()}) {
        vote->mutable_timestamp()->set_seconds(1'514'170'801);  // 2017-12-25T03:00:01.234Z
        vote->mutable_timestamp()->set_nanos(234'000'000);
    }
    evidence.set_total_voting_power(10);
    evidence.set_validator_power(10);
    evidence.mutable_timestamp()->set_seconds(1'546'300'800);  // 2019-01-01T00:00:00Z
    vectors.expect("duplicate_vote", list);
}

}  // namespace
}  // namespace steelyard::proto
