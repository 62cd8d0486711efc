#include "chain/light_block.h"

#include "base/protowire.h"
#include "samples.h"
#include "tests/support/chain_builders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::chain {
namespace {

using test::sign_light_block;
using test::SigningSet;
using test::validators_with_power;
using testing::HasSubstr;

const ChainId chain_id = test::chain_id("light-1");

LightBlock sample(const SigningSet& set) {
    return sign_light_block(set, test::header(chain_id, Height(7), set.validators, 1), "cna");
}

TEST(SignedHeader, belongs_to_the_block_that_its_commit_is_for) {
    const LightBlock block = sample(validators_with_power({3, 2, 1}));
    Header other = block.header();
    other.app_hash = Hash256{};
    Header later = block.header();
    later.height = Height(8);

    EXPECT_EQ(block.signed_header().hash(), header_hash(block.header()));
    EXPECT_TRUE(SignedHeader::make(block.header(), block.commit()));
    EXPECT_THAT(error_of(SignedHeader::make(other, block.commit())), HasSubstr("the header is"));
    EXPECT_THAT(error_of(SignedHeader::make(later, block.commit())), HasSubstr("header of 8"));
}

TEST(LightBlock, has_the_validators_that_its_header_names) {
    const SigningSet set = validators_with_power({3, 2, 1});
    const LightBlock block = sample(set);

    EXPECT_TRUE(LightBlock::make(block.signed_header(), set.validators.after_turns(5)));
    EXPECT_THAT(
        error_of(
            LightBlock::make(block.signed_header(), validators_with_power({3, 2, 2}).validators)
        ),
        HasSubstr("names validator set")
    );
}

TEST(LightBlock, has_one_encoding) {
    const LightBlock block = sample(validators_with_power({3, 2, 1}));
    const Bytes bytes = encode_light_block(block);

    const auto decoded = decode_light_block(bytes);
    ASSERT_TRUE(decoded) << error_of(decoded);
    EXPECT_EQ(*decoded, block);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        Bytes changed = bytes;
        changed[i] ^= 0x01;
        if (const auto value = decode_light_block(changed)) {
            EXPECT_EQ(encode_light_block(*value), changed) << "byte " << i;
        }
        EXPECT_FALSE(decode_light_block(ByteView(bytes).first(i)));
    }
}

TEST(LightBlock, is_refused_without_one_of_its_parts) {
    const LightBlock block = sample(validators_with_power({3, 2, 1}));
    const auto message = [](std::uint32_t field, const Bytes& bytes) {
        ProtoWriter writer;
        writer.message(field, bytes);
        return std::move(writer).take();
    };
    EXPECT_THAT(
        error_of(decode_light_block(message(1, encode_signed_header(block.signed_header())))),
        HasSubstr("LightBlock.validator_set")
    );
    EXPECT_THAT(
        error_of(decode_light_block(message(2, encode_validator_set(block.validators())))),
        HasSubstr("LightBlock.signed_header")
    );
    EXPECT_THAT(
        error_of(decode_signed_header(message(1, encode_header(block.header())))),
        HasSubstr("SignedHeader.commit")
    );
    EXPECT_THAT(
        error_of(decode_signed_header(message(2, encode_commit(block.commit())))),
        HasSubstr("SignedHeader.header")
    );
}

}  // namespace
}  // namespace steelyard::chain
