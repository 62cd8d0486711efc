// The same bytes as the generated classes write.
#include "proto/codec.h"
#include "tests/unit/market/records/job_samples.h"

#include "steelyard/market/v1/records.pb.h"

#include <gtest/gtest.h>

namespace steelyard::market {
namespace {

using namespace samples;
using proto::serialize;

namespace pb = steelyard::market::v1;

std::string text(ByteView bytes) {
    return std::string(as_text(bytes));
}

std::uint64_t number(auto value) {
    return static_cast<std::uint64_t>(value);
}

void set_attributes(const std::vector<Attribute>& attributes, auto& out) {
    for (const Attribute& attribute : attributes) {
        auto& added = *out.add_attributes();
        added.set_name(attribute.name);
        added.set_value(attribute.value);
    }
}

void set_filters(const Filters& filters, pb::FiltersRecord& out) {
    for (const std::string& region : filters.regions) {
        out.add_regions(region);
    }
    set_attributes(filters.attributes, out);
    for (const AccountNumber account : filters.excluded) {
        out.add_excluded(number(account));
    }
    out.set_reputation_min(filters.reputation_min);
}

void set_due(const Due& due, pb::Due& out) {
    out.set_height(due.height.value());
    out.mutable_time()->set_seconds(due.time.seconds());
    out.mutable_time()->set_nanos(due.time.nanoseconds());
}

TEST(RecordClasses, write_a_class_alike) {
    const Class value = full_class();
    pb::ClassRecord record;
    record.set_name(value.name);
    record.set_kind(2);
    record.set_vram_floor_bytes(value.vram_floor_bytes);
    record.set_wu_per_second_floor(value.wu_per_second_floor);
    record.set_region(value.region);
    record.set_trust(value.trust);

    EXPECT_EQ(encode_class(value), serialize(record));
}

TEST(RecordClasses, write_a_program_alike) {
    const Program program = full_program();
    pb::ProgramRecord record;
    record.set_owner(number(program.owner));
    record.set_deposit(program.deposit);
    record.set_registered(program.registered.value());
    record.set_uses(program.uses);
    pb::ProgramFacts& facts = *record.mutable_facts();
    facts.set_work_units(program.facts.work_units);
    facts.set_steps(program.facts.steps);
    facts.set_inputs(program.facts.inputs);
    facts.set_outputs(program.facts.outputs);
    facts.set_input_bytes(program.facts.input_bytes);
    facts.set_output_bytes(program.facts.output_bytes);
    facts.set_proof_bytes(program.facts.proof_bytes);
    facts.set_proof_gas(program.facts.proof_gas);

    EXPECT_EQ(encode_program_record(program), serialize(record));
}

TEST(RecordClasses, write_parties_alike) {
    const Provider provider = full_provider();
    pb::ProviderRecord record;
    record.set_moniker(provider.moniker);
    record.set_region(provider.region);
    record.set_contact(provider.contact);
    set_attributes(provider.attributes, record);
    record.set_bond(provider.bond);
    record.set_reserved(provider.reserved);
    record.set_withdrawing(provider.withdrawing);
    record.set_next_withdrawal(provider.next_withdrawal);
    record.set_slashes(provider.slashes);
    record.set_is_jailed(provider.is_jailed);
    record.set_settled(provider.settled);
    record.set_asks_valid_from(number(provider.asks_valid_from));
    for (const Height height : provider.declines) {
        record.add_declines(height.value());
    }
    record.set_registered(provider.registered.value());
    record.set_withdrawals(provider.withdrawals);
    record.set_workers(provider.workers);
    for (const WorkersOfClass& of_class : provider.classes) {
        auto& added = *record.add_classes();
        added.set_class_id(static_cast<std::uint32_t>(of_class.class_id));
        added.set_workers(of_class.workers);
        added.set_free_slots(of_class.free_slots);
    }
    const Worker worker = full_worker();
    pb::WorkerRecord worker_record;
    worker_record.set_provider(number(worker.provider));
    worker_record.set_class_id(2);
    worker_record.set_slots(worker.slots);
    worker_record.set_busy(worker.busy);
    worker_record.set_is_retired(worker.is_retired);
    const Standing standing = full_standing();
    pb::StandingRecord standing_record;
    standing_record.set_day(standing.day);
    standing_record.set_s(standing.s);
    standing_record.set_f(standing.f);
    standing_record.set_payers(standing.payers);

    EXPECT_EQ(encode_provider(provider), serialize(record));
    EXPECT_EQ(encode_worker(worker), serialize(worker_record));
    EXPECT_EQ(encode_standing(standing), serialize(standing_record));
}

TEST(RecordClasses, write_rows_of_the_books_alike) {
    const Ask ask = full_ask();
    pb::AskRecord ask_record;
    ask_record.set_provider(number(ask.provider));
    ask_record.set_owner(text(ask.owner));
    ask_record.set_count(ask.count);
    ask_record.set_work_units(ask.work_units);
    ask_record.set_last(ask.last.value());
    const Bid bid = full_bid();
    pb::BidRecord record;
    record.set_user(number(bid.user));
    record.set_owner(text(bid.owner));
    record.set_count(bid.count);
    record.set_work_units(bid.work_units);
    record.set_last(bid.last.value());
    record.set_deadline(bid.deadline.value());
    record.set_blocks_needed(bid.blocks_needed);
    for (const AccountNumber account : bid.had_it) {
        record.add_had_it(number(account));
    }
    set_filters(bid.filters, *record.mutable_filters());

    EXPECT_EQ(encode_ask(ask), serialize(ask_record));
    EXPECT_EQ(encode_bid(bid), serialize(record));
}

TEST(RecordClasses, write_an_order_alike) {
    const Order order = full_order();
    pb::OrderRecord record;
    record.set_user(number(order.user));
    record.set_count(order.count);
    record.set_class_id(2);
    record.set_product(1);
    record.set_program(text(order.program));
    record.set_work_units(order.work_units);
    record.set_limit(order.limit);
    record.set_posted(order.posted.value());
    record.set_last(order.last.value());
    record.set_deadline(order.deadline.value());
    record.set_blocks_needed(order.blocks_needed);
    record.set_retries(order.retries);
    set_filters(order.filters, *record.mutable_filters());
    for (const auto& input : order.inputs) {
        record.add_inputs(input ? text(*input) : "");
    }
    record.set_job_escrow(order.job_escrow);
    record.set_proof_escrow(order.proof_escrow);
    record.set_is_array(order.is_array);
    record.set_tasks(order.tasks);
    record.set_max_parallel(order.max_parallel);
    record.set_next_task(order.next_task);
    record.set_live(order.live);
    record.set_settled(order.settled);
    record.set_budget(order.budget);
    record.set_halt(3);
    record.set_is_final(order.is_final);

    EXPECT_EQ(encode_order(order), serialize(record));
}

void set_match(const Match& match, pb::MatchRecord& out) {
    out.set_ask(text(encode_ask_key(match.ask)));
    out.set_provider(number(match.provider));
    out.set_worker(number(match.worker));
    out.set_price(match.price);
    out.set_reserved(match.reserved);
    out.set_height(match.height.value());
    pb::Terms& terms = *out.mutable_terms();
    terms.set_nominal_block_ms(match.terms.nominal_block_ms);
    terms.set_commit_blocks(match.terms.commit_blocks);
    terms.set_retract_blocks(match.terms.retract_blocks);
    terms.set_challenge_delay(match.terms.challenge_delay);
    terms.set_challenge_bps(match.terms.challenge_bps);
    terms.set_respond_blocks(match.terms.respond_blocks);
    terms.set_settle_blocks(match.terms.settle_blocks);
    terms.set_retention_blocks(match.terms.retention_blocks);
    terms.set_fee_bps(match.terms.fee_bps);
    terms.set_min_job_price(match.terms.min_job_price);
    terms.set_probes(match.terms.probes);
    terms.set_proof_bytes_max(match.terms.proof_bytes_max);
    terms.set_proof_gas_max(match.terms.proof_gas_max);
}

void set_commit(const Commit& commit, pb::CommitRecord& out) {
    out.set_output_root(text(commit.output_root));
    out.set_trace_root(text(commit.trace_root));
    out.set_steps(commit.steps);
    out.mutable_fault()->set_kind(commit.fault->kind);
    out.mutable_fault()->set_step(commit.fault->step);
    out.mutable_fault()->set_element(commit.fault->element);
    for (const Hash256& result : commit.results) {
        out.add_results(text(result));
    }
    out.set_inline_size(commit.inline_size);
    out.set_height(commit.height.value());
    out.set_price(commit.price);
}

void set_challenge(const Challenge& challenge, pb::ChallengeRecord& out) {
    out.set_decided(challenge.decided.value());
    out.set_issued(challenge.issued.value());
    out.set_seed(text(challenge.seed));
    out.set_probes(challenge.probes);
    out.set_bytes(challenge.bytes);
    out.set_gas(challenge.gas);
    out.set_attempts(challenge.attempts);
    out.set_last_attempt(challenge.last_attempt.value());
}

TEST(RecordClasses, write_a_job_alike) {
    const Job job = full_job();
    pb::JobRecord record;
    record.set_state(11);
    record.set_reason(12);
    record.set_decline(5);
    record.set_retries_left(job.retries_left);
    for (const AccountNumber account : job.had_it) {
        record.add_had_it(number(account));
    }
    record.set_entered(job.entered.value());
    record.set_job_escrow(job.job_escrow);
    record.set_proof_escrow(job.proof_escrow);
    record.set_paid(job.paid);
    set_match(*job.match, *record.mutable_match());
    record.mutable_deadline()->set_kind(6);
    set_due(job.deadline->due, *record.mutable_deadline()->mutable_due());
    record.set_started(job.started.value());
    set_commit(*job.commit, *record.mutable_commit());
    set_due(job.settle_due, *record.mutable_settle_due());
    record.set_is_decided(job.is_decided);
    set_challenge(*job.challenge, *record.mutable_challenge());
    record.set_ended(job.ended.value());
    record.set_damages(job.damages);

    EXPECT_EQ(encode_job(job), serialize(record));
}

/// Each counter has its own number: those of the sample are the numbers of their fields.
TEST(RecordClasses, write_counters_alike) {
    pb::ClassCounters record;
    const auto* type = record.GetDescriptor();
    const auto* reflection = record.GetReflection();
    for (int i = 0; i < type->field_count(); ++i) {
        const auto* field = type->field(i);
        if (field->name() == "ended") {
            for (std::uint64_t reason = 0; reason <= 12; ++reason) {
                record.add_ended(reason);
            }
        } else if (field->name() == "last_trade") {
            record.set_last_trade(field->number());
        } else {
            reflection->SetUInt64(&record, field, number(field->number()));
        }
    }

    EXPECT_EQ(encode_class_counters(full_counters()), serialize(record));
}

}  // namespace
}  // namespace steelyard::market
