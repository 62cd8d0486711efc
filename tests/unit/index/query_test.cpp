#include "index/query.h"

#include <gtest/gtest.h>

namespace steelyard::index {
namespace {

struct ParseCase {
    std::string_view text;
    bool valid;
};

// As in libs/pubsub/query/syntax/syntax_test.go of CometBFT 0.38.
constexpr ParseCase parse_cases[] = {
    {"tm.events.type='NewBlock'", true},
    {"tm.events.type = 'NewBlock'", true},
    {"tm.events.name = ''", true},
    {"tm.events.type='TIME'", true},
    {"tm.events.type='DATE'", true},
    {"tm.events.type='='", true},
    {"tm.events.type='TIME", false},
    {"tm.events.type=TIME'", false},
    {"tm.events.type==", false},
    {"tm.events.type=NewBlock", false},
    {">==", false},
    {"tm.events.type 'NewBlock' =", false},
    {"tm.events.type>'NewBlock'", false},
    {"", false},
    {"=", false},
    {"='NewBlock'", false},
    {"tm.events.type=", false},
    {"tm.events.typeNewBlock", false},
    {"tm.events.type'NewBlock'", false},
    {"'NewBlock'", false},
    {"NewBlock", false},
    {"tm.events.type='NewBlock' AND abci.account.name='Igor'", true},
    {"tm.events.type='NewBlock' AND", false},
    {"tm.events.type='NewBlock' AN", false},
    {"tm.events.type='NewBlock' AN tm.events.type='NewBlockHeader'", false},
    {"AND tm.events.type='NewBlock' ", false},
    {"abci.account.name CONTAINS 'Igor'", true},
    {"tx.date > DATE 2013-05-03", true},
    {"tx.date < DATE 2013-05-03", true},
    {"tx.date <= DATE 2013-05-03", true},
    {"tx.date >= DATE 2013-05-03", true},
    {"tx.date >= DAT 2013-05-03", false},
    {"tx.date <= DATE2013-05-03", false},
    {"tx.date <= DATE -05-03", false},
    {"tx.date >= DATE 20130503", false},
    {"tx.date >= DATE 2013+01-03", false},
    {"tx.date >= DATE 0013-01-03", false},
    {"tx.date >= DATE 2013-31-03", false},
    {"tx.date >= DATE 2013-01-83", false},
    {"tx.date > TIME 2013-05-03T14:45:00+07:00", true},
    {"tx.date < TIME 2013-05-03T14:45:00-02:00", true},
    {"tx.date <= TIME 2013-05-03T14:45:00Z", true},
    {"tx.date >= TIME2013-05-03T14:45:00Z", false},
    {"tx.date = IME 2013-05-03T14:45:00Z", false},
    {"tx.date = TIME 2013-05-:45:00Z", false},
    {"tx.date >= TIME 2013-05-03T14:45:00", false},
    {"tx.date >= TIME 0013-00-00T14:45:00Z", false},
    {"tx.date >= TIME 2013+05=03T14:45:00Z", false},
    {"tx.date = TIME 2021-01-01T34:56:78Z", false},
    {"tx.date = DATE 2021-01-99", false},
    {"account.balance=100", true},
    {"account.balance >= 200", true},
    {"account.balance >= -300", false},
    {"account.balance >>= 400", false},
    {"account.balance=33.22.1", false},
    {"slashing.amount EXISTS", true},
    {"slashing.amount EXISTS AND account.balance=100", true},
    {"account.balance=100 AND slashing.amount EXISTS", true},
    {"slashing EXISTS", true},
    {"hash='136E18F7E4C348B780CF873A0BF43922E5BAFA63'", true},
    {"hash=136E18F7E4C348B780CF873A0BF43922E5BAFA63", false},
    {"cosm-wasm.transfer_amount=100", true},
    {"a & b", false},
};

struct MatchCase {
    std::string_view query;
    FlatEvents events;
    bool matches;
};

// As in libs/pubsub/query/query_test.go of CometBFT 0.38.
const MatchCase match_cases[] = {
    {"tm.events.type='NewBlock'", {{"tm.events.type", {"NewBlock"}}}, true},
    {"tx.gas > 7", {{"tx.gas", {"8"}}}, true},
    {"transfer.amount > 7", {{"transfer.amount", {"8stake"}}}, true},
    {"transfer.amount > 7", {{"transfer.amount", {"8.045stake"}}}, true},
    {"transfer.amount > 7.043", {{"transfer.amount", {"8.045stake"}}}, true},
    {"transfer.amount > 8.045", {{"transfer.amount", {"8.045stake"}}}, false},
    {"tx.gas > 7 AND tx.gas < 9", {{"tx.gas", {"8"}}}, true},
    {"body.weight >= 3.5", {{"body.weight", {"3.5"}}}, true},
    {"account.balance < 1000.0", {{"account.balance", {"900"}}}, true},
    {"apples.kg <= 4", {{"apples.kg", {"4.0"}}}, true},
    {"body.weight >= 4.5", {{"body.weight", {"4.5"}}}, true},
    {"oranges.kg < 4 AND watermellons.kg > 10",
     {{"oranges.kg", {"3"}}, {"watermellons.kg", {"12"}}},
     true},
    {"peaches.kg < 4", {{"peaches.kg", {"5"}}}, false},
    {"tx.date > DATE 2017-01-01", {{"tx.date", {"2026-11-22"}}}, true},
    {"tx.date = DATE 2017-01-01", {{"tx.date", {"2017-01-01"}}}, true},
    {"tx.date = DATE 2018-01-01", {{"tx.date", {"2017-01-01"}}}, false},
    {"tx.time >= TIME 2013-05-03T14:45:00Z", {{"tx.time", {"2026-11-22T00:00:00+02:00"}}}, true},
    {"tx.time = TIME 2013-05-03T14:45:00Z", {{"tx.time", {"2018-05-03T14:45:00Z"}}}, false},
    {"tx.time = TIME 2013-05-03T14:45:00Z", {{"tx.time", {"2013-05-03T16:45:00+02:00"}}}, true},
    {"abci.owner.name CONTAINS 'Igor'", {{"abci.owner.name", {"Igor,Ivan"}}}, true},
    {"abci.owner.name CONTAINS 'Igor'", {{"abci.owner.name", {"Pavel,Ivan"}}}, false},
    {"abci.owner.name = 'Igor'", {{"abci.owner.name", {"Igor", "Ivan"}}}, true},
    {"abci.owner.name = 'Ivan'", {{"abci.owner.name", {"Igor", "Ivan"}}}, true},
    {"abci.owner.name = 'Ivan' AND abci.owner.name = 'Igor'",
     {{"abci.owner.name", {"Igor", "Ivan"}}},
     true},
    {"abci.owner.name = 'Ivan' AND abci.owner.name = 'John'",
     {{"abci.owner.name", {"Igor", "Ivan"}}},
     false},
    {"tm.events.type='NewBlock' AND app.name = 'fuzzed'",
     {{"tm.events.type", {"NewBlock"}}, {"app.name", {"fuzzed"}}},
     true},
    {"tm.events.type='NewHeader' AND app.name = 'fuzzed'",
     {{"tm.events.type", {"NewBlock"}}, {"app.name", {"fuzzed"}}},
     false},
    {"slash EXISTS", {{"slash.reason", {"missing_signature"}}, {"slash.power", {"6000"}}}, true},
    {"sl EXISTS", {{"slash.reason", {"missing_signature"}}, {"slash.power", {"6000"}}}, false},
    {"slash EXISTS", {{"slash.re.ason", {"missing_signature"}}}, false},
    {"slash EXISTS", {{"transfer.recipient", {"a"}}, {"transfer.sender", {"b"}}}, false},
    {"slash.reason EXISTS AND slash.power > 1000",
     {{"slash.reason", {"missing_signature"}}, {"slash.power", {"6000"}}},
     true},
    {"slash.reason EXISTS AND slash.power > 1000",
     {{"slash.reason", {"missing_signature"}}, {"slash.power", {"500"}}},
     false},
    {"slash.reason EXISTS", {{"transfer.recipient", {"a"}}}, false},
    {"account.balance <= 10000000000000000000",
     {{"account.balance", {"10000000000000000000"}}},
     true},
    {"account.balance <= 10000000000000000000",
     {{"account.balance", {"10000000000000000000.0"}}},
     true},
    {"account.balance <= 20000000000000000000",
     {{"account.balance", {"10000000000000000000"}}},
     true},
    {"account.balance <= 10000000000000000000",
     {{"account.balance", {"10000000000000000001"}}},
     false},
    {"account.balance <= 20000000000000000000",
     {{"account.balance", {"10000000000000000000.6"}}},
     true},
    {"account.balance > 10000000000000000000",
     {{"account.balance", {"10000000000000000000.6"}}},
     true},
    {"account.balance > 11234.0", {{"account.balance", {"11234.6"}}}, true},
    {"account.balance <= 10000000000000000000", {{"account.balance", {"1000.45"}}}, true},
    {"account.balance = 7", {{"account.balance", {"007"}}}, true},
    {"account.balance < 7", {{"account.balance", {"-9"}}}, false},
    {"account.balance < 7", {{"account.balance", {"stake"}}}, false},
};

TEST(Query, takes_and_refuses_what_comet_does) {
    for (const ParseCase& test : parse_cases) {
        EXPECT_EQ(Query::parse(test.text).has_value(), test.valid) << test.text;
    }
}

TEST(Query, matches_what_comet_does) {
    for (const MatchCase& test : match_cases) {
        const auto query = Query::parse(test.query);

        ASSERT_TRUE(query) << test.query;
        EXPECT_EQ(query->matches(test.events), test.matches) << test.query;
    }
}

TEST(Query, says_where_it_is_wrong) {
    const auto message = [](std::string_view text) { return Query::parse(text).error().message(); };

    EXPECT_EQ(
        message("account.owner = Ivan"),
        "failed to parse query: offset 16: got tag, wanted number, timestamp, datestamp or string"
    );
    EXPECT_EQ(message("a = 'x' b"), "failed to parse query: offset 8: got tag, want AND operator");
    EXPECT_EQ(message("a = 'x' AND"), "failed to parse query: offset 11: EOF");
    EXPECT_EQ(message("=5"), "failed to parse query: offset 0: got = operator, wanted tag");
    EXPECT_EQ(
        message("tx.date = DATE 2013-31-03"),
        "failed to parse query: offset 10: invalid DATE value: \"2013-31-03\""
    );
}

TEST(Query, refuses_more_than_512_bytes) {
    std::string text = "a = '" + std::string(query_size_max - 6, 'x') + "'";

    EXPECT_TRUE(Query::parse(text));
    text.insert(5, 1, 'x');
    EXPECT_EQ(Query::parse(text).error().message(), "maximum query length exceeded");
}

TEST(Decimal, compares_numbers_of_any_length) {
    const auto number = [](std::string_view text) { return Decimal::prefix_of(text).value(); };

    EXPECT_EQ(number("0010.50"), number("10.5"));
    EXPECT_EQ(number("0"), number("000.000"));
    EXPECT_LT(number("9"), number("10"));
    EXPECT_LT(number("1.09"), number("1.1"));
    EXPECT_LT(number("1"), number("1.0000000000000000000000000000000000000000001"));
    EXPECT_GT(number(std::string(300, '9')), number(std::string(299, '9')));
    EXPECT_FALSE(Decimal::prefix_of(".5"));
    EXPECT_FALSE(Decimal::prefix_of("-5"));
}

TEST(FlatEvents, join_type_and_key_and_skip_what_has_none) {
    const std::vector<chain::Event> events = {
        {"app", {{"key", "a", true}, {"key", "b", false}, {"", "c", true}}},
        {"", {{"key", "d", true}}},
    };

    const FlatEvents flat = flatten_tx(chain::Hash256{0xAB}, chain::Height(7), events);

    EXPECT_EQ(flat.at("app.key"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(flat.at("tm.event"), std::vector<std::string>{"Tx"});
    EXPECT_EQ(flat.at("tx.hash")[0].substr(0, 4), "AB00");
    EXPECT_EQ(flat.at("tx.height"), std::vector<std::string>{"7"});
    EXPECT_EQ(flat.size(), 4);
}

}  // namespace
}  // namespace steelyard::index
