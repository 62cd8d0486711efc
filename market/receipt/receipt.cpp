#include "market/receipt/receipt.h"

#include "base/hex.h"
#include "crypto/sha256.h"
#include "ledger/auth/accounts.h"
#include "ledger/state/values.h"
#include "market/funds/funds.h"
#include "market/records/instrument.h"
#include "market/records/job.h"
#include "steelyard/market/v1/receipt.pb.h"

#include <algorithm>

namespace steelyard::market {
namespace {

using ledger::Key;

std::string text_of(ByteView bytes) {
    return std::string(as_text(bytes));
}

Key id_key(char letter, const JobId& id) {
    return Key(letter) << static_cast<std::uint64_t>(id.order) << id.task;
}

/// Reads rows as records. What is asked for twice comes from here the second time.
class Rows {
public:
    explicit Rows(const RecordSource& source) : source_(source) {}

    /// Empty: there is no such row.
    Result<Bytes> value(std::string_view store, ByteView key) { return source_(store, key); }

    template <typename T>
    Result<T> get(std::string_view store, ByteView key, Result<T> (*decode)(ByteView)) {
        TRY_ASSIGN(const Bytes bytes, value(store, key));
        if (bytes.empty()) {
            return fail(ErrorCode::corrupt, "row {}/{} is not there", store, to_hex(key));
        }
        return decode(bytes);
    }

    Result<std::string> address(AccountNumber account) {
        const auto known = addresses_.find(account);
        if (known != addresses_.end()) {
            return known->second;
        }
        const Key key = auth::accounts_prefix() << account;
        TRY_ASSIGN(const auto row, get("auth", key, auth::decode_account));
        return addresses_.emplace(account, ledger::account_text(row.address)).first->second;
    }

private:
    const RecordSource& source_;
    std::map<AccountNumber, std::string> addresses_{};
};

/// What a receipt is derived from.
struct Told {
    JobId id{};
    Order order{};
    Job job{};
};

Result<void> tell_inputs(Rows& rows, const Told& told, v1::Receipt& out) {
    const auto& inputs = told.order.inputs;
    const bool has_own = !std::ranges::all_of(inputs, &std::optional<Hash256>::has_value);
    Bytes own;
    if (has_own) {
        TRY_ASSIGN(own, rows.value("job", id_key('t', told.id)));
    }
    ByteView left = own;
    for (const auto& input : inputs) {
        if (input) {
            out.add_inputs(text_of(*input));
            continue;
        }
        if (left.size() < sizeof(Hash256)) {
            return fail(ErrorCode::corrupt, "the task's own inputs are too few");
        }
        out.add_inputs(text_of(left.first(sizeof(Hash256))));
        left = left.subspan(sizeof(Hash256));
    }
    if (!left.empty()) {
        return fail(ErrorCode::corrupt, "the task's own inputs are too many");
    }
    return {};
}

Result<void> tell_order(Rows& rows, const Told& told, v1::Receipt& out) {
    const Order& order = told.order;
    out.set_order_id(static_cast<std::uint64_t>(told.id.order));
    out.set_task(told.id.task);
    TRY_ASSIGN(*out.mutable_user(), rows.address(order.user));
    const auto class_id = static_cast<std::uint32_t>(order.book.class_id);
    TRY_ASSIGN(const Class book_class, rows.get("market", Key('k') << class_id, decode_class));
    out.set_class_id(class_id);
    out.set_class_name(book_class.name);
    out.set_product("work");
    out.set_program(text_of(order.program));
    out.set_work_units(order.work_units);
    out.set_limit_price(order.limit);
    out.set_posted_height(order.posted.value());
    out.set_escrow(order.job_escrow + order.proof_escrow);
    return tell_inputs(rows, told, out);
}

Result<void> tell_match(Rows& rows, const Match& match, v1::Receipt& out) {
    TRY_ASSIGN(*out.mutable_provider(), rows.address(match.provider));
    TRY_ASSIGN(*out.mutable_worker(), rows.address(match.worker));
    out.set_ask_id(static_cast<std::uint64_t>(match.ask.id));
    out.set_unit_price(match.ask.row.price);
    out.set_price(match.price);
    out.set_reserved(match.reserved);
    out.set_matched_height(match.height.value());
    return {};
}

Result<void> tell_commit(Rows& rows, const Told& told, const Commit& commit, v1::Receipt& out) {
    out.set_committed_height(commit.height.value());
    out.set_output_root(text_of(commit.output_root));
    out.set_trace_root(text_of(commit.trace_root));
    out.set_steps(commit.steps);
    if (commit.fault) {
        out.mutable_fault()->set_kind(commit.fault->kind);
        out.mutable_fault()->set_step(commit.fault->step);
        out.mutable_fault()->set_element(commit.fault->element);
    }
    for (const Hash256& result : commit.results) {
        out.add_results(text_of(result));
    }
    if (commit.inline_size > 0) {
        TRY_ASSIGN(const Bytes result, rows.value("job", id_key('r', told.id)));
        if (result.size() != commit.inline_size) {
            return fail(
                ErrorCode::corrupt,
                "the inline result has {} bytes, not {}",
                result.size(),
                commit.inline_size
            );
        }
        out.set_inline_result_size(commit.inline_size);
        out.set_inline_result_sha256(text_of(crypto::sha256(result)));
    }
    return {};
}

std::string_view verification_of(const Job& job) {
    if (job.state == JobState::slashed) {
        return "slashed";
    }
    if (!job.commit) {
        return "none";
    }
    if (!job.challenge) {
        return job.is_decided ? "not_chosen" : "undecided";
    }
    if (job.challenge->issued == Height()) {
        return "waits";
    }
    return job.state == JobState::challenged ? "issued" : "proved";
}

void tell_challenge(const Challenge& challenge, v1::Receipt& out) {
    out.set_decided_height(challenge.decided.value());
    out.set_issued_height(challenge.issued.value());
    if (challenge.issued != Height()) {
        out.set_seed(text_of(challenge.seed));
    }
    out.set_probes(challenge.probes);
    out.set_attempts(challenge.attempts);
    out.set_last_attempt_height(challenge.last_attempt.value());
}

/// E4, E6 and E7, from the terms that the job was matched under.
Result<void> tell_money(const Told& told, v1::Receipt& out) {
    const Job& job = told.job;
    const Money held = job.job_escrow + job.proof_escrow;
    if (job.paid > job.job_escrow || held > told.order.job_escrow + told.order.proof_escrow) {
        return fail(ErrorCode::corrupt, "more money than the escrow");
    }
    out.set_proof_paid(told.order.job_escrow + told.order.proof_escrow - held);
    out.set_paid(job.paid);
    if (job.state == JobState::settled && job.match) {
        const Shares shares = shares_of(job.paid, job.match->terms.fee_bps);
        out.set_fee(shares.fee);
        out.set_earned(shares.provider);
    }
    if (job.state == JobState::slashed && job.match) {
        out.set_slashed(job.match->reserved);
    }
    out.set_damages(job.damages);
    if (is_final(job.state)) {
        out.set_refund(held - job.paid);
    }
    return {};
}

Result<void> tell_job(Rows& rows, const Told& told, v1::Receipt& out) {
    const Job& job = told.job;
    out.set_state(std::string(to_string(job.state)));
    out.set_reason(std::string(to_string(job.reason)));
    out.set_party_at_fault(std::string(to_string(party_at_fault(job.reason, job.decline))));
    for (const AccountNumber account : job.had_it) {
        TRY_ASSIGN(*out.add_had_it(), rows.address(account));
    }
    out.set_entered_height(job.entered.value());
    out.set_started_height(job.started.value());
    out.set_ended_height(job.ended.value());
    if (job.match) {
        TRY(tell_match(rows, *job.match, out));
    }
    if (job.commit) {
        TRY(tell_commit(rows, told, *job.commit, out));
    }
    out.set_verification(std::string(verification_of(job)));
    if (job.challenge) {
        tell_challenge(*job.challenge, out);
    }
    return tell_money(told, out);
}

}  // namespace

Result<void> derive_receipt(const JobId& id, const RecordSource& source, v1::Receipt& receipt) {
    Rows rows(source);
    Told told{.id = id};
    TRY_ASSIGN(const Bytes job, rows.value("job", id_key('j', id)));
    if (job.empty()) {
        return fail(ErrorCode::not_found, "job {} not found", to_string(id));
    }
    TRY_ASSIGN(told.job, decode_job(job));
    const Key order_key = Key('o') << static_cast<std::uint64_t>(id.order);
    TRY_ASSIGN(told.order, rows.get("job", order_key, decode_order));
    TRY(tell_order(rows, told, receipt));
    return tell_job(rows, told, receipt);
}

}  // namespace steelyard::market
