// The market in a genesis: in, out, and what is refused.
#include "market/records/instrument.h"
#include "tests/support/ledger/map_state.h"
#include "tests/support/market/fake_verifier.h"
#include "tests/unit/ledger/genesis/market_sample.h"
#include "tests/unit/ledger/map_state.h"

#include <gmock/gmock.h>

namespace steelyard::genesis {
namespace {

using ledger::EmptyState;
using ledger::GenesisBuilder;
using ledger::StateView;
using testing::HasSubstr;

struct Begun {
    EmptyState below{};
    StateView view{below};
    Result<Started> started;

    explicit Begun(const chain::GenesisDoc& doc) : started(start(view, doc)) {}
};

/// Where the section begins: it is the last one.
std::size_t section_of(std::string_view app_state) {
    const std::size_t at = app_state.rfind("\"market\": {");
    CHECK(at != std::string_view::npos);
    return at;
}

/// A chain with a market that stands at its first block.
struct Sample {
    chain::GenesisDoc doc = GenesisBuilder().build();
    Begun begun{doc};

    Sample() {
        CHECK(begun.started.has_value());
        ledger::make_market(begun.view);
        doc.app_state = export_state(begun.view);
    }

    /// What a start says of the export with a text exchanged once.
    std::string refusal(std::string_view from, std::string_view to) const {
        const std::size_t section = section_of(doc.app_state);
        const std::size_t at = doc.app_state.find(from, section);
        CHECK(at != std::string::npos);
        chain::GenesisDoc changed = doc;
        changed.app_state.replace(at, from.size(), to);
        const Begun again(changed);
        return again.started ? "" : again.started.error().message();
    }
};

TEST(GenesisMarket, starts_from_its_export_with_the_same_rows) {
    const Sample sample;

    const Begun second(sample.doc);

    ASSERT_TRUE(second.started) << second.started.error().message();
    test::MapState a;
    test::MapState b;
    a.apply(sample.begun.view);
    b.apply(second.view);
    for (const auto store :
         {ledger::Store::book, ledger::Store::job, ledger::Store::market, ledger::Store::provider
         }) {
        EXPECT_FALSE(a.records(store).empty());
        EXPECT_TRUE(a.records(store) == b.records(store));
    }
    EXPECT_TRUE(a == b);
    EXPECT_EQ(export_state(second.view), sample.doc.app_state);
}

TEST(GenesisMarket, can_be_its_classes_alone) {
    auto doc = GenesisBuilder().build();
    const std::string_view none = "\"market\": null";
    const std::size_t at = doc.app_state.find(none);
    ASSERT_NE(at, std::string::npos);
    doc.app_state.replace(
        at,
        none.size(),
        R"("market": {"classes": [{"name": "cpu.small", "kind": 1, "wu_per_second_floor": "1"}]})"
    );

    const Begun begun(doc);

    ASSERT_TRUE(begun.started) << begun.started.error().message();
    const auto found = market::find_class(begun.view, "cpu.small").value();
    EXPECT_EQ(found, market::ClassId{1});
    EXPECT_EQ(market::get_class(begun.view, *found).value()->wu_per_second_floor, 1U);
}

TEST(GenesisMarket, names_what_is_wrong) {
    const Sample sample;

    EXPECT_EQ(
        sample.refusal("\"cpu.small\"", "\"gpu.large\""),
        "app_state.market.classes[1]: name: gpu.large is taken"
    );
    EXPECT_EQ(
        sample.refusal("\"name\": \"cpu.small\"", "\"name\": \"CPU\"").substr(0, 29),
        "app_state.market.classes[0]: "
    );
    EXPECT_EQ(
        sample.refusal("\"bond\": \"1000000\"", "\"bond\": \"5\""),
        "app_state.market.providers[0]: bond: 5 is less than 120000 reserved and 5 withdrawing"
    );
    EXPECT_EQ(
        sample.refusal("\"amount\": \"5\"", "\"amount\": \"6\""),
        "app_state.market.providers[0]: withdrawing: 5 is not the sum of what is pending"
    );
    EXPECT_EQ(
        sample.refusal("\"value\": \"2147483648\"", "\"value\": \"2147483647\""),
        "app_state.market.standings[0]: s: 2147483648 is not the sum of the payers' values"
    );
    EXPECT_EQ(
        sample.refusal("\"next_order_id\": \"4\"", "\"next_order_id\": \"2\""),
        "app_state.market.orders[1]: id: 2 is not from 1 to below 2"
    );
    EXPECT_EQ(
        sample.refusal("\"live\": 4", "\"live\": 5"),
        "app_state.market.orders[0]: next_task: 4 of 5 tasks entered, 5 are live, 0 settled"
    );
    EXPECT_EQ(
        sample.refusal("\"kind\": 3", "\"kind\": 2"),
        "app_state.market.queue[0]: subject: 1/0 has no such deadline"
    );
    const std::size_t queue = sample.doc.app_state.rfind("\"queue\": [");
    const std::size_t end = sample.doc.app_state.find("\"waits_for_seed\"", queue);
    EXPECT_EQ(
        sample.refusal(sample.doc.app_state.substr(queue, end - queue), ""),
        "app_state.market.queue: 2 jobs have deadlines that are not in it"
    );
}

TEST(GenesisMarket, holds_each_row_to_those_that_it_speaks_of) {
    const Sample sample;
    const auto name_of = [&](std::string_view from, std::string_view to) {
        const std::string text = sample.refusal(from, to);
        const std::size_t begin = std::min(text.find("market."), text.size());
        return text.substr(begin, text.find(": ", begin) - begin);
    };

    EXPECT_EQ(name_of("\"owner\": \"0\"", "\"owner\": \"99\""), "market.programs[0]");
    EXPECT_EQ(name_of("\"account\": \"1\"", "\"account\": \"99\""), "market.providers[0]");
    EXPECT_EQ(name_of("\"busy\": 3", "\"busy\": 5"), "market.workers[0]");
    EXPECT_EQ(name_of("\"inline_size\": 3", "\"inline_size\": 2"), "market.jobs[4]");
    EXPECT_EQ(name_of("\"state\": 5", "\"state\": 1"), "market.jobs[0]");
    EXPECT_EQ(
        name_of(
            "\"price\": \"900\",\n            \"posted\"",
            "\"price\": \"0\",\n            \"posted\""
        ),
        "market.asks[0]"
    );
    EXPECT_EQ(
        name_of(
            "\"price\": \"1000\",\n            \"posted\"",
            "\"price\": \"1001\",\n            \"posted\""
        ),
        "market.bids[0]"
    );
    EXPECT_EQ(name_of("\"since\": \"5\"", "\"since\": \"4\""), "market.waits_for_seed[0]");
    EXPECT_EQ(name_of("\"since\": \"6\"", "\"since\": \"5\""), "market.waits_for_issue[0]");
    EXPECT_EQ(name_of("\"power\": \"5\"", "\"power\": \"50\""), "market.proposers[0]");
}

// Whoever has a verifier starts with no program that it would not have taken.
TEST(GenesisMarket, holds_programs_to_their_bytes_where_there_is_a_verifier) {
    const test::FakeVerifier verifier;
    const market::ProgramFacts facts{.work_units = 7, .steps = 3, .inputs = 1, .outputs = 1};
    const Bytes bytes = test::FakeVerifier::make_program(facts);
    const auto start_with = [&](const crypto::Hash256& id, const market::ProgramFacts& recorded) {
        chain::GenesisDoc doc = GenesisBuilder().build();
        Begun begun(doc);
        CHECK(begun.started.has_value());
        market::put_program(begun.view, id, {.owner = ledger::AccountNumber{1}, .facts = recorded})
            .value();
        market::put_program_bytes(begun.view, id, bytes).value();
        doc.app_state = export_state(begun.view);
        EmptyState below;
        StateView view(below);
        EXPECT_TRUE(start(view, doc));
        StateView checked(below);
        const auto started = start(checked, doc, &verifier);
        return started ? std::string() : started.error().message();
    };
    const crypto::Hash256 id = verifier.program_id(bytes);
    market::ProgramFacts dear = facts;  // as it was under other parameters
    dear.proof_bytes = 1'000;
    dear.proof_gas = 2'000;
    market::ProgramFacts cheap = facts;
    cheap.work_units = 6;
    crypto::Hash256 other = id;
    other[0] ^= 1;

    EXPECT_EQ(start_with(id, facts), "");
    EXPECT_EQ(start_with(id, dear), "");
    EXPECT_THAT(start_with(id, cheap), HasSubstr("facts: are not those of the bytes"));
    EXPECT_THAT(start_with(other, facts), HasSubstr("id: is not that of the bytes"));
}

/// The places of all values of the section that are texts or numbers, as [begin, end).
std::vector<std::pair<std::size_t, std::size_t>> values_of(std::string_view json) {
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (std::size_t at = json.find(": ", section_of(json) + 10); at != json.npos;
         at = json.find(": ", at + 1)) {
        const std::size_t begin = at + 2;
        const std::size_t end = json.find_first_of(",\n", begin);
        if (json[begin] != '{' && json[begin] != '[') {
            places.emplace_back(begin, end);
        }
    }
    return places;
}

TEST(GenesisMarket, is_refused_or_written_again_whatever_a_value_says) {
    const Sample sample;
    int refused = 0;
    int taken = 0;

    for (const auto& [begin, end] : values_of(sample.doc.app_state)) {
        for (const std::string_view value : {"\"9223372036854775807\"", "7"}) {
            chain::GenesisDoc doc = sample.doc;
            doc.app_state.replace(begin, end - begin, value);
            const Begun begun(doc);
            ++(begun.started ? taken : refused);
            if (begun.started) {
                doc.app_state = export_state(begun.view);
                const Begun again(doc);
                ASSERT_TRUE(again.started) << sample.doc.app_state.substr(begin - 60, 90) << value;
                EXPECT_EQ(export_state(again.view), doc.app_state);
            }
        }
    }
    EXPECT_GT(refused, 200);
    EXPECT_GT(taken, 100);
}

}  // namespace
}  // namespace steelyard::genesis
