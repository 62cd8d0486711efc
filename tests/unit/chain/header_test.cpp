#include "chain/header.h"

#include "samples.h"

#include "crypto/sha256.h"

namespace steelyard::chain {
namespace {

Hash256 hash_of(std::string_view text) {
    return crypto::sha256(as_bytes(text));
}

/// The header of CometBFT v0.38 types/block_test.go, TestHeaderHash.
Header example_header() {
    Header header = {
        .version = {.block = 1, .app = 2},
        .chain_id = *ChainId::parse("chainId"),
        .height = Height(3),
        .time = *Timestamp::parse("2019-10-13T16:14:44Z"),
        .last_block_id = BlockId{.hash = {}, .parts = {.total = 6, .hash = {}}},
        .last_commit_hash = hash_of("last_commit_hash"),
        .data_hash = hash_of("data_hash"),
        .validators_hash = hash_of("validators_hash"),
        .next_validators_hash = hash_of("next_validators_hash"),
        .consensus_hash = hash_of("consensus_hash"),
        .app_hash = hash_of("app_hash"),
        .last_results_hash = hash_of("last_results_hash"),
        .evidence_hash = hash_of("evidence_hash"),
    };
    const Hash256 proposer = hash_of("proposer_address");
    std::copy_n(proposer.begin(), 20, header.proposer_address.begin());
    return header;
}

TEST(HeaderHash, matches_cometbft) {
    EXPECT_EQ(
        to_hex_upper(header_hash(example_header())),
        "F740121F553B5418C3EFBD343C2DBFE9E007BB67B0D020A0741374BAB65242A4"
    );
}

// CometBFT's kvstore has an application hash of 8 bytes, and no application need have one at first.
TEST(Header, leaves_the_size_of_the_app_hash_to_the_application) {
    for (const std::size_t size : {0U, 1U, 8U, 20U, 32U}) {
        Header header = example_header();
        header.version = {};
        header.app_hash = *AppHash::parse(Bytes(size, 7));

        const Result<Header> decoded = decode_header(encode_header(header));

        ASSERT_TRUE(decoded) << decoded.error().message();
        EXPECT_EQ(*decoded, header);
        EXPECT_EQ(decoded->app_hash.view().size(), size);
    }
    EXPECT_EQ(AppHash::parse(Bytes(33, 7)).error().message(), "has 33 bytes, limit 32");
}

TEST(HeaderHash, tells_app_hashes_of_different_sizes_apart) {
    Header a = example_header();
    Header b = a;
    a.app_hash = *AppHash::parse(Bytes(8, 0));
    b.app_hash = *AppHash::parse(Bytes(9, 0));

    EXPECT_NE(a, b);
    EXPECT_NE(header_hash(a), header_hash(b));
}

TEST(HeaderHash, covers_every_field) {
    const Header good = example_header();
    std::vector<Header> changed(14, good);
    changed[0].version.app = 3;
    changed[1].chain_id = *ChainId::parse("chainIe");
    changed[2].height = Height(4);
    changed[3].time = *Timestamp::parse("2019-10-13T16:14:44.000000001Z");
    changed[4].last_block_id = std::nullopt;
    changed[5].last_commit_hash[0] ^= 1;
    changed[6].data_hash[0] ^= 1;
    changed[7].validators_hash[0] ^= 1;
    changed[8].next_validators_hash[0] ^= 1;
    changed[9].consensus_hash[0] ^= 1;
    changed[10].app_hash = hash_of("other_app_hash");
    changed[11].last_results_hash[0] ^= 1;
    changed[12].evidence_hash[0] ^= 1;
    changed[13].proposer_address[0] ^= 1;

    for (std::size_t i = 0; i < changed.size(); ++i) {
        EXPECT_NE(header_hash(changed[i]), header_hash(good)) << i;
    }
}

TEST(Header, goes_both_ways) {
    SeededRandom random(1);
    for (int i = 0; i < 3; ++i) {
        expect_round_trip(random_header(random), encode_header, decode_header);
    }
}

TEST(Header, refuses_what_is_out_of_range) {
    const auto refusal = [](const Header& header) {
        return error_of(decode_header(encode_header(header)));
    };
    SeededRandom random(2);
    const Header good = random_header(random);
    ASSERT_EQ(refusal(good), "");
    Header header = good;

    header.version.block = 1;
    EXPECT_EQ(refusal(header), "Header.version: Consensus.block: 1 is not the block protocol 11");
    EXPECT_EQ(decode_header(encode_header(header)).error().code(), ErrorCode::unsupported);
    header = good;
    header.chain_id = ChainId();
    EXPECT_EQ(refusal(header), "Header.chain_id: is missing");
    header = good;
    header.height = Height();
    EXPECT_EQ(refusal(header), "Header.height: is missing");
}

TEST(Header, needs_all_its_fields_but_the_app_hash) {
    SeededRandom random(3);
    const Bytes bytes = encode_header(random_header(random));

    const std::vector<Bytes> without = without_each_field(bytes);

    ASSERT_EQ(without.size(), 14U);
    for (std::size_t i = 0; i < without.size(); ++i) {
        const std::string error = error_of(decode_header(without[i]));
        EXPECT_EQ(error.ends_with("is missing"), i + 1 != 11) << "field " << i + 1;
    }
}

// CometBFT v0.38 types/block_test.go, TestMaxHeaderBytes, but that chain ids here are ASCII, which
// takes a byte a character instead of four, and times end with the year 9999.
TEST(Header, stays_within_its_size_limit) {
    Header header = example_header();
    constexpr auto huge = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    header.version = {.block = huge, .app = huge};
    header.chain_id = *ChainId::parse(std::string(50, 'x'));
    header.height = Height(std::numeric_limits<std::int64_t>::max());
    header.time = *Timestamp::from_unix(-1, 999'999'999);
    header.last_block_id->parts.total = 0x7FFF'FFFF;

    EXPECT_EQ(encode_header(header).size(), static_cast<std::size_t>(header_size_max) - 151);
}

}  // namespace
}  // namespace steelyard::chain
