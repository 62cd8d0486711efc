#include "consensus/engine/sign_state.h"

#include "base/check.h"
#include "chain/proposal.h"
#include "tests/support/chain_builders.h"

#include <gtest/gtest.h>

namespace steelyard::engine {
namespace {

using chain::Height;
using chain::Round;

// Files of stock CometBFT nodes: of an end-to-end test of Penumbra's (crates/core, LastSignState),
// and of Horcrux's manual (docs/migrating.md, a validator of juno-1).
constexpr std::string_view penumbra_state = R"({
  "height": "36",
  "round": 0,
  "step": 3,
  "signature": "pBNefaWQtXBKXGCmiwdz3SVifEoytgoRD/Ui0JiA7giZYTwInKcLITyZLVHnZ/nbKq8CULoMrLhasAHPsS6HAw==",
  "signbytes": "8301080211240000000000000022480A202B35C46A53F9E93AC38BDF7CAC71CAEBEC3889308BBB6012D848A67FE1756923122408011220530C5626D32F9D0D95E8494396BD510560357439BBC7B2F2F689E1246281A9C72A0C08DCE5EDB50610D2AAABCC03321E6532652D746573742E336636616131326538323736346261613631376637"
})";

constexpr std::string_view juno_state = R"({
  "height": "361402",
  "round": 0,
  "step": 3,
  "signature": "IEOS7EJ8C6ZZxwwXiGeMhoO8mwtgTiq6VPR/F1cpLZuz0ZvUZdsgQjTt0GniAIgosfEjC5izKw4Nvvs3ZIceAw==",
  "signbytes": "6B080211BA8305000000000022480A205D4E1F722F53A3FD9E0D28639D7CE7B588338570EBA5C340687C30609C47BCA41224080112208283B6E16BEA46797F8AD4EE0ACE424AC7A4827202446B2D56E7F4438541B7BD2A0C08E4ACE28B0610CCD0AC830232066A756E6F2D31"
})";

constexpr std::string_view fresh_state = R"({
  "height": "0",
  "round": 0,
  "step": 0
})";

TEST(SignState, reads_and_prints_what_stock_nodes_write) {
    for (const std::string_view text : {penumbra_state, juno_state, fresh_state}) {
        const auto state = parse_sign_state(text);
        ASSERT_TRUE(state) << state.error().message();
        EXPECT_EQ(print_sign_state(*state), text);
    }
    const auto state = parse_sign_state(penumbra_state);
    EXPECT_EQ(state->position, (SignPosition{Height(36), Round(0), SignStep::precommit}));
    EXPECT_EQ(parse_sign_state(fresh_state), SignState());
}

TEST(SignState, may_forbid_all_before_a_height_without_a_signature) {
    const auto state = parse_sign_state(R"({"height":"100","round":0,"step":0})");

    ASSERT_TRUE(state) << state.error().message();
    EXPECT_EQ(state->position.height, Height(100));
    EXPECT_FALSE(state->last);
}

TEST(SignState, reads_no_white_space_and_any_order_as_well) {
    const auto state = parse_sign_state(" {\"step\":0,\"round\":0,\"height\":\"7\"}\n");

    ASSERT_TRUE(state) << state.error().message();
    EXPECT_EQ(state->position.height, Height(7));
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string out(text);
    const std::size_t at = out.find(from);
    CHECK(at != out.npos);
    return out.replace(at, from.size(), to);
}

TEST(SignState, is_corrupt_unless_it_is_exactly_that) {
    const std::string signature_line(
        penumbra_state.substr(penumbra_state.find("  \"signature\""), 106)
    );
    const std::vector<std::pair<std::string, std::string_view>> cases = {
        {"", "line 1"},
        {std::string(penumbra_state.substr(0, 200)), "line"},
        {"[]", "no object"},
        {"\"x\"", "no object"},
        {std::string(penumbra_state) + "x", "text after the end"},
        {std::string(sign_state_size_max + 1, ' '), "limit"},
        {replaced(penumbra_state, "\"36\"", "36"), "height is of the wrong kind"},
        {replaced(penumbra_state, "\"36\"", "\"37\""), "not of height 37"},
        {replaced(penumbra_state, "\"36\"", "\"-36\""), ""},
        {replaced(penumbra_state, "\"36\"", "\"036\""), ""},
        {replaced(penumbra_state, "\"36\"", "\"99999999999999999999\""), "negative"},
        {replaced(penumbra_state, "\"round\": 0", "\"round\": 1"), "not of height 36, round 1"},
        {replaced(penumbra_state, "\"round\": 0", "\"round\": \"0\""), "round is of the wrong kind"
        },
        {replaced(penumbra_state, "\"round\": 0", "\"round\": 0.0"), ""},
        {replaced(penumbra_state, "\"step\": 3", "\"step\": 2"), "prevote"},
        {replaced(penumbra_state, "\"step\": 3", "\"step\": 0"), "something was signed"},
        {replaced(penumbra_state, "\"step\": 3", "\"step\": 4"), "step is not in 0..3"},
        {replaced(penumbra_state, "\"step\": 3", "\"steps\": 3"), "unknown key \"steps\""},
        {replaced(penumbra_state, "\"step\": 3", R"("st\nep": 3)"), R"(unknown key "st\nep")"},
        {replaced(penumbra_state, "\"step\": 3,", "\"step\": 3, \"step\": 3,"), "stands twice"},
        {replaced(penumbra_state, "\"step\": 3,\n", ""), "step is missing"},
        {replaced(penumbra_state, signature_line, ""), "signature is missing"},
        {replaced(penumbra_state, "pBNe", ""), "signature has 61 bytes"},
        {replaced(penumbra_state, "pBNe", "!!!!"), ""},
        {replaced(penumbra_state, "830108", "820108"), "sign bytes"},
        {replaced(penumbra_state, "8301080211", "8301080311"), "unknown type"},
        {replaced(penumbra_state, "83010802", "83010802FF"), "sign bytes"},
        {replaced(penumbra_state, "8301", "830"), ""},
        {replaced(fresh_state, "\"step\": 0", "\"step\": 1"), "signature is missing"},
        {replaced(fresh_state, "0\n", "0,\n\"signbytes\": \"\"\n"), "something was signed"},
    };
    for (const auto& [text, why] : cases) {
        const auto state = parse_sign_state(text);
        ASSERT_FALSE(state) << text;
        EXPECT_EQ(state.error().code(), ErrorCode::corrupt);
        EXPECT_NE(state.error().message().find(why), std::string::npos)
            << state.error().message() << "\n"
            << text;
    }
}

TEST(SignBytes, tell_position_and_time_of_votes) {
    chain::Vote vote;
    vote.height = Height(5);
    vote.round = Round(2);
    vote.timestamp = test::time_after(9);
    for (const auto& block : {std::optional<chain::BlockId>(), std::optional(test::block_id(1))}) {
        vote.block_id = block;
        const auto message = parse_sign_bytes(sign_bytes(vote, test::chain_id("steelyard-1")));
        ASSERT_TRUE(message) << message.error().message();
        EXPECT_EQ(message->position, (SignPosition{Height(5), Round(2), SignStep::prevote}));
        EXPECT_EQ(message->timestamp, vote.timestamp);
    }
}

TEST(SignBytes, tell_position_and_time_of_proposals) {
    chain::Proposal proposal;
    proposal.height = Height(5);
    proposal.round = Round(2);
    proposal.block_id = test::block_id(1);
    proposal.timestamp = test::time_after(9);
    for (const auto pol :
         {std::optional<Round>(), std::optional(Round(0)), std::optional(Round(1))}) {
        proposal.pol_round = pol;
        const auto message = parse_sign_bytes(sign_bytes(proposal, test::chain_id("steelyard-1")));
        ASSERT_TRUE(message) << message.error().message();
        EXPECT_EQ(message->position, (SignPosition{Height(5), Round(2), SignStep::propose}));
        EXPECT_EQ(message->timestamp, proposal.timestamp);
    }
}

}  // namespace
}  // namespace steelyard::engine
