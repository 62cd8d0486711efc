#include "ledger/genesis/genesis.h"

#include "ledger/beacon/beacon.h"
#include "ledger/invariants/invariants.h"
#include "ledger/staking/end_block.h"
#include "tests/support/ledger/map_state.h"
#include "tests/unit/ledger/genesis_builder.h"
#include "tests/unit/ledger/map_state.h"

#include <gmock/gmock.h>

namespace steelyard::genesis {
namespace {

using ledger::EmptyState;
using ledger::GenesisBuilder;
using ledger::StateView;
using testing::HasSubstr;

/// What a document leads to.
struct Begun {
    EmptyState below{};
    StateView view{below};
    Result<Started> started;

    explicit Begun(const chain::GenesisDoc& doc) : started(start(view, doc)) {}
};

chain::GenesisDoc with(chain::GenesisDoc doc, std::string_view from, std::string_view to) {
    const std::size_t at = doc.app_state.find(from);
    CHECK(at != std::string::npos);
    doc.app_state.replace(at, from.size(), to);
    return doc;
}

std::string refusal(const chain::GenesisDoc& doc) {
    const Begun begun(doc);
    return begun.started ? "" : begun.started.error().message();
}

TEST(Genesis, begins_with_the_validators_of_its_transactions) {
    Begun begun(GenesisBuilder().build());

    ASSERT_TRUE(begun.started) << begun.started.error().message();
    const auto& validators = begun.started->validators;
    ASSERT_EQ(validators.size(), 2U);
    EXPECT_EQ(validators[0].public_key, GenesisBuilder::validator(0).consensus_key);
    EXPECT_EQ(validators[0].power, 5);
    EXPECT_THAT(invariants::check(begun.view), testing::IsEmpty());
    EXPECT_EQ(beacon::latest(begun.view)->height, chain::Height());
    EXPECT_EQ(auth::get(begun.view, ledger::AccountNumber{0})->sequence, 1U);
}

TEST(Genesis, is_the_same_each_time) {
    test::MapState first;
    test::MapState second;
    const auto doc = GenesisBuilder().build();

    first.apply(Begun(doc).view);
    second.apply(Begun(doc).view);

    EXPECT_TRUE(first == second);
}

TEST(Genesis, starts_from_its_export_with_the_same_state) {
    auto doc = GenesisBuilder().build();
    Begun first(doc);
    ASSERT_TRUE(first.started);
    const std::string exported = export_state(first.view);

    doc.app_state = exported;
    Begun second(doc);

    ASSERT_TRUE(second.started) << second.started.error().message();
    EXPECT_EQ(second.started->validators, first.started->validators);
    EXPECT_EQ(export_state(second.view), exported);
    test::MapState a;
    test::MapState b;
    a.apply(first.view);
    b.apply(second.view);
    EXPECT_TRUE(a == b);
}

TEST(Genesis, refuses_a_transaction_that_was_signed_for_another_chain) {
    auto doc = GenesisBuilder().build();
    doc.chain_id = *chain::ChainId::parse("other-chain");

    EXPECT_THAT(refusal(doc), HasSubstr("app_state.genutil.gen_txs[0]: the signature of"));
    EXPECT_EQ(Begun(doc).started.error().code(), ErrorCode::invalid) << "as all of its faults";
}

TEST(Genesis, refuses_a_chain_without_a_validator) {
    EXPECT_THAT(refusal(GenesisBuilder().build(0)), HasSubstr("no validator can begin"));
}

TEST(Genesis, refuses_validators_of_the_document_itself) {
    auto doc = GenesisBuilder().build();
    doc.validators = {{GenesisBuilder::key('x', 1).public_key(), 5, ""}};

    EXPECT_THAT(refusal(doc), HasSubstr("validators: must be empty"));
}

TEST(Genesis, names_what_is_wrong) {
    const auto doc = GenesisBuilder().build();
    const std::string address = ledger::account_text(GenesisBuilder::wallet(0).address);

    EXPECT_THAT(refusal(with(doc, "\"auth\": {", "\"auth\": {\"x\": 1,")), HasSubstr("app_state"));
    EXPECT_THAT(refusal(with(doc, address, "yard1")), HasSubstr("app_state.auth.accounts[0]"));
    EXPECT_THAT(
        refusal(with(doc, "\"account_number\": \"1\"", "\"account_number\": \"7\"")),
        HasSubstr("app_state.auth.accounts[1]: account_number: is 7, its place gives 1")
    );
    EXPECT_THAT(
        refusal(with(doc, "\"supply\": []", "\"supply\": [{\"denom\":\"uyard\",\"amount\":\"5\"}]")
        ),
        HasSubstr("app_state.bank.supply: is not the sum of the balances")
    );
    EXPECT_THAT(
        refusal(with(doc, "\"amount\": \"1000000000\"", "\"amount\": \"-1\"")),
        HasSubstr("app_state.bank.balances")
    );
    EXPECT_THAT(
        refusal(with(doc, "\"amount\": \"1000000000\"", "\"amount\": \"1000000000000000000\"")),
        HasSubstr("the supply of uyard is over the limit 1000000000000000000")
    );
    EXPECT_THAT(
        refusal(with(doc, "\"amount\": \"1000000000\"", "\"amount\": \"4999999\"")),
        HasSubstr("app_state.genutil.gen_txs[0]: message 0")
    );
    EXPECT_THAT(
        refusal(with(doc, "\"max_validators\": 100", "\"max_validators\": 0")),
        HasSubstr("app_state.params.params: staking.max_validators is 0")
    );
    EXPECT_THAT(
        refusal(with(doc, "\"beacon\": null", "\"beacon\": {\"latest\": {\"height\": \"9\"}}")),
        HasSubstr("app_state.beacon: value: has 0 bytes")
    );
}

/// The places of all values that are texts or numbers, as [begin, end).
std::vector<std::pair<std::size_t, std::size_t>> values_of(std::string_view json) {
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (std::size_t at = json.find(": "); at != json.npos; at = json.find(": ", at + 1)) {
        const std::size_t begin = at + 2;
        const std::size_t end = json.find_first_of(",\n", begin);
        if (json[begin] != '{' && json[begin] != '[') {
            places.emplace_back(begin, end);
        }
    }
    return places;
}

TEST(Genesis, is_refused_or_consistent_whatever_a_value_says) {
    auto doc = GenesisBuilder().build(1);
    Begun first(doc);
    ASSERT_TRUE(first.started);
    const std::string exported = export_state(first.view);
    int refused = 0;

    for (const auto& [begin, end] : values_of(exported)) {
        for (const std::string_view value :
             {"\"\"",
              "\"0\"",
              "\"-1\"",
              "\"9223372036854775807\"",
              "\"170141183460469231731687303715884105727\"",
              "7",
              "null"}) {
            doc.app_state = exported;
            doc.app_state.replace(begin, end - begin, value);
            Begun begun(doc);
            if (!begun.started) {
                ++refused;
                continue;
            }
            EXPECT_THAT(invariants::check(begun.view), testing::IsEmpty())
                << exported.substr(begin - 30, 60) << " as " << value;
            doc.app_state = export_state(begun.view);
            EXPECT_TRUE(Begun(doc).started) << exported.substr(begin - 30, 60) << " as " << value;
        }
    }
    EXPECT_GT(refused, 100);
}

TEST(Genesis, takes_defaults_for_parameters_that_are_left_out) {
    auto doc = GenesisBuilder().build();
    doc.consensus_params.block.max_gas = 77'777'777;
    const std::size_t begin = doc.app_state.find("\"params\": {");
    const std::size_t end = doc.app_state.find("\"proposals\"", begin);
    doc.app_state.replace(begin, end - begin, "\"params\": {");

    Begun begun(doc);

    ASSERT_TRUE(begun.started) << begun.started.error().message();
    const std::string exported = export_state(begun.view);
    EXPECT_THAT(exported, HasSubstr("\"max_validators\": 100"));
    EXPECT_EQ(exported.find("\"max_gas\""), std::string::npos);
}

}  // namespace
}  // namespace steelyard::genesis
