#include "tests/support/market/market_bench.h"

#include "base/check.h"
#include "crypto/sha256.h"
#include "ledger/beacon/beacon.h"
#include "ledger/invariants/invariants.h"
#include "ledger/params/stored_params.h"

namespace steelyard::test {

using chain::Amount;
using chain::Height;
using market::AccountNumber;
using market::Money;

namespace {

const chain::Denom& base() {
    static const chain::Denom denom = chain::Denom::parse(ledger::base_denom).value();
    return denom;
}

chain::Coins coins(Money amount) {
    return chain::Coins::make({{.denom = base(), .amount = Amount(amount)}}).value();
}

ledger::MarketParams short_windows() {
    ledger::MarketParams params;
    params.withdraw_blocks = 100;
    params.start_blocks = 20;
    params.retract_blocks = 1;
    params.respond_blocks = 20;
    params.settle_blocks = 30;
    params.challenge_delay = 2;
    params.challenge_bps = 10'000;
    params.retention_blocks = 50;
    return params;
}

}  // namespace

MarketBench::MarketBench() {
    params.market = short_windows();
    block.chain_id = chain::ChainId::parse("market-1").value();
    block.time = chain::Timestamp::from_unix(1'700'000'000).value();
    view_ = std::make_unique<ledger::StateView>(below_);
    for (const std::string_view name : auth::module_names) {
        auth::make(
            *view_, {.address = auth::module_address(name), .module_name = std::string(name)}
        )
            .value();
    }
    ledger::store_params(*view_, params).value();
    beacon::begin(*view_, {.height = Height(), .value = {}}).value();
    below_.apply(*view_);
    begin_block();
    const AccountNumber founder = person(0);
    class_id = run([&](market::Context& context) {
                   return market::create_class(
                       context, founder, {.name = "cpu.small", .wu_per_second_floor = 10}
                   );
               }).value();
    facts = {
        .work_units = 1'000,
        .steps = 10,
        .inputs = 2,
        .outputs = 1,
        .input_bytes = 5'000'000,
        .output_bytes = 64,
        .proof_bytes = 10'000,
        .proof_gas = 20'000,
    };
    program =
        run([&](market::Context& context) {
            return market::register_program(context, founder, FakeVerifier::make_program(facts));
        }).value();
    facts = market::get_program(*view_, program).value()->facts;  // with what reading it takes
    end_block();
}

void MarketBench::begin_block() {
    block.height = block.height.next();
    view_ = std::make_unique<ledger::StateView>(below_);
    context_ = std::make_unique<market::Context>(
        market::Context{*view_, events, block, params, true, judge}
    );
    beacon::advance(*context_, crypto::sha256(as_bytes(std::to_string(block.height.value()))))
        .value();
}

void MarketBench::end_block() {
    end_block(params.market.nominal_block_ms);
}

void MarketBench::end_block(std::int64_t ms) {
    const auto turn = static_cast<std::uint32_t>(block.height.value() % validators);
    const market::ProposerRow in_turn{
        .validator = ledger::ValidatorNumber{turn}, .power = 10, .total_power = 10 * validators
    };
    market::end_block(*context_, books_, proposer.value_or(in_turn));
    check();
    below_.apply(*view_);
    block.time = checked_add(block.time, std::chrono::milliseconds(ms)).value();
    begin_block();
}

void MarketBench::end_blocks(int count) {
    for (int i = 0; i < count; ++i) {
        end_block();
    }
}

void MarketBench::check() {
    for (const invariants::Breach& breach : invariants::check(*view_)) {
        ADD_FAILURE() << "height " << block.height.value() << ": " << to_string(breach);
    }
    market::Books again;
    again.rebuild(*view_);
    EXPECT_TRUE(books_ == again) << "M6 at height " << block.height.value();
    listings_.follow(market::listing_changes(*view_, below_));
    market::Listings listed;
    listed.rebuild(*view_);
    EXPECT_TRUE(listings_ == listed) << "M6 at height " << block.height.value();
}

chain::Address MarketBench::address(int number) const {
    const crypto::Hash256 hash = crypto::sha256(as_bytes("person " + std::to_string(number)));
    return to_array(ByteView(hash).first<20>());
}

AccountNumber MarketBench::person(int number) {
    const auto found = auth::find(*view_, address(number)).value();
    if (found) {
        return *found;
    }
    const AccountNumber account = auth::make(*view_, {.address = address(number)}).value();
    bank::endow(*view_, account, coins(wealth)).value();
    return account;
}

Money MarketBench::balance(AccountNumber account) const {
    return static_cast<Money>(bank::balance(*view_, account, base()).value().value());
}

Money MarketBench::burned() const {
    const Amount fees = bank::total(*view_, bank::Source::burned_by_market).value();
    const Amount slashes = bank::total(*view_, bank::Source::slashed).value();
    return static_cast<Money>(fees.value() + slashes.value());
}

AccountNumber MarketBench::make_provider(int number, Money bond) {
    constexpr int workers = 1'000;
    constexpr std::uint32_t slots = 4;
    const AccountNumber account = person(number);
    person(number + workers);
    const market::Profile profile{.moniker = "p" + std::to_string(number), .region = "eu"};
    CHECK(run([&](market::Context& context) {
        return market::register_provider(context, account, profile, bond);
    }));
    CHECK(run([&](market::Context& context) {
        return market::add_worker(
            context, account, address(number + workers), class_id, slots, 1'000
        );
    }));
    return account;
}

market::AskKey MarketBench::ask(
    AccountNumber provider, market::Price price, market::WorkUnits work_units
) {
    const auto id = run([&](market::Context& context) {
        return market::post_ask(context, provider, {class_id}, price, work_units, 1'000);
    });
    CHECK(id.has_value());
    return {.row = {.book = {class_id}, .price = price, .posted = block.height}, .id = *id};
}

market::OrderTerms MarketBench::terms(market::Price limit) const {
    return {
        .book = {class_id},
        .program = program,
        .limit = limit,
        .lifetime = 100,
        .retries = 1,
        .inputs = std::vector<std::optional<crypto::Hash256>>(facts.inputs, crypto::Hash256{1}),
    };
}

market::JobId MarketBench::order(AccountNumber user, const market::OrderTerms& terms) {
    const auto id =
        run([&](market::Context& context) { return market::post_order(context, user, terms); });
    CHECK(id.has_value());
    return {.order = *id};
}

market::OrderId MarketBench::array(
    AccountNumber user, const market::OrderTerms& terms, std::uint32_t tasks
) {
    const auto of_one =
        market::job_price(terms.limit, facts.work_units, params.market.min_job_price);
    const auto proof = market::proof_price(params, facts.proof_bytes, facts.proof_gas);
    CHECK(of_one && proof);
    const market::ArrayTerms array{
        .max_parallel = tasks,
        .budget = tasks * (*of_one + *proof),
        .tasks = std::vector<std::vector<crypto::Hash256>>(tasks),
    };
    const auto id = run([&](market::Context& context) {
        return market::post_array(context, user, terms, array);
    });
    CHECK(id.has_value());
    return *id;
}

void MarketBench::start(const market::JobId& id) {
    const AccountNumber worker = job(id).match->worker;
    CHECK(run([&](market::Context& context) { return market::start_job(context, worker, id); }));
}

market::CommittedResult MarketBench::result() const {
    const Bytes outputs(facts.output_bytes, 7);
    return {
        .commit =
            {
                .output_root = crypto::sha256(outputs),
                .trace_root = crypto::sha256(as_bytes("trace")),
                .steps = facts.steps,
            },
        .inline_result = outputs,
    };
}

void MarketBench::commit(const market::JobId& id) {
    const AccountNumber worker = job(id).match->worker;
    CHECK(run([&](market::Context& context) {
        return market::commit_result(context, worker, id, result());
    }));
}

market::Outcome<market::Judgement> MarketBench::prove(
    const market::JobId& id, market::ProofVerdict verdict
) {
    const market::Job challenged = job(id);
    CHECK(challenged.challenge.has_value());
    const Bytes proof = FakeVerifier::make_proof(verdict, challenged.challenge->seed);
    return run([&](market::Context& context) {
        return market::spot_check(context, challenged.match->worker, id, proof);
    });
}

market::Job MarketBench::job(const market::JobId& id) const {
    return market::get_job(*view_, id).value().value();
}

market::Order MarketBench::order_of(const market::JobId& id) const {
    return market::get_order(*view_, id.order).value().value();
}

market::Provider MarketBench::provider(AccountNumber account) const {
    return market::get_provider(*view_, account).value().value();
}

}  // namespace steelyard::test
