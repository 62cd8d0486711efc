// jobs, get: what was ordered: how it stands, and what it gave.
#include "bin/steelyard/job_results.h"
#include "bin/steelyard/run.h"
#include "client/transactions.h"
#include "steelyard/market/v1/query.pb.h"
#include "steelyard/market/v1/tx.pb.h"

#include <CLI/CLI.hpp>

namespace steelyard::wallet {
namespace {

namespace market = ::steelyard::market::v1;

constexpr std::uint32_t orders_default = 10;
constexpr std::uint32_t orders_max = 100;
constexpr std::int64_t patience_max = 30 * 24 * 3'600;

struct JobArguments {
    std::string job{};
    std::string folder{};
    bool follows = false;
    std::int64_t seconds = 0;
};

/// An order, or one task of it.
struct Named {
    std::uint64_t order = 0;
    std::optional<std::uint32_t> task{};
};

Outcome<Named> parse_named(const std::string& text) {
    TRY_ASSIGN(const JobName name, parse_job(text));
    Named out{.order = name.order};
    if (text.find('/') != std::string::npos) {
        out.task = name.task;
    }
    return out;
}

struct ListArguments {
    std::string account{};
    std::uint32_t count = orders_default;
};

/// The jobs of the last orders, the newest first.
Outcome<Exit> list(
    const Context& context, const client::NodeClient& node, const ListArguments& arguments
) {
    market::QueryOrdersRequest request;
    TRY_ASSIGN(*request.mutable_user(), account_text(context, arguments.account));
    request.mutable_pagination()->set_limit(arguments.count);
    market::QueryOrdersResponse orders;
    TRY(ask(node, "/steelyard.market.v1.Query/Orders", request, orders));
    market::QueryJobsResponse all;
    std::vector<std::vector<std::string>> rows;
    for (const market::Order& order : orders.orders()) {
        TRY_ASSIGN(const OrderView view, view_order(node, order.order_id(), std::nullopt));
        for (const market::Job& job : view.jobs->jobs()) {
            *all.add_jobs() = job;
            const auto steps = buyer::news_of(nullptr, job);
            rows.push_back(
                {fmt::format("{}/{}", job.order_id(), job.task()),
                 job.state(),
                 height_text(steps.back().height),
                 steps.back().reason.empty() ? "-" : steps.back().reason,
                 job.has_assignment() ? job.assignment().provider() : "-",
                 job.has_assignment() ? uyard_text(job.assignment().price()) : "-"}
            );
        }
    }
    return answer_with(
        context,
        all,
        table(
            {{"JOB", Align::right},
             {"STATE"},
             {"SINCE", Align::right},
             {"REASON"},
             {"PROVIDER"},
             {"PRICE", Align::right}},
            rows
        )
    );
}

Outcome<Exit> show(
    const Context& context, const client::NodeClient& node, const JobArguments& arguments
) {
    TRY_ASSIGN(const Named named, parse_named(arguments.job));
    TRY_ASSIGN(const OrderView view, view_order(node, named.order, named.task));
    TRY(say_steps(context, node, view, print));
    if (context.json()) {
        return Exit::ok;
    }
    const buyer::Tally tally = view.tally();
    if (!named.task) {
        print(fmt::format("order {}: {}\n", named.order, tally_text(tally)));
    }
    return Exit::ok;
}

Outcome<Exit> follow(
    const Context& context,
    const client::NodeClient& node,
    const JobArguments& arguments,
    bool is_quiet
) {
    TRY_ASSIGN(const Named named, parse_named(arguments.job));
    const FollowChoices choices{
        .task = named.task,
        .patience = std::chrono::seconds(arguments.seconds),
        .is_quiet = is_quiet
    };
    TRY_ASSIGN(const Followed followed, follow_order(context, node, named.order, choices, print));
    if (followed.end == FollowEnd::interrupted) {
        tell(fmt::format("the order goes on: `steelyard jobs attach {}`\n", arguments.job));
    } else if (followed.end == FollowEnd::timeout) {
        tell(fmt::format(
            "order {} is not over: {}\n", named.order, tally_text(followed.view.tally())
        ));
    } else if (!arguments.folder.empty()) {
        TRY_ASSIGN(
            const auto outputs, fetch_results(context, node, followed.view, arguments.folder)
        );
        print(context.json() ? outputs_json(outputs) + "\n" : outputs_text(outputs));
    }
    return exit_of(followed);
}

Outcome<Exit> logs(
    const Context& context, const client::NodeClient& node, const JobArguments& arguments
) {
    return arguments.follows ? follow(context, node, arguments, false)
                             : show(context, node, arguments);
}

Outcome<Exit> get(
    const Context& context, const client::NodeClient& node, const JobArguments& arguments
) {
    TRY_ASSIGN(const Named named, parse_named(arguments.job));
    TRY_ASSIGN(const OrderView view, view_order(node, named.order, named.task));
    const std::string folder =
        arguments.folder.empty() ? fmt::format("order-{}", named.order) : arguments.folder;
    TRY_ASSIGN(const auto outputs, fetch_results(context, node, view, folder));
    print(context.json() ? outputs_json(outputs) + "\n" : outputs_text(outputs));
    return Exit::ok;
}

Outcome<Messages> make_cancel(const Making& making, const std::string& text) {
    TRY_ASSIGN(const Named named, parse_named(text));
    if (named.task) {
        return usage("\"{}\" is one job: an order is cancelled as a whole", text);
    }
    market::MsgCancelOrder message;
    message.set_user(making.actor.account());
    message.set_order_id(named.order);
    return Messages{client::pack(message)};
}

using RunJob = Outcome<Exit> (*)(
    const Context& context, const client::NodeClient& node, const JobArguments& arguments
);

CLI::App* add_job_command(
    CLI::App& app,
    Context& context,
    const std::pair<const char*, const char*>& name,
    const std::shared_ptr<JobArguments>& arguments,
    RunJob run
) {
    auto* command = add_question(
        app,
        context,
        name.first,
        name.second,
        [&context, arguments, run](const client::NodeClient& node) {
            return run(context, node, *arguments);
        }
    );
    command->add_option("job", arguments->job, job_help)->required();
    return command;
}

void add_waits(CLI::App& jobs, Context& context) {
    auto attached = std::make_shared<JobArguments>();
    auto* command = add_job_command(
        jobs,
        context,
        {"attach", "Follow an order to its end; Ctrl-C leaves it"},
        attached,
        [](const Context& of, const client::NodeClient& node, const JobArguments& arguments) {
            return follow(of, node, arguments, false);
        }
    );
    command->add_option("--out", attached->folder, "Then fetch its results into this folder");
    auto waited = std::make_shared<JobArguments>();
    command = add_job_command(
        jobs,
        context,
        {"wait", "Wait for an order's end: the exit code tells which"},
        waited,
        [](const Context& of, const client::NodeClient& node, const JobArguments& arguments) {
            return follow(of, node, arguments, true);
        }
    );
    command->add_option("--seconds", waited->seconds, "At most so long; exit code 5 after that")
        ->check(CLI::Range(std::int64_t{1}, patience_max));
}

}  // namespace

void add_jobs(CLI::App& app, Context& context) {
    auto* jobs = app.add_subcommand("jobs", "What was ordered, and how it stands; alone: list");
    auto listed = std::make_shared<ListArguments>();
    jobs->callback([&context, jobs, listed] {
        if (jobs->get_subcommands().empty()) {
            context.action = [&context, listed]() -> Outcome<Exit> {
                TRY_ASSIGN(const auto node, find_node(context));
                return list(context, node, *listed);
            };
        }
    });
    auto* command = add_question(
        *jobs,
        context,
        "list",
        "The jobs of an account's last orders",
        [&context, listed](const client::NodeClient& node) { return list(context, node, *listed); }
    );
    command->add_option("account", listed->account, "An address or a key; else the only key");
    command->add_option("--orders", listed->count, "So many orders")
        ->check(CLI::Range(1U, orders_max))
        ->capture_default_str();
    add_job_command(
        *jobs,
        context,
        {"show", "Each step of an order or job"},
        std::make_shared<JobArguments>(),
        show
    );
    auto logged = std::make_shared<JobArguments>();
    add_job_command(*jobs, context, {"logs", "Each step, with -f those to come"}, logged, logs)
        ->add_flag("-f,--follow", logged->follows, "Until it is over");
    add_waits(*jobs, context);
    auto order = std::make_shared<std::string>();
    add_maker(
        *jobs,
        context,
        "cancel",
        "Take back what is not matched yet",
        [order](const Making& making) { return make_cancel(making, *order); }
    )
        ->add_option("order", *order, "Its number")
        ->required();
    auto fetched = std::make_shared<JobArguments>();
    command = add_job_command(
        app, context, {"get", "Fetch the results of an order or job, and check them"}, fetched, get
    );
    command->add_option("-o,--out", fetched->folder, "A folder for them; else order-N");
}

}  // namespace steelyard::wallet
