// Classes and programs (doc/spec/market.md, "Things"; M5).
#include "market/parties/instruments.h"
#include "base/hex.h"
#include "market/records/counters.h"
#include "tests/support/market/market_bench.h"
#include "tests/unit/market/outcomes.h"

#include <limits>

namespace steelyard::market {
namespace {

using test::FakeVerifier;
using test::MarketBench;

constexpr auto u64_max = std::numeric_limits<std::uint64_t>::max();

std::string with(const std::function<void(Class&)>& change) {
    Class value{.name = "n", .wu_per_second_floor = 1};
    change(value);
    return code_of(check_class(value));
}

TEST(Classes, have_a_name_of_1_to_64_characters) {
    const auto name = [](std::string text) {
        return with([&text](Class& value) { value.name = text; });
    };
    EXPECT_EQ(name(""), "market/32");
    EXPECT_EQ(name(std::string(64, 'a')), "");
    EXPECT_EQ(name(std::string(65, 'a')), "market/32");
    EXPECT_EQ(name("gpu-24.b_1"), "");
    for (const char* const bad : {"GPU", "a b", "a/b", "\u00fc", "a\n"}) {
        EXPECT_EQ(name(bad), "market/32") << bad;
    }
    EXPECT_EQ(name(std::string("a\0", 2)), "market/32");
}

TEST(Classes, have_floors_and_a_region) {
    const auto floor = [](WorkUnits units) {
        return with([=](Class& value) { value.wu_per_second_floor = units; });
    };
    EXPECT_EQ(floor(0), "market/18");
    EXPECT_EQ(floor(1), "");
    EXPECT_EQ(floor(1'000'000'000'000'000), "");
    EXPECT_EQ(floor(1'000'000'000'000'001), "market/18");
    EXPECT_EQ(floor(u64_max), "market/18");
    EXPECT_EQ(with([](Class& value) { value.vram_floor_bytes = u64_max; }), "");
    EXPECT_EQ(with([](Class& value) { value.region = ""; }), "");
    EXPECT_EQ(with([](Class& value) { value.region = std::string(32, 'r'); }), "");
    EXPECT_EQ(with([](Class& value) { value.region = std::string(33, 'r'); }), "market/32");
    EXPECT_EQ(with([](Class& value) { value.kind = static_cast<WorkerKind>(0); }), "market/18");
    EXPECT_EQ(with([](Class& value) { value.kind = static_cast<WorkerKind>(3); }), "market/18");
    EXPECT_EQ(with([](Class& value) { value.kind = WorkerKind::gpu; }), "");
}

TEST(Classes, serve_those_that_ask_for_no_more) {
    const Class wanted{
        .name = "w",
        .kind = WorkerKind::gpu,
        .vram_floor_bytes = 10,
        .wu_per_second_floor = 10,
        .region = "eu",
        .trust = 5,
    };
    const auto serves = [&](const std::function<void(Class&)>& change) {
        Class worker = wanted;
        change(worker);
        return may_serve(worker, wanted);
    };
    EXPECT_TRUE(serves([](Class&) {}));
    EXPECT_TRUE(serves([](Class& worker) { worker.name = "other"; }));
    EXPECT_TRUE(serves([](Class& worker) { worker.vram_floor_bytes = u64_max; }));
    EXPECT_FALSE(serves([](Class& worker) { worker.vram_floor_bytes = 9; }));
    EXPECT_TRUE(serves([](Class& worker) { worker.wu_per_second_floor = 11; }));
    EXPECT_FALSE(serves([](Class& worker) { worker.wu_per_second_floor = 9; }));
    EXPECT_TRUE(serves([](Class& worker) { worker.trust = 255; }));
    EXPECT_FALSE(serves([](Class& worker) { worker.trust = 4; }));
    EXPECT_FALSE(serves([](Class& worker) { worker.kind = WorkerKind::cpu; }));
    EXPECT_FALSE(serves([](Class& worker) { worker.region = "us"; }));
    EXPECT_FALSE(serves([](Class& worker) { worker.region = ""; }));
}

class Instruments : public testing::Test {
protected:
    Outcome<ClassId> create(AccountNumber creator, const std::string& name) {
        return bench.run([&](Context& context) {
            return create_class(context, creator, {.name = name, .wu_per_second_floor = 1});
        });
    }

    Outcome<Hash256> put(AccountNumber account, const Bytes& program) {
        return bench.run([&](Context& context) {
            return register_program(context, account, program);
        });
    }

    std::string remove(AccountNumber account, const Hash256& id) {
        return code_of(bench.run([&](Context& context) {
            return remove_program(context, account, id);
        }));
    }

    Bytes program(std::string_view name) { return FakeVerifier::make_program(bench.facts, name); }

    MarketBench bench{};
    AccountNumber owner = bench.person(1);
    AccountNumber other = bench.person(2);
};

TEST_F(Instruments, a_class_costs_its_fee_which_is_burned) {
    const Money before = bench.balance(owner);
    const Money burned = bench.burned();

    const auto id = create(owner, "gpu");

    ASSERT_TRUE(id);
    EXPECT_EQ(*id, ClassId{2}) << "they count from 1";
    EXPECT_EQ(bench.balance(owner), before - 100'000'000);
    EXPECT_EQ(bench.burned(), burned + 100'000'000);
    EXPECT_EQ(last_event(bench.events, "class"), "action=created id=2 name=gpu region=");
    EXPECT_EQ(find_class(bench.state(), "gpu").value(), ClassId{2});
}

TEST_F(Instruments, a_class_is_refused_whose_name_is_taken_or_whose_fee_is_not_there) {
    EXPECT_EQ(code_of(create(owner, "cpu.small")), "market/3");
    EXPECT_EQ(code_of(create(owner, "CPU")), "market/32");
    bench.params.market.class_fee = MarketBench::wealth + 1;
    EXPECT_EQ(code_of(create(owner, "gpu")), "sdk/5");
    EXPECT_FALSE(find_class(bench.state(), "gpu").value());
    bench.params.market.class_fee = 0;
    EXPECT_EQ(code_of(create(owner, "gpu")), "");
}

TEST_F(Instruments, a_program_has_its_facts_and_a_deposit_that_comes_back) {
    const Money before = bench.balance(owner);
    const Bytes bytes = program("one");

    const auto id = put(owner, bytes);

    ASSERT_TRUE(id);
    const Program record = get_program(bench.state(), *id).value().value();
    market::ProgramFacts facts = bench.facts;  // which the bytes say
    facts.proof_gas += gas_of_reading(bytes.size());
    EXPECT_EQ(record.facts, facts);
    EXPECT_EQ(record.deposit, 10 * bytes.size());
    EXPECT_EQ(record.owner, owner);
    EXPECT_EQ(program_bytes(bench.state(), *id), bytes);
    EXPECT_EQ(bench.balance(owner), before - 10 * bytes.size());
    const std::string address = ledger::account_text(bench.address(1));
    EXPECT_EQ(
        last_event(bench.events, "program"),
        fmt::format("action=registered id={} owner={}", to_hex(*id), address)
    );

    bench.params.market.program_deposit = 77;  // what was paid comes back, not what it costs now
    EXPECT_EQ(remove(owner, *id), "");
    EXPECT_EQ(bench.balance(owner), before);
    EXPECT_FALSE(get_program(bench.state(), *id).value());
    EXPECT_EQ(
        last_event(bench.events, "program"),
        fmt::format("action=removed id={} owner={}", to_hex(*id), address)
    );
    EXPECT_EQ(remove(owner, *id), "market/4");
    bench.end_block();
}

TEST_F(Instruments, a_program_is_refused_that_cannot_be_run_or_is_there_already) {
    market::ProgramFacts facts = bench.facts;
    EXPECT_EQ(code_of(put(owner, {})), "market/6");
    EXPECT_EQ(code_of(put(owner, Bytes(256 * 1024 + 1, 1))), "market/6");
    EXPECT_EQ(code_of(put(owner, Bytes(256 * 1024, 1))), "market/6") << "it is none";
    const Bytes known = program_bytes(bench.state(), bench.program);
    EXPECT_EQ(code_of(put(owner, known)), "market/5");
    EXPECT_EQ(code_of(put(other, known)), "market/5");
    facts.proof_bytes = bench.params.market.proof_bytes_max + 1;
    EXPECT_EQ(code_of(put(owner, FakeVerifier::make_program(facts))), "market/6");
    --facts.proof_bytes;
    EXPECT_EQ(code_of(put(owner, FakeVerifier::make_program(facts))), "");
    facts.proof_gas = bench.params.market.proof_gas_max + 1;
    EXPECT_EQ(code_of(put(owner, FakeVerifier::make_program(facts))), "market/6");
    bench.params.market.program_deposit = MarketBench::wealth;
    EXPECT_EQ(code_of(put(owner, program("dear"))), "sdk/5");
    bench.params.market.program_deposit = u64_max;
    EXPECT_EQ(code_of(put(owner, program("dear"))), "market/6");
}

TEST_F(Instruments, reading_a_program_is_a_part_of_what_its_proof_takes) {  // E1, K3
    market::ProgramFacts facts = bench.facts;
    facts.proof_gas = 250'000;
    const Bytes program = FakeVerifier::make_program(facts, std::string(200'000, 'p'));
    const std::size_t size = program.size();

    const Hash256 id = put(owner, program).value();

    const auto registered = get_program(bench.state(), id).value();
    EXPECT_EQ(registered->facts.proof_gas, 250'000 + (3 * size + 3) / 4);
}

TEST_F(Instruments, a_program_is_refused_whose_proof_could_be_too_large_for_later_parameters) {
    bench.params.market.proof_gas_max = ledger::proof_gas_limit;
    bench.params.market.proof_bytes_max = 2 * ledger::proof_bytes_limit;
    market::ProgramFacts facts = bench.facts;
    const std::string name(100'000, 'p');
    const auto code = [&] { return code_of(put(owner, FakeVerifier::make_program(facts, name))); };
    const std::uint64_t reading = gas_of_reading(FakeVerifier::make_program(facts, name).size());
    facts.proof_gas = ledger::proof_gas_limit - reading + 100;
    EXPECT_EQ(code(), "market/6");
    facts.proof_gas -= 200;
    EXPECT_EQ(code(), "");
    facts.proof_bytes = ledger::proof_bytes_limit + 1;
    EXPECT_EQ(code(), "market/6");
    --facts.proof_bytes;
    EXPECT_EQ(code(), "");
}

TEST_F(Instruments, a_program_is_removed_by_its_owner_while_no_order_names_it) {
    const Hash256 id = put(owner, program("one")).value();
    OrderTerms terms = bench.terms(80'000'000);
    terms.program = id;
    terms.lifetime = 0;
    const JobId job = bench.order(other, terms);

    EXPECT_EQ(remove(other, id), "market/21");
    EXPECT_EQ(remove(owner, id), "market/7");
    EXPECT_EQ(remove(owner, Hash256{9}), "market/4");
    bench.end_blocks(2);
    ASSERT_EQ(bench.job(job).state, JobState::expired);
    EXPECT_EQ(get_program(bench.state(), id).value()->uses, 0U);

    EXPECT_EQ(remove(owner, id), "");
    EXPECT_EQ(
        code_of(bench.run([&](Context& context) { return post_order(context, other, terms); })),
        "market/4"
    );
    bench.end_blocks(60);  // its job goes without it
}

TEST_F(Instruments, a_node_without_a_verifier_takes_no_program) {
    market::Context& context = bench.context();
    const auto* verifier = std::exchange(context.verifier, nullptr);

    EXPECT_EQ(code_of(put(owner, program("one"))), "market/31");

    context.verifier = verifier;
}

TEST_F(Instruments, a_program_costs_20_gas_a_byte) {
    const auto gas_of = [&](const Bytes& bytes) {
        ledger::GasMeter meter(1'000'000'000);
        bench.state().set_meter(&meter);
        const auto refused = put(owner, bytes);
        bench.state().set_meter(nullptr);
        EXPECT_EQ(code_of(refused), "market/6");
        return meter.used();
    };

    EXPECT_EQ(gas_of(Bytes(1'001, 1)) - gas_of(Bytes(1'000, 1)), 20U);
    EXPECT_GE(gas_of(Bytes(1'000, 1)), 20'000U);
}

TEST_F(Instruments, a_program_stops_where_its_gas_does) {
    ledger::GasMeter meter(20 * 100);
    bench.state().set_meter(&meter);

    EXPECT_EQ(code_of(put(owner, Bytes(101, 1))), "sdk/11");

    bench.state().set_meter(nullptr);
}

}  // namespace
}  // namespace steelyard::market
