#include "proto/non_nullable.h"

#include "cosmos/staking/v1beta1/tx.pb.h"
#include "proto/codec.h"
#include "tendermint/state/types.pb.h"
#include "tendermint/types/block.pb.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>

namespace steelyard::proto {
namespace {

using tendermint::types::Block;

TEST(NonNullable, fills_what_go_always_writes) {
    Block block;

    fill_non_nullable(block);

    EXPECT_TRUE(block.has_header());
    EXPECT_TRUE(block.header().has_version());
    EXPECT_TRUE(block.header().last_block_id().has_part_set_header());
    EXPECT_TRUE(block.has_data());
    EXPECT_TRUE(block.has_evidence());
}

TEST(NonNullable, leaves_out_what_go_may_leave_out) {
    Block block;

    fill_non_nullable(block);

    EXPECT_FALSE(block.has_last_commit());
}

TEST(NonNullable, sets_a_missing_time_to_that_of_go) {
    Block block;

    fill_non_nullable(block);

    EXPECT_EQ(block.header().time().seconds(), -62'135'596'800);
    EXPECT_EQ(block.header().time().nanos(), 0);
}

TEST(NonNullable, keeps_what_is_set) {
    Block block;
    block.mutable_header()->mutable_time();  // 1970-01-01T00:00:00Z is a time like any other
    block.mutable_header()->mutable_version()->set_block(11);

    fill_non_nullable(block);

    EXPECT_TRUE(block.header().has_time());
    EXPECT_EQ(block.header().time().seconds(), 0);
    EXPECT_EQ(block.header().version().block(), 11U);
}

TEST(NonNullable, reaches_into_repeated_and_optional_messages) {
    Block block;
    block.mutable_last_commit()->add_signatures();

    fill_non_nullable(block);

    EXPECT_TRUE(block.last_commit().has_block_id());
    EXPECT_EQ(block.last_commit().signatures(0).timestamp().seconds(), go_zero_time_seconds);
}

TEST(NonNullable, changes_nothing_the_second_time) {
    tendermint::state::State state;
    fill_non_nullable(state);
    const Bytes once = serialize(state);

    fill_non_nullable(state);

    EXPECT_EQ(serialize(state), once);
    EXPECT_FALSE(once.empty());
}

TEST(NonNullable, table_names_single_embedded_messages_only) {
    // The classes of these files are linked in, so that the pool knows them.
    const auto* const pool = google::protobuf::DescriptorPool::generated_pool();

    std::size_t known = 0;
    for (const std::string_view name : non_nullable_fields()) {
        if (const auto* const field = pool->FindFieldByName(std::string(name))) {
            EXPECT_TRUE(field->message_type() != nullptr && !field->is_repeated()) << name;
            ++known;
        } else {
            ADD_FAILURE() << name << " is not a field";
        }
    }
    EXPECT_GT(known, 100U);
}

/// The fields in the table of a document: | `package.Message` | `field` `field` |
std::vector<std::string> documented_fields() {
    std::vector<std::string> fields;
    std::ifstream document(STEELYARD_SOURCE_DIR "/doc/spec/encoding.md");
    const std::regex quoted("`([a-zA-Z0-9_.]+)`");
    for (std::string line; std::getline(document, line);) {
        if (line.starts_with("| `tendermint.") || line.starts_with("| `cosmos.")) {
            auto name = std::sregex_iterator(line.begin(), line.end(), quoted);
            const std::string message = (*name)[1];
            while (++name != std::sregex_iterator()) {
                fields.push_back(message + "." + (*name)[1].str());
            }
        }
    }
    return fields;
}

TEST(NonNullable, table_is_that_of_the_specification) {
    const auto fields = non_nullable_fields();

    EXPECT_THAT(documented_fields(), testing::UnorderedElementsAreArray(fields));
}

}  // namespace
}  // namespace steelyard::proto
