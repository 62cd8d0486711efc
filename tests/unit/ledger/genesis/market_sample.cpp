#include "tests/unit/ledger/genesis/market_sample.h"

#include "ledger/bank/bank.h"
#include "market/records/counters.h"
#include "market/records/deadline.h"
#include "market/records/instrument.h"
#include "market/records/job.h"
#include "market/records/standing.h"
#include "market/records/trade.h"
#include "market/records/void_rows.h"

namespace steelyard::ledger {
namespace {

class MarketSample {
public:
    explicit MarketSample(StateView& state) : state_(state) {}

    void make() {
        worker_ = must(auth::find_or_make(state_, some_address(7)));
        make_instruments();
        make_parties();
        make_orders();
        make_books();
        make_single_rows();
        pay_market();
    }

    template <typename T>
    static T must(Outcome<T> outcome) {
        CHECK(outcome.has_value());
        if constexpr (!std::is_void_v<T>) {
            return *std::move(outcome);
        }
    }

private:
    static constexpr AccountNumber user{0};
    static constexpr AccountNumber provider{1};
    static constexpr market::ClassId class_id{1};
    static constexpr market::OrderId array{1};
    static constexpr market::OrderId single{2};
    static constexpr market::OrderId ask{3};
    static constexpr market::Money escrow = 10'000;
    static constexpr market::Money proof_escrow = 500;
    static constexpr market::Money reserved = 40'000;

    static chain::Address some_address(std::uint8_t byte) {
        chain::Address address;
        address.fill(byte);
        return address;
    }

    static crypto::Hash256 hash(std::uint8_t byte) {
        crypto::Hash256 out;
        out.fill(byte);
        return out;
    }

    static market::Due due(std::int64_t height) {
        return {
            .height = chain::Height(height),
            .time = chain::Timestamp::parse("2026-02-01T00:00:00.5Z").value()
        };
    }

    chain::Address address_of(AccountNumber account) const {
        return must(auth::get(state_, account)).address;
    }

    void make_instruments() {
        must(market::add_class(state_, {.name = "cpu.small"}));
        must(market::add_class(
            state_, {.name = "gpu.large", .kind = market::WorkerKind::gpu, .region = "eu"}
        ));
        must(market::put_program(
            state_, hash(9), {.owner = user, .deposit = 20, .uses = 1, .facts = {.work_units = 5}}
        ));
        must(market::put_program_bytes(state_, hash(9), Bytes{1, 2}));
    }

    void make_parties() {
        market::Provider row{
            .moniker = "Weights & Co",
            .region = "eu",
            .attributes = {{"driver", "550"}},
            .bond = 1'000'000,
            .reserved = 3 * reserved,
            .withdrawing = 5,
            .withdrawals = 1,
            .next_withdrawal = 2,
            .workers = 1,
            .classes = {{.class_id = class_id, .workers = 1, .free_slots = 1}},
            .registered = chain::Height(1),
        };
        must(market::put_provider(state_, provider, row));
        must(market::put_withdrawal(state_, provider, 1, 5));
        enqueue(market::DeadlineKind::withdraw, due(90), {market::OrderId{1}, 1});
        must(market::mark_for_sweep(state_, provider));
        must(market::put_worker(
            state_, worker_, {.provider = provider, .class_id = class_id, .slots = 4, .busy = 3}
        ));
        const market::Q32 half = market::q32_one / 2;
        must(market::put_standing(
            state_, provider, class_id, {.s = half, .f = market::q32_one, .payers = 1}
        ));
        must(market::put_payer(state_, provider, class_id, {user, half}));
    }

    void enqueue(market::DeadlineKind kind, market::Due at, const market::Subject& subject) {
        must(market::enqueue(state_, {kind, at}, subject));
    }

    market::Order order_of_four() const {
        return {
            .user = user,
            .book = {.class_id = class_id},
            .program = hash(9),
            .work_units = 5,
            .limit = 1'000,
            .posted = chain::Height(3),
            .last = chain::Height(99),
            .inputs = {hash(1), std::nullopt},
            .job_escrow = escrow,
            .proof_escrow = proof_escrow,
            .is_array = true,
            .tasks = 5,
            .max_parallel = 4,
            .next_task = 4,
            .live = 4,
            .budget = 100,
        };
    }

    market::Job open_job() const {
        return {.entered = chain::Height(3), .job_escrow = escrow, .proof_escrow = proof_escrow};
    }

    market::Job committed_job() const {
        market::Job job = open_job();
        job.state = market::JobState::committed;
        job.match = market::Match{
            .ask = {.row = {.book = {.class_id = class_id}, .price = 900}, .id = ask},
            .provider = provider,
            .worker = worker_,
            .price = 1'000,
            .reserved = reserved,
        };
        job.commit = market::Commit{.height = chain::Height(5)};
        job.settle_due = due(60);
        return job;
    }

    void put_waiting(const market::JobId& id, market::DeadlineKind kind, market::Job job) {
        job.deadline = market::Deadline{kind, due(50)};
        must(market::enqueue(state_, *job.deadline, id));
        must(market::put_job(state_, id, job));
    }

    void make_orders() {
        must(market::put_next_order_id(state_, market::OrderId{4}));
        must(market::put_order(state_, array, order_of_four()));
        for (std::uint32_t task = 0; task < 5; ++task) {
            must(market::put_task_inputs(state_, {array, task}, std::vector{hash(2)}));
        }
        market::Job challenged = committed_job();
        challenged.state = market::JobState::challenged;
        challenged.is_decided = true;
        challenged.challenge = market::Challenge{.issued = chain::Height(7), .probes = 3};
        put_waiting({array, 0}, market::DeadlineKind::respond, challenged);
        must(market::put_job(state_, {array, 1}, open_job()));
        put_waiting({array, 2}, market::DeadlineKind::settle, committed_job());
        must(market::begin_waiting(state_, market::WaitingFor::seed, {chain::Height(5), {array, 2}})
        );
        market::Job chosen = committed_job();
        chosen.is_decided = true;
        chosen.challenge = market::Challenge{.decided = chain::Height(6)};
        must(market::put_job(state_, {array, 3}, chosen));
        must(
            market::begin_waiting(state_, market::WaitingFor::issue, {chain::Height(6), {array, 3}})
        );
        make_final_order();
    }

    void make_final_order() {
        market::Order order = order_of_four();
        order.inputs = {hash(1), hash(2)};
        order.is_array = false;
        order.tasks = order.max_parallel = order.next_task = order.settled = 1;
        order.live = 0;
        order.budget = 0;
        order.is_final = true;
        must(market::put_order(state_, single, order));
        market::Job job = committed_job();
        job.state = market::JobState::settled;
        job.reason = market::Reason::settled;
        job.commit->inline_size = 3;
        job.proof_escrow = 0;
        job.paid = 1'000;
        job.ended = chain::Height(6);
        must(market::put_job(state_, {single, 0}, job));
        must(market::put_inline_result(state_, {single, 0}, Bytes{1, 2, 3}));
        enqueue(market::DeadlineKind::retain, due(200), {single, 0});
        enqueue(market::DeadlineKind::retain, due(200), {single, market::whole_order});
    }

    void make_books() {
        must(market::put_ask(
            state_,
            {.row = {.book = {.class_id = class_id}, .price = 900, .posted = chain::Height(2)},
             .id = ask},
            {.provider = provider,
             .owner = address_of(provider),
             .work_units = 10,
             .last = chain::Height(80)}
        ));
        const market::Order order = order_of_four();
        must(market::put_bid(
            state_,
            {.row = {.book = order.book, .price = order.limit, .posted = order.posted},
             .job = {array, 1}},
            {.user = user,
             .owner = address_of(user),
             .work_units = order.work_units,
             .last = order.last,
             .filters = {.regions = {"eu"}, .excluded = {provider}}}
        ));
    }

    void make_single_rows() {
        must(market::put_proposer(state_, chain::Height(4), {ValidatorNumber{1}, 5, 10}));
        must(market::put_counters(state_, user, {.made = 2, .open = 1}));
        must(market::put_counters(state_, provider, {.made = 1, .open = 1}));
        must(market::put_class_counters(
            state_,
            class_id,
            {.paid = 1'000, .providers = 1, .workers = 1, .slots = 4, .busy = 3, .last_price = 900}
        ));
        must(market::put_block_use(state_, {chain::Height(4), 5, 6}));
        must(market::put_cursor(
            state_,
            market::Cursor{
                .row = {.book = {.class_id = class_id}, .price = 9, .posted = chain::Height(3)},
                .beacon = hash(1),
                .tie = hash(2),
                .is_behind = true
            }
        ));
        must(market::put_verification_pool(state_, 7));
        for (std::int64_t height = 4; height < 4 + 3; ++height) {
            must(market::note_trade(
                state_,
                {.class_id = class_id},
                {.height = chain::Height(height),
                 .price = 900,
                 .work_units = 5,
                 .amount = 1'000,
                 .job = {array, 0},
                 .ask = ask,
                 .provider = provider,
                 .user = user}
            ));
        }
    }

    /// M1.
    void pay_market() {
        const market::Money held = 4 * (escrow + proof_escrow) + 100 + 1'000'000 + 20 + 7;
        const Params params;
        const BlockInfo block{};
        Events events;
        Context context{state_, events, block, params};
        must(bank::send(
            context,
            {user, address_of(user)},
            must(bank::module_party(state_, "market")),
            *chain::Coins::parse(fmt::format("{}uyard", held))
        ));
    }

    StateView& state_;
    AccountNumber worker_{};
};

}  // namespace

void make_market(StateView& state) {
    MarketSample(state).make();
}

}  // namespace steelyard::ledger
