// Section market: orders, jobs, the books, and what waits.
#include "ledger/genesis/market_records.h"
#include "market/records/genesis_io.h"
#include "market/records/job.h"
#include "steelyard/genesis/v1/market.pb.h"

namespace steelyard::genesis {
namespace {

using market::JobId;
using market::JobState;
using market::OrderId;

JobId job_id(const auto& row) {
    return {OrderId{row.order_id()}, row.task()};
}

Result<void> read_order(StateView& state, const v1::MarketOrder& row) {
    const OrderId id{row.id()};
    TRY(expect_taken(state, id));
    TRY_ASSIGN(const market::Order order, record_of(row.record(), market::decode_order));
    TRY(expect_account(state, "user", order.user));
    TRY(expect_class(state, order.book.class_id));
    if (!order.is_final && !sure(market::get_program(state, order.program))) {
        return invalid("program: is not registered");
    }
    if (order.limit == 0 || order.next_task > order.tasks || order.live > order.next_task ||
        order.settled > order.next_task || (order.is_final && order.live > 0)) {
        return invalid(
            "next_task: {} of {} tasks entered, {} are live, {} settled",
            order.next_task,
            order.tasks,
            order.live,
            order.settled
        );
    }
    if (sure(market::get_order(state, id))) {
        return invalid("id: comes twice");
    }
    sure(market::put_order(state, id, order));
    return {};
}

/// The order of a task that it has.
Result<market::Order> order_of(const StateView& state, const JobId& id) {
    const auto order = sure(market::get_order(state, id.order));
    if (!order || id.task >= order->tasks) {
        return invalid("order_id: there is no task {}", to_string(id));
    }
    return *order;
}

Result<void> read_task_inputs(StateView& state, const v1::MarketTaskInputs& row) {
    const JobId id = job_id(row);
    TRY_ASSIGN(const market::Order order, order_of(state, id));
    const auto own =
        std::ranges::count(order.inputs, false, &std::optional<crypto::Hash256>::has_value);
    if (row.inputs_size() != own || own == 0) {
        return invalid("inputs: are {}, not {}", row.inputs_size(), own);
    }
    std::vector<crypto::Hash256> inputs;
    for (const std::string& input : row.inputs()) {
        TRY_ASSIGN(inputs.emplace_back(), read_hash("inputs", input));
    }
    if (!sure(market::get_task_inputs(state, id)).empty()) {
        return invalid("order_id: {} comes twice", to_string(id));
    }
    sure(market::put_task_inputs(state, id, inputs));
    return {};
}

/// A job in a state has what that state goes on from.
Result<void> is_whole(const market::Job& job) {
    const bool has_match = job.state >= JobState::matched && job.state <= JobState::proved;
    const bool has_commit = job.state >= JobState::committed && job.state <= JobState::proved;
    const bool has_challenge = job.state == JobState::challenged || job.state == JobState::proved;
    if ((has_match && !job.match) || (has_commit && !job.commit) ||
        (has_challenge && !job.challenge) || (job.state == JobState::open && job.match)) {
        return invalid("state: {} does not go with match, commit, challenge", to_string(job.state));
    }
    return {};
}

Result<void> read_job(StateView& state, const v1::MarketJob& row) {
    const JobId id = job_id(row);
    TRY_ASSIGN(const market::Order order, order_of(state, id));
    TRY_ASSIGN(const market::Job job, record_of(row.record(), market::decode_job));
    TRY(is_whole(job));
    if (id.task >= order.next_task || job.paid > job.job_escrow) {
        return invalid("task: {} has not entered, or is paid more than it may", to_string(id));
    }
    if (job.match && !is_final(job.state)) {
        const auto worker = sure(market::get_worker(state, job.match->worker));
        if (!worker || worker->provider != job.match->provider) {
            return invalid(
                "match: worker {} is none of the provider's", row.record().match().worker()
            );
        }
    }
    if (row.inline_result().size() != (job.commit ? job.commit->inline_size : 0)) {
        return invalid("inline_result: has {} bytes", row.inline_result().size());
    }
    if (sure(market::get_job(state, id))) {
        return invalid("order_id: {} comes twice", to_string(id));
    }
    sure(market::put_job(state, id, job));
    sure(market::put_inline_result(state, id, as_bytes(row.inline_result())));
    return {};
}

market::RowKey row_key(const v1::MarketRow& row) {
    return {
        .book =
            {.class_id = market::ClassId{row.class_id()},
             .product = market::Product{static_cast<std::uint8_t>(row.product())}},
        .price = row.price(),
        .posted = chain::Height(std::max<std::int64_t>(row.posted(), 0)),
    };
}

Result<void> is_address(
    const StateView& state, const chain::Address& address, ledger::AccountNumber account
) {
    TRY(expect_account(state, "record", account));
    if (sure(auth::get(state, account)).address != address) {
        return invalid(
            "owner: is not the address of account {}", static_cast<std::uint64_t>(account)
        );
    }
    return {};
}

Result<void> read_ask(StateView& state, const v1::MarketAsk& row) {
    // What the reader of keys refuses breaks a rule.
    TRY_ASSIGN(
        const market::AskKey key,
        market::decode_ask_key(market::encode_ask_key({row_key(row.row()), OrderId{row.row().id()}})
        )
    );
    TRY(expect_taken(state, key.id));
    TRY(expect_class(state, key.row.book.class_id));
    TRY_ASSIGN(const market::Ask ask, record_of(row.record(), market::decode_ask));
    TRY(is_address(state, ask.owner, ask.provider));
    if (!sure(market::get_provider(state, ask.provider))) {
        return invalid("provider: {} is none", row.record().provider());
    }
    if (sure(market::get_ask(state, key))) {
        return invalid("row: comes twice");
    }
    sure(market::put_ask(state, key, ask));
    return {};
}

Result<void> read_bid(StateView& state, const v1::MarketBid& row) {
    const JobId id{OrderId{row.row().id()}, row.row().task()};
    TRY_ASSIGN(
        const market::BidKey key,
        market::decode_bid_key(market::encode_bid_key({row_key(row.row()), id}))
    );
    TRY_ASSIGN(const market::Bid bid, record_of(row.record(), market::decode_bid));
    TRY(is_address(state, bid.owner, bid.user));
    const auto order = sure(market::get_order(state, id.order));
    const auto job = sure(market::get_job(state, id));
    if (!order || !job || job->state != JobState::open || order->user != bid.user ||
        key.row != market::RowKey{order->book, order->limit, order->posted}) {
        return invalid("row: is not that of an open job");
    }
    if (sure(market::get_bid(state, key))) {
        return invalid("row: comes twice");
    }
    sure(market::put_bid(state, key, bid));
    return {};
}

/// Whose deadline it is.
Result<void> is_known(const StateView& state, const market::Queued& queued) {
    const market::Subject& subject = queued.subject;
    const auto missing = [&] {
        return invalid("subject: {} has no such deadline", to_string(subject));
    };
    if (queued.deadline.kind == market::DeadlineKind::withdraw) {
        const ledger::AccountNumber provider{static_cast<std::uint64_t>(subject.order)};
        if (!sure(market::get_withdrawal(state, provider, subject.task))) {
            return missing();
        }
        return {};
    }
    const bool retains = queued.deadline.kind == market::DeadlineKind::retain;
    if (subject.task == market::whole_order) {
        const auto order = sure(market::get_order(state, subject.order));
        if (!retains || !order || !order->is_final) {
            return missing();
        }
        return {};
    }
    const auto job = sure(market::get_job(state, subject));
    if (!job || (retains ? !is_final(job->state) : job->deadline != queued.deadline)) {
        return missing();
    }
    return {};
}

Result<void> read_deadline(StateView& state, const v1::MarketDeadline& row) {
    TRY_ASSIGN(const market::Deadline deadline, record_of(row.deadline(), market::decode_deadline));
    const market::Queued queued{deadline, {OrderId{row.subject()}, row.task()}};
    TRY(is_known(state, queued));
    sure(market::enqueue(state, deadline, queued.subject));
    return {};
}

/// Each job that has a deadline stands in the queue with it.
Result<void> has_all_deadlines(const StateView& state) {
    std::size_t missing = 0;
    sure(market::walk_jobs(state, {}, [&](const JobId&, const market::Job& job) -> Outcome<bool> {
        missing += job.deadline ? 1 : 0;
        return true;
    }));
    sure(market::walk_queue(state, [&](const market::Queued& queued) -> Outcome<bool> {
        missing -= queued.deadline.kind <= market::DeadlineKind::settle ? 1 : 0;
        return true;
    }));
    if (missing != 0) {
        return invalid("{} jobs have deadlines that are not in it", missing);
    }
    return {};
}

Result<void> read_waiter(StateView& state, market::WaitingFor what, const v1::MarketWaiter& row) {
    const JobId id = job_id(row);
    const auto job = sure(market::get_job(state, id));
    TRY_ASSIGN(const auto since, chain::Height::parse(row.since()));
    const bool waits =
        job && job->state == JobState::committed &&
        (what == market::WaitingFor::seed ? !job->is_decided && job->commit->height == since
                                          : job->challenge && job->challenge->decided == since);
    if (!waits) {
        return invalid("order_id: {} does not wait since {}", to_string(id), since);
    }
    sure(market::begin_waiting(state, what, {since, id}));
    return {};
}

}  // namespace

Result<void> read_market_orders(StateView& state, const v1::MarketState& section) {
    const auto each = [&](std::string_view name, const auto& rows, auto read) -> Result<void> {
        for (int i = 0; i < rows.size(); ++i) {
            TRY(at(fmt::format("market.{}[{}]", name, i), read(state, rows[i])));
        }
        return {};
    };
    TRY(each("orders", section.orders(), read_order));
    TRY(each("task_inputs", section.task_inputs(), read_task_inputs));
    TRY(each("jobs", section.jobs(), read_job));
    TRY(each("asks", section.asks(), read_ask));
    TRY(each("bids", section.bids(), read_bid));
    TRY(each("queue", section.queue(), read_deadline));
    TRY(at("market.queue", has_all_deadlines(state)));
    const auto read_wait = [](market::WaitingFor what) {
        return [what](StateView& into, const v1::MarketWaiter& row) {
            return read_waiter(into, what, row);
        };
    };
    TRY(each("waits_for_seed", section.waits_for_seed(), read_wait(market::WaitingFor::seed)));
    return each("waits_for_issue", section.waits_for_issue(), read_wait(market::WaitingFor::issue));
}

namespace {

std::uint64_t number(OrderId id) {
    return static_cast<std::uint64_t>(id);
}

void write_row(const market::RowKey& key, OrderId id, v1::MarketRow& out) {
    out.set_class_id(static_cast<std::uint32_t>(key.book.class_id));
    out.set_product(static_cast<std::uint32_t>(key.book.product));
    out.set_price(key.price);
    out.set_posted(key.posted.value());
    out.set_id(number(id));
}

void write_books(const StateView& state, v1::MarketState& section) {
    sure(market::walk_asks(
        state,
        [&](const market::AskKey& key, const market::Ask& ask) -> Outcome<bool> {
            auto& row = *section.add_asks();
            write_row(key.row, key.id, *row.mutable_row());
            write_record(market::encode_ask(ask), *row.mutable_record());
            return true;
        }
    ));
    sure(market::walk_bids(
        state,
        [&](const market::BidKey& key, const market::Bid& bid) -> Outcome<bool> {
            auto& row = *section.add_bids();
            write_row(key.row, key.job.order, *row.mutable_row());
            row.mutable_row()->set_task(key.job.task);
            write_record(market::encode_bid(bid), *row.mutable_record());
            return true;
        }
    ));
}

void write_waits(const StateView& state, v1::MarketState& section) {
    sure(market::walk_queue(state, [&](const market::Queued& queued) -> Outcome<bool> {
        auto& row = *section.add_queue();
        write_record(market::encode_deadline(queued.deadline), *row.mutable_deadline());
        row.set_subject(number(queued.subject.order));
        row.set_task(queued.subject.task);
        return true;
    }));
    const auto write_into = [&](auto add) {
        return [add](const market::Waiter& waiter) -> Outcome<bool> {
            v1::MarketWaiter& row = *add();
            row.set_since(waiter.since.value());
            row.set_order_id(number(waiter.job.order));
            row.set_task(waiter.job.task);
            return true;
        };
    };
    sure(market::walk_waiting(state, market::WaitingFor::seed, write_into([&] {
                                  return section.add_waits_for_seed();
                              })));
    sure(market::walk_waiting(state, market::WaitingFor::issue, write_into([&] {
                                  return section.add_waits_for_issue();
                              })));
}

}  // namespace

void write_market_orders(const StateView& state, v1::MarketState& section) {
    sure(market::walk_orders(
        state,
        {},
        [&](OrderId id, const market::Order& order) -> Outcome<bool> {
            auto& row = *section.add_orders();
            row.set_id(number(id));
            write_record(market::encode_order(order), *row.mutable_record());
            return true;
        }
    ));
    sure(market::walk_task_inputs(
        state,
        [&](const JobId& id, const std::vector<crypto::Hash256>& inputs) -> Outcome<bool> {
            auto& row = *section.add_task_inputs();
            row.set_order_id(number(id.order));
            row.set_task(id.task);
            for (const crypto::Hash256& input : inputs) {
                row.add_inputs(bytes_text(input));
            }
            return true;
        }
    ));
    sure(market::walk_jobs(
        state,
        {},
        [&](const JobId& id, const market::Job& job) -> Outcome<bool> {
            auto& row = *section.add_jobs();
            row.set_order_id(number(id.order));
            row.set_task(id.task);
            write_record(market::encode_job(job), *row.mutable_record());
            TRY_ASSIGN(const auto result, market::get_inline_result(state, id));
            row.set_inline_result(bytes_text(result.value_or(Bytes())));
            return true;
        }
    ));
    write_books(state, section);
    write_waits(state, section);
}

}  // namespace steelyard::genesis
