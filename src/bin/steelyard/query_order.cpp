// order: orders, jobs and books, as the chain has them.
#include "bin/steelyard/market.h"
#include "steelyard/market/v1/query.pb.h"

#include <CLI/CLI.hpp>

namespace steelyard::wallet {
namespace {

namespace market = ::steelyard::market::v1;

constexpr std::uint32_t depth_default = 20;
constexpr std::uint32_t depth_max = 1'000;
constexpr std::uint32_t tasks_max = 1'024;

/// A word that a node has sent, or "-" for none.
std::string word_text(const std::string& word) {
    return word.empty() || word == "none" || word == "nobody" ? "-" : word;
}

std::string job_text(const market::Job& job) {
    return fmt::format("{}/{}", job.order_id(), job.task());
}

std::string state_of(const market::Order& order) {
    return order.is_final() ? "final" : order.halt().empty() ? "live" : order.halt();
}

template <typename List>
std::string joined(const List& list) {
    std::string out;
    for (const auto& one : list) {
        out += (out.empty() ? "" : ", ") + std::string(one);
    }
    return out.empty() ? "-" : out;
}

Fields fields_of(const market::Order& order) {
    std::string attributes;
    for (const market::Attribute& one : order.attributes()) {
        attributes += (attributes.empty() ? "" : ", ") + attribute_text(one);
    }
    Fields fields = {
        {"order", std::to_string(order.order_id())},
        {"user", order.user()},
        {"state", state_of(order)},
        {"class", grouped(order.class_id())},
        {"program", hex_text(order.program())},
        {"work units of a job", grouped(order.work_units())},
        {"limit price of 10^6", price_text(order.limit_price())},
        {"posted in block", height_text(order.posted_height())},
        {"matched until block", height_text(order.last_height())},
        {"deadline", height_text(order.deadline())},
        {"retries", grouped(order.retries())},
        {"escrow of a job", uyard_text(order.job_escrow() + order.proof_escrow())},
        {"regions", joined(order.regions())},
        {"attributes", attributes.empty() ? "-" : attributes},
        {"excluded", joined(order.excluded())},
    };
    if (order.is_array()) {
        fields.emplace_back("tasks", grouped(order.tasks()));
        fields.emplace_back("next task", grouped(order.next_task()));
        fields.emplace_back("at a time", grouped(order.max_parallel()));
        fields.emplace_back("live", grouped(order.live()));
        fields.emplace_back("settled", grouped(order.settled()));
        fields.emplace_back("budget left", uyard_text(order.budget()));
    }
    return fields;
}

std::string wait_text(const market::Job& job) {
    if (!job.has_wait()) {
        return "-";
    }
    return fmt::format("{} in block {}", job.wait().kind(), height_text(job.wait().height()));
}

std::string jobs_table(const market::QueryJobsResponse& answer) {
    std::vector<std::vector<std::string>> rows;
    for (const market::Job& job : answer.jobs()) {
        rows.push_back(
            {job_text(job),
             job.state(),
             word_text(job.reason()),
             job.has_assignment() ? job.assignment().provider() : "-",
             job.has_assignment() ? uyard_text(job.assignment().price()) : "-",
             wait_text(job)}
        );
    }
    return table(
        {{"JOB", Align::right},
         {"STATE"},
         {"REASON"},
         {"PROVIDER"},
         {"PRICE", Align::right},
         {"WAITS FOR"}},
        rows
    );
}

void add_assignment(const market::Job& job, Fields& fields) {
    const market::Assignment& given = job.assignment();
    fields.emplace_back("provider", given.provider());
    fields.emplace_back("worker", given.worker());
    fields.emplace_back("price", uyard_text(given.price()));
    fields.emplace_back("reserved of the bond", uyard_text(given.reserved()));
    fields.emplace_back("matched in block", height_text(given.height()));
    fields.emplace_back("started in block", height_text(job.started_height()));
}

void add_commitment(const market::Job& job, Fields& fields) {
    const market::Commitment& commitment = job.commitment();
    fields.emplace_back("committed in block", height_text(commitment.height()));
    fields.emplace_back("output root", hex_text(commitment.output_root()));
    fields.emplace_back("trace root", hex_text(commitment.trace_root()));
    fields.emplace_back("steps", grouped(commitment.steps()));
    if (commitment.has_fault()) {
        const market::FaultPlace& fault = commitment.fault();
        fields.emplace_back(
            "fault",
            fmt::format(
                "{} in step {}, element {}",
                fault.kind() == 1 ? "out_of_bound" : "bad_index",
                grouped(fault.step()),
                grouped(fault.element())
            )
        );
    }
    if (!commitment.inline_result().empty()) {
        fields.emplace_back("result", grouped(commitment.inline_result().size()) + " bytes");
    }
    for (const std::string& id : commitment.results()) {
        fields.emplace_back("result", hex_text(id));
    }
}

Fields fields_of(const market::Job& job) {
    Fields fields = {
        {"job", job_text(job)},
        {"user", job.user()},
        {"state", job.state()},
        {"reason", word_text(job.reason())},
        {"party at fault", word_text(job.party_at_fault())},
        {"program", hex_text(job.program())},
        {"waits for", wait_text(job)},
        {"escrow", uyard_text(job.job_escrow() + job.proof_escrow())},
        {"retries left", grouped(job.retries_left())},
    };
    if (job.damages() > 0) {
        fields.emplace_back("damages to the user", uyard_text(job.damages()));
    }
    for (const std::string& input : job.inputs()) {
        fields.emplace_back("input", hex_text(input));
    }
    if (job.has_assignment()) {
        add_assignment(job, fields);
    }
    if (job.has_commitment()) {
        add_commitment(job, fields);
    }
    if (job.has_challenge() && job.challenge().issued_height() > 0) {
        const market::Challenge& challenge = job.challenge();
        fields.emplace_back("challenged in block", height_text(challenge.issued_height()));
        fields.emplace_back("seed", hex_text(challenge.seed()));
        fields.emplace_back("probes", grouped(challenge.probes()));
        fields.emplace_back(
            "proof at most",
            fmt::format("{} bytes, {} gas", grouped(challenge.bytes()), grouped(challenge.gas()))
        );
        fields.emplace_back("attempts", grouped(challenge.attempts()));
    }
    fields.emplace_back("paid", uyard_text(job.paid()));
    fields.emplace_back("ended in block", height_text(job.ended_height()));
    return fields;
}

/// "ORDER" shows the order and its jobs, "ORDER/TASK" a job.
Outcome<Exit> show(
    const Context& context, const client::NodeClient& node, const std::string& text
) {
    TRY_ASSIGN(const JobName name, parse_job(text));
    if (text.find('/') != std::string::npos) {
        market::QueryJobRequest request;
        request.set_order_id(name.order);
        request.set_task(name.task);
        market::QueryJobResponse answer;
        TRY(ask(node, "/steelyard.market.v1.Query/Job", request, answer));
        return answer_with(context, answer.job(), fields_text(fields_of(answer.job())));
    }
    market::QueryOrderRequest request;
    request.set_order_id(name.order);
    market::QueryOrderResponse answer;
    TRY(ask(node, "/steelyard.market.v1.Query/Order", request, answer));
    market::QueryJobsRequest of_jobs;
    of_jobs.set_order_id(name.order);
    TRY_ASSIGN(
        const auto jobs,
        (ask_all<market::QueryJobsRequest, market::QueryJobsResponse>(
            node, "/steelyard.market.v1.Query/Jobs", of_jobs
        ))
    );
    if (!context.json()) {
        print(fields_text(fields_of(answer.order())) + "\n" + jobs_table(jobs));
        return Exit::ok;
    }
    std::string order_json = json_of(answer.order());
    std::string list;
    for (const market::Job& job : jobs.jobs()) {
        std::string one = json_of(job);
        one.pop_back();
        list += (list.empty() ? "" : ",") + one;
    }
    order_json.pop_back();
    print("{\"order\":" + order_json + ",\"jobs\":[" + list + "]}\n");
    return Exit::ok;
}

Outcome<Exit> list(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    market::QueryOrdersRequest request;
    TRY_ASSIGN(*request.mutable_user(), account_text(context, name));
    TRY_ASSIGN(
        const auto answer,
        (ask_all<market::QueryOrdersRequest, market::QueryOrdersResponse>(
            node, "/steelyard.market.v1.Query/Orders", request
        ))
    );
    std::vector<std::vector<std::string>> rows;
    for (const market::Order& one : answer.orders()) {
        rows.push_back(
            {std::to_string(one.order_id()),
             state_of(one),
             grouped(one.class_id()),
             price_text(one.limit_price()),
             grouped(one.work_units()),
             fmt::format("{} of {}", one.settled(), one.tasks()),
             height_text(one.posted_height()),
             height_text(one.last_height())}
        );
    }
    return answer_with(
        context,
        answer,
        table(
            {{"ORDER", Align::right},
             {"STATE"},
             {"CLASS", Align::right},
             {"LIMIT OF 10^6", Align::right},
             {"WORK UNITS", Align::right},
             {"SETTLED", Align::right},
             {"POSTED", Align::right},
             {"LAST BLOCK", Align::right}},
            rows
        )
    );
}

struct BookArguments {
    std::string class_name{};
    std::uint32_t depth = depth_default;
};

std::string book_text(const market::QueryBookResponse& answer) {
    std::vector<std::vector<std::string>> asks;
    for (const market::Ask& one : answer.asks()) {
        asks.push_back(
            {std::to_string(one.ask_id()),
             price_text(one.price()),
             grouped(one.work_units()),
             height_text(one.last_height()),
             one.provider()}
        );
    }
    std::vector<std::vector<std::string>> bids;
    for (const market::Bid& one : answer.bids()) {
        bids.push_back(
            {fmt::format("{}/{}", one.order_id(), one.task()),
             price_text(one.limit_price()),
             grouped(one.work_units()),
             height_text(one.last_height()),
             one.user()}
        );
    }
    const auto side = [](const char* what, const char* price, const char* who, const auto& rows) {
        return table(
            {{what, Align::right},
             {price, Align::right},
             {"WORK UNITS", Align::right},
             {"LAST BLOCK", Align::right},
             {who}},
            rows
        );
    };
    return "asks\n" + side("ASK", "PRICE OF 10^6", "PROVIDER", asks) +
           (answer.has_more_asks() ? "and more\n" : "") + "\nbids\n" +
           side("JOB", "LIMIT OF 10^6", "USER", bids) +
           (answer.has_more_bids() ? "and more\n" : "");
}

Outcome<Exit> book(
    const Context& context, const client::NodeClient& node, const BookArguments& arguments
) {
    market::QueryBookRequest request;
    TRY_ASSIGN(const auto class_id, find_class(&node, arguments.class_name));
    request.set_class_id(class_id);
    request.set_depth(arguments.depth);
    market::QueryBookResponse answer;
    TRY(ask(node, "/steelyard.market.v1.Query/Book", request, answer));
    return answer_with(context, answer, book_text(answer));
}

Outcome<Exit> explain(
    const Context& context, const client::NodeClient& node, const std::string& text
) {
    TRY_ASSIGN(const JobName name, parse_job(text));
    market::QueryExplainRequest request;
    request.set_order_id(name.order);
    request.set_task(name.task);
    market::QueryExplainResponse answer;
    TRY(ask(node, "/steelyard.market.v1.Query/Explain", request, answer));
    Fields fields = {{"state", answer.state()}, {"asks of the book", grouped(answer.asks())}};
    for (const market::MismatchCount& one : answer.mismatches()) {
        fields.emplace_back(one.mismatch(), grouped(one.asks()));
    }
    return answer_with(context, answer, fields_text(fields));
}

struct EstimateArguments {
    std::string program{};
    std::string class_name{};
    std::string limit{};
    std::uint32_t tasks = 1;
};

Outcome<Exit> estimate(
    const Context& context, const client::NodeClient& node, const EstimateArguments& arguments
) {
    market::QueryEstimateRequest request;
    TRY_ASSIGN(*request.mutable_program(), program_id_of(arguments.program));
    TRY_ASSIGN(const auto class_id, find_class(&node, arguments.class_name));
    request.set_class_id(class_id);
    request.set_tasks(arguments.tasks);
    if (!arguments.limit.empty()) {
        TRY_ASSIGN(const auto limit, parse_price("--limit-price", arguments.limit));
        request.set_limit_price(limit);
    }
    market::QueryEstimateResponse answer;
    TRY(ask(node, "/steelyard.market.v1.Query/Estimate", request, answer));
    const bool has_ask = answer.best_ask() > 0;
    const Fields fields = {
        {"work units of a job", grouped(answer.work_units())},
        {"price of a job at the limit", uyard_text(answer.job_escrow())},
        {"for its proof", uyard_text(answer.proof_escrow())},
        {"put aside for all", uyard_text(answer.escrow())},
        {"best ask", has_ask ? price_text(answer.best_ask()) : "-"},
        {"price of a job there", has_ask ? uyard_text(answer.best_price()) : "-"},
        {"blocks to start", grouped(answer.start_blocks())},
        {"to commit", grouped(answer.commit_blocks())},
        {"to answer a challenge", grouped(answer.respond_blocks())},
    };
    return answer_with(context, answer, fields_text(fields));
}

void add_estimate(CLI::App& order, Context& context) {
    auto arguments = std::make_shared<EstimateArguments>();
    auto* command = add_question(
        order,
        context,
        "estimate",
        "What an order would cost, and how long its jobs could take",
        [&context, arguments](const client::NodeClient& node) {
            return estimate(context, node, *arguments);
        }
    );
    command->add_option("--program", arguments->program, "Its file (.svm), or its id in hex")
        ->required();
    command->add_option("--class", arguments->class_name, class_help)->required();
    command->add_option("--limit-price", arguments->limit, "Else the best ask's");
    command->add_option("--tasks", arguments->tasks, "Of an array")
        ->check(CLI::Range(1U, tasks_max))
        ->capture_default_str();
}

}  // namespace

void add_order_queries(CLI::App& order, Context& context) {
    auto name = std::make_shared<std::string>();
    add_question(
        order,
        context,
        "list",
        "The orders of an account",
        [&context, name](const client::NodeClient& node) { return list(context, node, *name); }
    )
        ->add_option(
            "account", *name, "An address, or the name of a key; else the only key that there is"
        );
    for (const auto& [command, help, run] :
         {std::tuple{"show", "An order with its jobs, or a job", &show},
          {"explain", "Why an open job is not matched", &explain}}) {
        auto text = std::make_shared<std::string>();
        add_question(
            order,
            context,
            command,
            help,
            [&context, text, run](const client::NodeClient& node) {
                return run(context, node, *text);
            }
        )
            ->add_option("order", *text, job_help)
            ->required();
    }
    auto arguments = std::make_shared<BookArguments>();
    auto* command = add_question(
        order,
        context,
        "book",
        "The best asks and bids of a class",
        [&context, arguments](const client::NodeClient& node) {
            return book(context, node, *arguments);
        }
    );
    command->add_option("class", arguments->class_name, class_help)->required();
    command->add_option("--depth", arguments->depth, "Rows of a side")
        ->check(CLI::Range(1U, depth_max))
        ->capture_default_str();
    add_estimate(order, context);
}

}  // namespace steelyard::wallet
