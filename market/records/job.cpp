#include "market/records/job.h"

#include "market/records/codec.h"
#include "market/records/job_parts.h"

namespace steelyard::market {
namespace {

using ledger::Key;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

Key id_key(char letter, const JobId& id) {
    return Key(letter) << static_cast<std::uint64_t>(id.order) << id.task;
}

Key job_key(const JobId& id) {
    return id_key('j', id);
}

Key result_key(const JobId& id) {
    return id_key('r', id);
}

}  // namespace

Outcome<std::optional<Job>> get_job(const StateView& state, const JobId& id) {
    TRY_ASSIGN(const auto bytes, state.get(Store::job, job_key(id)));
    return codec::known(bytes, decode_job);
}

Outcome<void> put_job(StateView& state, const JobId& id, const Job& job) {
    return state.put(Store::job, job_key(id), encode_job(job));
}

Outcome<void> erase_job(StateView& state, const JobId& id) {
    TRY(state.erase(Store::job, job_key(id)));
    return state.erase(Store::job, result_key(id));
}

Outcome<void> walk_jobs(
    const StateView& state,
    const JobId& from,
    const std::function<Outcome<bool>(const JobId&, const Job&)>& visit
) {
    const auto visit_record = [&](const Record& record) -> Outcome<bool> {
        KeyReader reader(record.key);
        JobId id;
        id.order = OrderId{reader.number8()};
        id.task = reader.number4();
        return visit(id, codec::known(decode_job(record.value)));
    };
    return state.walk_from(Store::job, Key('j'), job_key(from), visit_record);
}

Outcome<std::optional<Bytes>> get_inline_result(const StateView& state, const JobId& id) {
    return state.get(Store::job, result_key(id));
}

Outcome<void> put_inline_result(StateView& state, const JobId& id, ByteView result) {
    CHECK(result.size() <= inline_result_size_max);
    return codec::put_or_erase(state, Store::job, result_key(id), result);
}

Bytes encode_job(const Job& job) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint64_t>(job.state));
    writer.uint64(2, static_cast<std::uint64_t>(job.reason));
    writer.uint64(3, static_cast<std::uint64_t>(job.decline));
    writer.uint64(4, job.retries_left);
    codec::write_accounts(writer, 5, job.had_it);
    writer.int64(6, job.entered.value());
    writer.uint64(7, job.job_escrow);
    writer.uint64(8, job.proof_escrow);
    writer.uint64(9, job.paid);
    if (job.match) {
        writer.message(10, codec::encode_match(*job.match));
    }
    if (job.deadline) {
        writer.message(11, encode_deadline(*job.deadline));
    }
    writer.int64(12, job.started.value());
    if (job.commit) {
        writer.message(13, codec::encode_commit(*job.commit));
    }
    writer.boolean(14, job.is_decided);
    if (job.challenge) {
        writer.message(15, codec::encode_challenge(*job.challenge));
    }
    writer.int64(16, job.ended.value());
    if (job.settle_due != Due()) {
        writer.message(17, encode_due(job.settle_due));
    }
    writer.uint64(18, job.damages);
    return std::move(writer).take();
}

namespace {

/// Fields from 10 on: what became of it.
void read_course(ProtoReader& reader, Job& job) {
    switch (reader.field()) {
        case 10:
            job.match = reader.nested("match", codec::decode_match(reader.message("match")));
            break;
        case 11:
            job.deadline = reader.nested("deadline", decode_deadline(reader.message("deadline")));
            break;
        case 12:
            job.started = codec::height(reader, "started");
            break;
        case 13:
            job.commit = reader.nested("commit", codec::decode_commit(reader.message("commit")));
            break;
        case 14:
            job.is_decided = reader.boolean("is_decided");
            break;
        case 15:
            job.challenge =
                reader.nested("challenge", codec::decode_challenge(reader.message("challenge")));
            break;
        case 16:
            job.ended = codec::height(reader, "ended");
            break;
        case 17:
            job.settle_due = reader.nested("settle_due", decode_due(reader.message("settle_due")));
            if (job.settle_due == Due()) {
                reader.refuse("settle_due", "is nothing but written out");
            }
            break;
        case 18:
            job.damages = reader.uint64("damages");  // a price for each try, at most
            break;
        default:
            reader.unknown();
    }
}

}  // namespace

Result<Job> decode_job(ByteView bytes) {
    Job job;
    ProtoReader reader("Job", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                job.state = codec::choice(reader, "state", JobState::slashed);
                break;
            case 2:
                job.reason = codec::choice(reader, "reason", Reason::settled_fault);
                if (job.reason == Reason{10}) {
                    reader.refuse("reason", "is 10, which is none");
                }
                break;
            case 3:
                job.decline = codec::choice(reader, "decline", Decline::other);
                break;
            case 4:
                job.retries_left = codec::number4(reader, "retries_left", retries_max);
                break;
            case 5:
                job.had_it = codec::accounts(reader, "had_it", had_it_max);
                break;
            case 6:
                job.entered = codec::height(reader, "entered");
                break;
            case 7:
                job.job_escrow = codec::money(reader, "job_escrow");
                break;
            case 8:
                job.proof_escrow = codec::money(reader, "proof_escrow");
                break;
            case 9:
                job.paid = codec::money(reader, "paid");
                break;
            default:
                read_course(reader, job);
        }
    }
    reader.require(1, "state");
    TRY(reader.finish());
    return job;
}

}  // namespace steelyard::market
