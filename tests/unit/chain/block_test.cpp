#include "chain/block.h"

#include "samples.h"

#include "base/base64.h"
#include "crypto/public_key.h"

namespace steelyard::chain {
namespace {

Hash256 hash(std::string_view hex) {
    Hash256 out;
    EXPECT_TRUE(from_hex(hex, out));
    return out;
}

Address address(std::string_view hex) {
    Address out;
    EXPECT_TRUE(from_hex(hex, out));
    return out;
}

CommitSig commit_sig(
    std::string_view validator, std::string_view timestamp, std::string_view signature
) {
    const Bytes bytes = *from_base64(signature);
    Signature array{};
    EXPECT_EQ(bytes.size(), array.size());
    std::ranges::copy(bytes, array.begin());
    return CommitSig(BlockIdFlag::commit, address(validator), *Timestamp::parse(timestamp), array);
}

const std::string_view empty_hash =
    "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";

/// Block 10818 of the chain devnet0, two secp256k1 validators, as /block answered it on 2023-06-14
/// (rigochain/rigo-sdk-js, test/unit/rigo_rpc_methods/fixtures/block.ts).
Block devnet_block() {
    const BlockId last_block_id = {
        .hash = hash("B7F270DE82C5EB38828784923720A7C104F7224294BB52A6E120C065F3572E02"),
        .parts =
            {.total = 1,
             .hash = hash("D45611FF960D47A62351181E3D7A1CFECAC773681884BA04614C637C9C2C8166")},
    };
    return Block{
        .header =
            {
                .version = {.block = 11, .app = 72'057'594'275'268'382},
                .chain_id = *ChainId::parse("devnet0"),
                .height = Height(10818),
                .time = *Timestamp::parse("2023-06-14T10:17:42.164478437Z"),
                .last_block_id = last_block_id,
                .last_commit_hash =
                    hash("A5253ABF9ED8F0217F5B5FACFC3B6DB6E14D0FB8CFF8366D0D818914DD712F0A"),
                .data_hash = hash(empty_hash),
                .validators_hash =
                    hash("5B2FCAEBDFD9E6CB6CBE441B1F0060923986C25B910445AEDEC907C12DFC1B5E"),
                .next_validators_hash =
                    hash("5B2FCAEBDFD9E6CB6CBE441B1F0060923986C25B910445AEDEC907C12DFC1B5E"),
                .consensus_hash =
                    hash("048091BC7DDC283F77BFBF91D73C44DA58C3DF8A9CBC867405D8B7F3DAADA22F"),
                .app_hash =
                    hash("5421B4C31EAE7BC682E6D1D4C3575AA03D1EB152189D59C8034627377665D014"),
                .last_results_hash = hash(empty_hash),
                .evidence_hash = hash(empty_hash),
                .proposer_address = address("735DC3FC8BCCFD7810BCC14DB49234C1BCE7758B"),
            },
        .txs = {},
        .evidence = {},
        .last_commit = *Commit::make(
            Height(10817),
            Round(0),
            last_block_id,
            {commit_sig(
                 "735DC3FC8BCCFD7810BCC14DB49234C1BCE7758B",
                 "2023-06-14T10:17:42.164478437Z",
                 "FOTXUdRJFUh4ucMQv63ErJPg7bSf1AE2eZOJ0gMH/"
                 "GRv9K34byT1JmGux11kvbCSM6TBEArWr5mA6jikXdebIQ"
                 "=="
             ),
             commit_sig(
                 "0F2AEF9D9269986686414DCB6F9DBC79514A6694",
                 "2023-06-14T10:17:42.262568104Z",
                 "VNz7IzlpmkpvxWwDYCDwEz06JN3vqkwicZQ0KZ14dtcbfmu2gG8iu1jt8mphR3CwOfphFOgn9VMyJmHub"
                 "A5DNw"
                 "=="
             )}
        ),
    };
}

/// Block 103755 of the chain lottery, one ed25519 validator, as /block answered it on 2022-03-25
/// (sheriff-rango/lottery-dashboard, src/pages/Blocks/temp.ts).
Block lottery_block() {
    const BlockId last_block_id = {
        .hash = hash("21DCDB672E5905BAB9DFF47E4E3F0399FC96458C610359B6039D32D350167B15"),
        .parts =
            {.total = 1,
             .hash = hash("9F15D2C1C85AF8F5E96244658AF0BC29143D17927C22262906E769AA377B4D19")},
    };
    Block block = devnet_block();
    block.header.version.app = 0;
    block.header.chain_id = *ChainId::parse("lottery");
    block.header.height = Height(103'755);
    block.header.time = *Timestamp::parse("2022-03-25T00:59:00.717333741Z");
    block.header.last_block_id = last_block_id;
    block.header.last_commit_hash =
        hash("F1C977651C4961FB4B6D93332159522C20B444EA316C2C29E31983D6A49F8E79");
    block.header.validators_hash =
        hash("0640461FB73630D733A889AAA2CC343DEFBE4B939AB9732182BDFA42A41DB78E");
    block.header.next_validators_hash = block.header.validators_hash;
    block.header.app_hash =
        hash("53A4D750C2E90A0424F404598FDEA4BAA9643F185E2422CAF86B1D9A4E18128D");
    block.header.proposer_address = address("7BCA68DC6065AD565BFFBFDBD6F318E517035BA8");
    block.last_commit = *Commit::make(
        Height(103'754),
        Round(0),
        last_block_id,
        {commit_sig(
            "7BCA68DC6065AD565BFFBFDBD6F318E517035BA8",
            "2022-03-25T00:59:00.717333741Z",
            "T5rIO5LnxbkPSDasp2PJ6oMT9cFP0widW/xmAXpX1Bt1Xoxf3hqD94191/"
            "9SgUizq7fijH0cgw5swHhgBV2uDQ=="
        )}
    );
    return block;
}

TEST(RealBlock, has_its_hashes_and_parts) {
    const Block devnet = devnet_block();
    const Block lottery = lottery_block();

    EXPECT_EQ(error_of(validate(devnet)), "");
    EXPECT_EQ(
        block_id(devnet.header, make_part_set(devnet)),
        (BlockId{
            .hash = hash("97EA623844694395542AA9FEC7155D9601C2C3914E32CF9B83595DCCFB4AA153"),
            .parts =
                {.total = 1,
                 .hash = hash("A2B4D76753C13B6CE09CF5CC7303B69196252D5AF9C97444BC6613B664EB4B7D")},
        })
    );
    EXPECT_EQ(error_of(validate(lottery)), "");
    EXPECT_EQ(
        block_id(lottery.header, make_part_set(lottery)),
        (BlockId{
            .hash = hash("C729136F7740C4B34A1C59DE97E3247C92D4308F0EAAB854E802D1261423960F"),
            .parts =
                {.total = 1,
                 .hash = hash("7A885C98E6D8243F1AAD3C662673F8D881453C5128496CA052B792A2244D5DF4")},
        })
    );
}

// The keys are of the same project's fixtures/dump_consensus_state.ts.
TEST(RealBlock, carries_valid_signatures) {
    const Block block = devnet_block();
    const auto key = [](std::string_view base64) {
        return *crypto::PublicKey::parse(crypto::KeyType::secp256k1, *from_base64(base64));
    };
    const auto verify = [&](ValidatorIndex index, std::string_view base64) {
        return verify_vote(
            block.last_commit->vote(index).value(), block.header.chain_id, key(base64)
        );
    };
    const std::string_view first = "A/AV2ZiRERgkTb1n7e3Q2Fm+1F4YhxG/4CNxVHmrdcUU";
    const std::string_view second = "ApnfDO08KAP9VFXrjr51YrC1p2HDUpisSE+ZmKPOJoMb";

    EXPECT_EQ(error_of(verify(0, first)), "");
    EXPECT_EQ(error_of(verify(1, second)), "");
    EXPECT_FALSE(verify(0, second));
}

/// A sealed block with two transactions and a commit of three validators.
Block sample_block() {
    SeededRandom random(1);
    Block block;
    block.header = random_header(random);
    block.txs = {{1, 2, 3}, {4}};
    const Commit commit = random_commit(random, 3);
    block.header.height = commit.height().next();
    block.header.last_block_id = commit.block_id();
    block.last_commit = commit;
    seal_contents(block);
    return block;
}

/// A sealed block with nothing before it.
Block first_block() {
    SeededRandom random(2);
    Block block;
    block.header = random_header(random);
    block.header.height = Height(1);
    block.header.last_block_id = std::nullopt;
    seal_contents(block);
    return block;
}

TEST(Block, goes_both_ways) {
    expect_round_trip(sample_block(), encode_block, decode_block);
    expect_round_trip(first_block(), encode_block, decode_block);
}

TEST(Block, of_the_first_height_has_an_empty_commit) {
    const Bytes bytes = encode_block(first_block());

    EXPECT_TRUE(
        to_hex(bytes).ends_with("12001a002204"
                                "1a021200")
    );
    EXPECT_EQ(to_hex_upper(first_block().header.last_commit_hash), empty_hash);
}

TEST(Block, carries_evidence) {
    SeededRandom random(3);
    Vote vote_a = random_vote(random);
    Vote vote_b = vote_a;
    vote_a.block_id = std::nullopt;  // sorts before every block
    vote_b.block_id = random_block_id(random);
    const DuplicateVoteEvidence evidence = {
        .vote_a = vote_a,
        .vote_b = vote_b,
        .total_voting_power = 10,
        .validator_power = 3,
        .timestamp = random_time(random),
    };
    Block block = sample_block();
    block.evidence = {evidence};

    EXPECT_FALSE(validate(block));
    seal_contents(block);
    expect_round_trip(block, encode_block, decode_block);
}

// CometBFT v0.38 types/block_test.go, TestBlockValidateBasic.
TEST(Block, is_what_its_header_says) {
    const Block good = sample_block();
    ASSERT_EQ(error_of(validate(good)), "");
    Block block = good;

    block.txs[0][0] ^= 1;
    EXPECT_THAT(error_of(validate(block)), testing::StartsWith("Block.header: data_hash is "));
    block = good;
    block.header.data_hash[0] ^= 1;
    EXPECT_FALSE(validate(block));
    block = good;
    block.header.evidence_hash[0] ^= 1;
    EXPECT_THAT(error_of(validate(block)), testing::StartsWith("Block.header: evidence_hash is "));
    block = good;
    block.header.last_commit_hash[0] ^= 1;
    EXPECT_THAT(
        error_of(validate(block)), testing::StartsWith("Block.header: last_commit_hash is ")
    );
    block = good;
    const auto& signatures = good.last_commit->signatures();
    block.last_commit = *Commit::make(
        good.last_commit->height(),
        good.last_commit->round(),
        good.last_commit->block_id(),
        {signatures.begin(), signatures.begin() + 1}
    );
    EXPECT_THAT(
        error_of(validate(block)), testing::StartsWith("Block.header: last_commit_hash is ")
    );
}

TEST(Block, has_the_commit_of_the_block_before) {
    Block block = sample_block();

    block.header.height = block.header.height.next();
    EXPECT_THAT(error_of(validate(block)), testing::StartsWith("Block.last_commit: is of height "));
    block = sample_block();
    block.header.last_block_id->hash[0] ^= 1;
    EXPECT_EQ(error_of(validate(block)), "Block.last_commit: is not for the last block");
    block = sample_block();
    block.header.last_block_id = std::nullopt;
    EXPECT_EQ(
        error_of(validate(block)), "Block.last_commit: a last block and its commit go together"
    );
    block = sample_block();
    block.last_commit = std::nullopt;
    EXPECT_EQ(
        error_of(validate(block)), "Block.last_commit: a last block and its commit go together"
    );
}

TEST(Block, needs_all_its_fields) {
    const std::vector<Bytes> without = without_each_field(encode_block(first_block()));

    ASSERT_EQ(without.size(), 4U);
    for (const Bytes& shorter : without) {
        EXPECT_THAT(error_of(decode_block(shorter)), testing::EndsWith("is missing"));
    }
}

TEST(Block, is_refused_by_its_size_before_it_is_read) {
    const Bytes bytes(block_size_max + 1);

    EXPECT_EQ(error_of(decode_block(bytes)), "Block: has 104857601 bytes, limit 104857600");
}

TEST(Block, travels_in_parts) {
    Block block = sample_block();
    block.txs = {Bytes(2 * part_size, 7)};
    seal_contents(block);

    const PartSet parts = make_part_set(block);

    EXPECT_EQ(parts.header().total, 3U);
    EXPECT_EQ(decode_block(parts.join()), block);
}

// CometBFT v0.38 types/block_test.go, TestBlockMaxDataBytes.
TEST(DataSizeMax, matches_cometbft) {
    EXPECT_EQ(data_size_max(10, 0, 1), std::nullopt);
    EXPECT_EQ(data_size_max(841, 0, 1), std::nullopt);
    EXPECT_EQ(data_size_max(842, 0, 1), 0);
    EXPECT_EQ(data_size_max(843, 0, 1), 1);
    EXPECT_EQ(data_size_max(954, 0, 2), 1);
    EXPECT_EQ(data_size_max(1053, 100, 2), 0);
}

TEST(BlockMeta, goes_both_ways) {
    const Block block = sample_block();
    const PartSet parts = make_part_set(block);
    const BlockMeta meta = make_block_meta(block, parts);

    EXPECT_EQ(meta.block_size, static_cast<std::int64_t>(encode_block(block).size()));
    EXPECT_EQ(meta.num_txs, 2);
    EXPECT_EQ(meta.block_id, block_id(block.header, parts));
    expect_round_trip(meta, encode_block_meta, decode_block_meta);
}

TEST(BlockMeta, is_named_after_its_header) {
    const Block block = sample_block();
    const BlockMeta good = make_block_meta(block, make_part_set(block));
    const auto refusal = [](const BlockMeta& meta) {
        return error_of(decode_block_meta(encode_block_meta(meta)));
    };
    BlockMeta meta = good;

    meta.block_id.hash[0] ^= 1;
    EXPECT_EQ(refusal(meta), "BlockMeta.block_id: is not the header's hash");
    meta = good;
    meta.block_size = -1;
    EXPECT_EQ(refusal(meta), "BlockMeta.block_size: -1 is not in 0..104857600");
    meta = good;
    meta.num_txs = 1'000'001;
    EXPECT_EQ(refusal(meta), "BlockMeta.num_txs: 1000001 is not in 0..1000000");
    meta = good;
    meta.block_size = 65'536;
    EXPECT_EQ(refusal(meta), "");
    meta.block_size = 65'537;
    EXPECT_EQ(refusal(meta), "BlockMeta.block_id: 1 parts for 65537 bytes");
}

}  // namespace
}  // namespace steelyard::chain
