// The market's messages from bytes to the state, each at least once, and what they answer.
#include "market/records/counters.h"
#include "market/records/instrument.h"
#include "tests/support/market/market_bench.h"
#include "tests/unit/ledger/messages/market_samples.h"
#include "tests/unit/market/outcomes.h"

namespace steelyard::messages {
namespace {

using market::AccountNumber;
using market::code_of;
using market::JobId;
using market::JobState;
using test::FakeVerifier;
using test::MarketBench;

class MarketMessages : public testing::Test {
protected:
    std::string text(int person) const { return account_text(bench.address(person)); }

    /// As the pipeline runs it: what fails leaves nothing.
    template <typename R = google::protobuf::Message, typename M>
    Outcome<Bytes> run(const M& message) {
        return bench.run([&](Context& context) {
            return run_in(context, market_url(message), message);
        });
    }

    template <typename R>
    static R response(const Outcome<Bytes>& bytes) {
        R read;
        EXPECT_TRUE(bytes);
        EXPECT_TRUE(!bytes || read.ParseFromString(std::string(as_text(*bytes))));
        return read;
    }

    /// A provider by messages alone: person 1, its worker 50, its ask.
    void provide() {
        v1::MsgRegisterProvider join = sample_provider();
        join.set_provider(text(1));
        set_coin(*join.mutable_bond(), "1000000000");
        ASSERT_EQ(code_of(run(join)), "");
        v1::MsgAddWorker worker = sample_worker();
        worker.set_provider(text(1));
        worker.set_worker(text(50));
        ASSERT_EQ(code_of(run(worker)), "");
        v1::MsgPostAsk ask = sample_ask();
        ask.set_provider(text(1));
        const auto posted = response<v1::MsgPostAskResponse>(run(ask));
        EXPECT_EQ(posted.ask_id(), 1U);
        EXPECT_EQ(posted.posted_height(), bench.block.height.value());
    }

    v1::MsgPostOrder order_of(int person) {
        v1::MsgPostOrder order = sample_order();
        order.set_user(text(person));
        order.set_program(std::string(as_text(bench.program)));
        order.clear_deadline();
        order.clear_excluded();
        order.set_reputation_min(0);
        return order;
    }

    template <typename M>
    M of_job(int person, const JobId& id) {
        M message;
        message.set_signer(text(person));
        message.set_order_id(static_cast<std::uint64_t>(id.order));
        message.set_task(id.task);
        return message;
    }

    v1::MsgCommitResult commit_of(int person, const JobId& id) {
        auto message = of_job<v1::MsgCommitResult>(person, id);
        const market::CommittedResult result = bench.result();
        message.set_output_root(std::string(as_text(result.commit.output_root)));
        message.set_trace_root(std::string(as_text(result.commit.trace_root)));
        message.set_steps(result.commit.steps);
        message.set_inline_result(std::string(as_text(result.inline_result)));
        return message;
    }

    MarketBench bench{};
    AccountNumber provider = bench.person(1);
    AccountNumber user = bench.person(2);
};

TEST_F(MarketMessages, carry_a_job_from_its_order_to_its_settlement) {
    provide();
    const auto posted = response<v1::MsgPostOrderResponse>(run(order_of(2)));
    const JobId id{.order = market::OrderId{posted.order_id()}};
    bench.end_block();
    ASSERT_EQ(bench.job(id).state, JobState::matched);

    EXPECT_EQ(code_of(run(of_job<v1::MsgStartJob>(50, id))), "");
    EXPECT_EQ(code_of(run(commit_of(50, id))), "");
    while (bench.job(id).state != JobState::challenged) {
        bench.end_block();
    }
    auto check = of_job<v1::MsgSpotCheck>(50, id);
    const auto seed = bench.job(id).challenge->seed;
    check.set_proof(std::string(as_text(Bytes{1, 2})));
    const auto malformed = response<v1::MsgSpotCheckResponse>(run(check));
    EXPECT_EQ(malformed.verdict(), "malformed");
    EXPECT_FALSE(malformed.reason().empty());
    EXPECT_GT(malformed.gas(), 0U);
    bench.end_block();
    const Bytes proof = FakeVerifier::make_proof(market::ProofVerdict::right, seed);
    check.set_proof(std::string(as_text(proof)));
    EXPECT_EQ(response<v1::MsgSpotCheckResponse>(run(check)).verdict(), "right");
    bench.end_blocks(31);

    EXPECT_EQ(bench.job(id).state, JobState::settled);
}

TEST_F(MarketMessages, let_go_of_a_job) {
    provide();
    const auto first = response<v1::MsgPostOrderResponse>(run(order_of(2)));
    const auto second = response<v1::MsgPostOrderResponse>(run(order_of(2)));
    bench.end_block();
    const JobId declined{.order = market::OrderId{first.order_id()}};
    const JobId retracted{.order = market::OrderId{second.order_id()}};

    auto decline = of_job<v1::MsgDeclineJob>(50, declined);
    decline.set_reason(4);
    EXPECT_EQ(code_of(run(decline)), "");
    EXPECT_EQ(bench.job(declined).decline, market::Decline::busy);
    EXPECT_EQ(code_of(run(of_job<v1::MsgStartJob>(1, retracted))), "") << "its provider may too";
    EXPECT_EQ(code_of(run(commit_of(50, retracted))), "");
    bench.end_block();
    EXPECT_EQ(code_of(run(of_job<v1::MsgRetractResult>(50, retracted))), "");
    EXPECT_EQ(bench.job(retracted).reason, market::Reason::retracted);
    bench.end_block();
}

TEST_F(MarketMessages, make_and_remove_what_the_market_is_made_of) {
    v1::MsgCreateClass create = sample_class();
    create.set_creator(text(2));
    EXPECT_EQ(response<v1::MsgCreateClassResponse>(run(create)).class_id(), 2U);
    const market::Class made = market::get_class(bench.state(), market::ClassId{2}).value().value();
    const market::Class wanted{
        .name = "gpu.24g",
        .kind = market::WorkerKind::gpu,
        .vram_floor_bytes = 25'769'803'776,
        .wu_per_second_floor = 50'000,
        .region = "eu",
        .trust = 7,
    };
    EXPECT_EQ(made, wanted);
    v1::MsgRegisterProgram add = sample_program();
    add.set_owner(text(2));
    const Bytes program = FakeVerifier::make_program(bench.facts, "mine");
    add.set_program(std::string(as_text(program)));
    const auto added = response<v1::MsgRegisterProgramResponse>(run(add));
    EXPECT_EQ(added.program_id(), as_text(bench.verifier.program_id(program)));
    v1::MsgRemoveProgram remove = sample_removal();
    remove.set_owner(text(2));
    remove.set_program_id(added.program_id());
    EXPECT_EQ(code_of(run(remove)), "");
    EXPECT_EQ(code_of(run(remove)), "market/4");
}

TEST_F(MarketMessages, change_providers) {
    provide();
    v1::MsgUpdateProvider update = sample_update();
    update.set_provider(text(1));
    v1::MsgAddBond bond = sample_bond();
    bond.set_provider(text(1));
    v1::MsgWithdrawBond withdraw = sample_withdrawal();
    withdraw.set_provider(text(1));
    v1::MsgUnjailProvider unjail = sample_unjail_provider();
    unjail.set_provider(text(1));
    v1::MsgRemoveWorker leave = sample_leave();
    leave.set_provider(text(50));
    leave.set_worker(text(50));

    EXPECT_EQ(code_of(run(update)), "");
    EXPECT_EQ(bench.provider(provider).contact, "none");
    EXPECT_EQ(code_of(run(bond)), "");
    EXPECT_EQ(bench.provider(provider).bond, 1'000'000'005U);
    EXPECT_EQ(code_of(run(withdraw)), "");
    EXPECT_EQ(bench.provider(provider).withdrawing, 5U);
    EXPECT_EQ(code_of(run(unjail)), "market/12");
    EXPECT_EQ(code_of(run(leave)), "") << "a worker goes by itself";
    EXPECT_EQ(bench.provider(provider).workers, 0U);
    bench.end_block();
}

TEST_F(MarketMessages, cancel) {
    provide();
    v1::MsgCancelAsk cancel = sample_cancel_ask();
    cancel.set_provider(text(1));
    cancel.set_posted_height(bench.block.height.value());
    cancel.set_ask_id(1);
    v1::MsgCancelAsk foreign = cancel;
    foreign.set_provider(text(2));
    EXPECT_EQ(code_of(run(foreign)), "market/21");
    EXPECT_EQ(code_of(run(cancel)), "");
    EXPECT_EQ(code_of(run(cancel)), "market/33");

    const auto posted = response<v1::MsgPostOrderResponse>(run(order_of(2)));
    v1::MsgCancelOrder stop = sample_cancel_order();
    stop.set_user(text(2));
    stop.set_order_id(posted.order_id());
    v1::MsgCancelOrder other = stop;
    other.set_user(text(1));
    EXPECT_EQ(code_of(run(other)), "market/21");
    EXPECT_EQ(code_of(run(stop)), "");
    bench.end_block();
    EXPECT_EQ(code_of(run(stop)), "market/22");
}

TEST_F(MarketMessages, post_arrays_whose_tasks_have_inputs_of_their_own) {
    v1::MsgPostArray array = sample_array();
    array.set_user(text(2));
    array.set_program(std::string(as_text(bench.program)));
    array.clear_deadline();
    array.clear_excluded();

    const auto posted = response<v1::MsgPostArrayResponse>(run(array));

    const market::OrderId id{posted.order_id()};
    const market::Order order = bench.order_of({.order = id});
    EXPECT_EQ(order.tasks, 2U);
    EXPECT_EQ(order.filters.reputation_min, 4'000U);
    EXPECT_EQ(order.filters.regions, (std::vector<std::string>{"eu", "us"}));
    const auto inputs = market::inputs_of(bench.state(), order, {id, 1}).value();
    ASSERT_EQ(inputs.size(), 2U);
    EXPECT_EQ(inputs[0][0], 4);
    EXPECT_EQ(inputs[1][0], 7);
    bench.end_block();
}

TEST_F(MarketMessages, exclude_accounts_in_whatever_order_they_stand) {
    bench.person(3);
    v1::MsgPostOrder order = order_of(2);
    order.add_excluded(text(3));
    order.add_excluded(text(1));

    const auto posted = response<v1::MsgPostOrderResponse>(run(order));

    const JobId id{.order = market::OrderId{posted.order_id()}};
    EXPECT_EQ(
        bench.order_of(id).filters.excluded, (std::vector<AccountNumber>{provider, bench.person(3)})
    );
    order.add_excluded(text(1));
    EXPECT_EQ(code_of(run(order)), "market/18") << "twice";
    order.mutable_excluded()->RemoveLast();
    order.add_excluded(text(999));
    EXPECT_EQ(code_of(run(order)), "market/8") << "nobody";
    bench.end_block();
}

/// Nobody's message is of use to another.
TEST_F(MarketMessages, of_others_about_a_job_are_refused) {
    provide();
    const auto posted = response<v1::MsgPostOrderResponse>(run(order_of(2)));
    const JobId id{.order = market::OrderId{posted.order_id()}};
    bench.end_block();

    auto decline = of_job<v1::MsgDeclineJob>(2, id);
    decline.set_reason(1);
    EXPECT_EQ(code_of(run(of_job<v1::MsgStartJob>(2, id))), "market/24");
    EXPECT_EQ(code_of(run(decline)), "market/24");
    EXPECT_EQ(code_of(run(commit_of(50, id))), "market/25");
    EXPECT_EQ(code_of(run(of_job<v1::MsgRetractResult>(50, id))), "market/25");
    EXPECT_EQ(code_of(run(of_job<v1::MsgSpotCheck>(50, id))), "market/25");
    EXPECT_EQ(code_of(run(of_job<v1::MsgStartJob>(50, {id.order, 1}))), "market/23");
    EXPECT_EQ(
        code_of(run(of_job<v1::MsgStartJob>(50, {id.order, market::whole_order}))), "market/23"
    );
    EXPECT_EQ(code_of(run(of_job<v1::MsgStartJob>(50, {market::OrderId{0}, 0}))), "market/23");
}

}  // namespace
}  // namespace steelyard::messages
