// run: what it will cost, from the node's state and the program's own facts.
#include "bin/steelyard/market.h"
#include "bin/steelyard/run.h"
#include "node/verifier/vm_verifier.h"
#include "steelyard/market/v1/query.pb.h"
#include "steelyard/params/v1/query.pb.h"

namespace steelyard::wallet {
namespace {

namespace market = ::steelyard::market::v1;

constexpr std::uint32_t book_depth = 1'000;
constexpr std::uint64_t seconds_a_minute = 60;
constexpr std::uint64_t seconds_an_hour = 3'600;

Outcome<ledger::Params> ask_params(const client::NodeClient& node) {
    params::v1::QueryParamsResponse answer;
    TRY(ask(node, "/steelyard.params.v1.Query/Params", params::v1::QueryParamsRequest(), answer));
    const auto params = ledger::decode_params(as_bytes(answer.params().SerializeAsString()));
    if (!params) {
        return std::unexpected(Complaint(
            Exit::failed,
            "bad_answer",
            "the node's parameters are not readable: " + params.error().message(),
            "is this wallet as new as the chain?"
        ));
    }
    return *params;
}

steelyard::market::ProgramFacts facts_of(const market::ProgramFacts& told) {
    return {
        .work_units = told.work_units(),
        .steps = told.steps(),
        .inputs = told.inputs(),
        .outputs = told.outputs(),
        .input_bytes = told.input_bytes(),
        .output_bytes = told.output_bytes(),
        .proof_bytes = told.proof_bytes(),
        .proof_gas = told.proof_gas(),
    };
}

/// Those that the chain has, or else those that it would have.
Outcome<void> add_program(
    const client::NodeClient& node, const RunWork& work, buyer::PlanFacts& facts
) {
    market::QueryProgramRequest request;
    request.set_program_id(work.id);
    market::QueryProgramResponse answer;
    const auto asked = ask(node, "/steelyard.market.v1.Query/Program", request, answer);
    if (asked) {
        facts.program = facts_of(answer.program().facts());
        return {};
    }
    if (asked.error().exit != Exit::not_found) {
        return std::unexpected(asked.error());
    }
    if (work.bytes.size() > vm::program_bytes_max_on_chain) {
        return usage(
            "the program has {} bytes, the chain takes at most {}",
            grouped(work.bytes.size()),
            grouped(vm::program_bytes_max_on_chain)
        );
    }
    const ledger::MarketParams& params = facts.params.market;
    const node::VmVerifier verifier;
    const auto admitted = verifier.admit(
        work.bytes,
        {.probes = params.probes, .bytes = params.proof_bytes_max, .gas = params.proof_gas_max}
    );
    if (!admitted) {
        return std::unexpected(Complaint(
            Exit::unsupported,
            "program_not_admitted",
            "the chain would refuse the program: " + admitted.error().message()
        ));
    }
    facts.program = *admitted;
    facts.new_bytes = work.bytes.size();
    return {};
}

Outcome<market::Class> ask_class(const client::NodeClient& node, std::uint32_t id) {
    market::QueryClassRequest request;
    request.set_class_id(id);
    market::QueryClassResponse answer;
    TRY(ask(node, "/steelyard.market.v1.Query/Class", request, answer));
    if (answer.class_().wu_per_second_floor() == 0) {
        return std::unexpected(
            Complaint(Exit::failed, "bad_answer", "the node's class has a floor of 0")
        );
    }
    return answer.class_();
}

Outcome<std::vector<buyer::Offer>> ask_offers(const client::NodeClient& node, std::uint32_t id) {
    market::QueryBookRequest request;
    request.set_class_id(id);
    request.set_depth(book_depth);
    market::QueryBookResponse answer;
    TRY(ask(node, "/steelyard.market.v1.Query/Book", request, answer));
    std::vector<buyer::Offer> offers;
    for (const market::Ask& one : answer.asks()) {
        if (!one.is_void()) {
            offers.push_back({.price = one.price(), .work_units = one.work_units()});
        }
    }
    return offers;
}

std::unexpected<Complaint> of_plan(const Error& error) {
    if (error.code() == ErrorCode::not_found) {
        return std::unexpected(Complaint(
            Exit::not_found,
            "no_asks",
            error.message(),
            "wait for a provider, or say what you would pay with --max-price"
        ));
    }
    return std::unexpected(Complaint(error));
}

/// "45 s", "12 min", "3 h"
std::string duration_text(std::uint64_t seconds) {
    if (seconds < 2 * seconds_a_minute) {
        return fmt::format("{} s", seconds);
    }
    if (seconds < 2 * seconds_an_hour) {
        return fmt::format("{} min", (seconds + seconds_a_minute - 1) / seconds_a_minute);
    }
    return fmt::format("{} h", (seconds + seconds_an_hour - 1) / seconds_an_hour);
}

std::string limit_text(const buyer::Plan& plan) {
    return fmt::format(
        "{} for 10^6 work units{}",
        price_text(plan.limit),
        plan.is_limit_said
            ? ""
            : fmt::format(" (the best ask's and {} %)", buyer::default_margin_percent)
    );
}

}  // namespace

Outcome<RunPlan> plan_run(
    const client::NodeClient& node, const RunWork& work, const OrderTerms& terms
) {
    if (terms.class_name.empty()) {
        return usage("--class is missing: `steelyard market classes` shows those that there are");
    }
    RunPlan out{.program_bytes = work.bytes.size()};
    buyer::PlanFacts facts;
    TRY_ASSIGN(out.class_id, find_class(&node, terms.class_name));
    TRY_ASSIGN(const market::Class found, ask_class(node, out.class_id));
    out.class_name = found.name();
    facts.book_class.name = found.name();
    facts.book_class.wu_per_second_floor = found.wu_per_second_floor();
    TRY_ASSIGN(facts.params, ask_params(node));
    TRY(add_program(node, work, facts));
    out.is_registered = facts.new_bytes == 0;
    TRY_ASSIGN(facts.asks, ask_offers(node, out.class_id));
    if (!terms.limit.empty()) {
        TRY_ASSIGN(facts.limit, parse_price("--max-price", terms.limit));
    }
    facts.tasks = work.is_array() ? static_cast<std::uint32_t>(work.tasks.size()) : 1;
    facts.max_parallel = terms.max_parallel;
    for (const auto& [id, tensor] : work.tensors) {
        ++out.blobs;
        out.blob_bytes += tensor.data.size();
    }
    auto plan = buyer::make_plan(facts);
    if (!plan) {
        return of_plan(plan.error());
    }
    out.plan = *plan;
    return out;
}

std::string plan_text(const RunPlan& told) {
    const buyer::Plan& plan = told.plan;
    Fields fields = {
        {"class", fmt::format("{} ({}), as its providers say", told.class_name, told.class_id)},
        {"program",
         told.is_registered ? "on the chain already"
                            : fmt::format(
                                  "new: {} bytes, deposit {}, which comes back when it is removed",
                                  grouped(told.program_bytes),
                                  uyard_text(plan.deposit)
                              )},
        {"work units", grouped(plan.work_units) + (plan.tasks > 1 ? " a job" : "")},
    };
    if (plan.tasks > 1) {
        fields.emplace_back(
            "jobs", fmt::format("{}, {} at a time", grouped(plan.tasks), plan.max_parallel)
        );
    }
    fields.emplace_back("limit", limit_text(plan));
    fields.emplace_back("asks within it", grouped(plan.asks));
    fields.emplace_back(
        "price at the best",
        plan.best == 0
            ? "-"
            : fmt::format("{}, at {}", uyard_text(plan.best_price), price_text(plan.best))
    );
    fields.emplace_back("price at the limit", uyard_text(plan.limit_price));
    fields.emplace_back("for proofs, at most", uyard_text(plan.proof_escrow));
    fields.emplace_back(
        "escrow", uyard_text(plan.escrow) + ", of which what is not used comes back"
    );
    if (!told.fee.empty()) {
        fields.emplace_back("fee", told.fee);
    }
    fields.emplace_back(
        "at worst", uyard_text(plan.worst) + (told.fee.empty() ? ", and fees" : ", and the fee")
    );
    fields.emplace_back(
        "blobs", fmt::format("{} of {} bytes in all", told.blobs, grouped(told.blob_bytes))
    );
    fields.emplace_back(
        "time",
        fmt::format(
            "about {}; {} if every window is used up, and as much for each retry",
            duration_text(plan.expected_seconds),
            duration_text(plan.latest_seconds)
        )
    );
    return fields_text(fields);
}

std::string plan_json(const RunPlan& told) {
    const buyer::Plan& plan = told.plan;
    JsonObject out;
    out.number("class_id", told.class_id);
    out.text("class", told.class_name);
    out.raw("is_registered", told.is_registered ? "true" : "false");
    out.number("program_bytes", told.program_bytes);
    out.number("work_units", plan.work_units);
    out.number("tasks", plan.tasks);
    out.number("max_parallel", plan.max_parallel);
    out.number("limit_price", plan.limit);
    out.number("asks", plan.asks);
    out.number("best_ask", plan.best);
    out.number("best_price", plan.best_price);
    out.number("price_at_limit", plan.limit_price);
    out.number("proof_escrow", plan.proof_escrow);
    out.number("escrow", plan.escrow);
    out.number("deposit", plan.deposit);
    out.text("fee", told.fee);
    out.number("worst", plan.worst);
    out.number("blobs", told.blobs);
    out.number("blob_bytes", told.blob_bytes);
    out.number("start_blocks", plan.windows.start);
    out.number("commit_blocks", plan.windows.commit);
    out.number("respond_blocks", plan.windows.respond);
    out.number("run_seconds", plan.run_seconds);
    out.number("expected_seconds", plan.expected_seconds);
    out.number("latest_seconds", plan.latest_seconds);
    return out.value() + "\n";
}

}  // namespace steelyard::wallet
