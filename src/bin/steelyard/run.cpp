// run, estimate: models and programs, ordered and followed to their results.
#include "bin/steelyard/run.h"

#include "bin/steelyard/job_results.h"
#include "steelyard/market/v1/query.pb.h"

#include <CLI/CLI.hpp>

namespace steelyard::wallet {
namespace {

constexpr int wait_seconds_max = 3'600;

std::string result_json(
    const PostedOrder& posted, const Followed& followed, const std::vector<WrittenOutput>& outputs
) {
    const buyer::Tally tally = followed.view.tally();
    std::uint64_t paid = 0;
    for (const auto& job : followed.view.jobs->jobs()) {
        paid += job.paid();
    }
    JsonObject out;
    out.number("order", posted.id);
    out.number("settled", tally.settled);
    out.number("faulted", tally.faulted);
    out.number("lost", tally.lost);
    out.number("live", tally.live);
    out.number("waiting", tally.waiting);
    out.number("paid", paid);
    out.raw("outputs", outputs_json(outputs));
    return out.value() + "\n";
}

/// What standard output says of an order that is left to itself.
void print_posted(const Context& context, const PostedOrder& posted) {
    const Fields fields = {
        {"order", std::to_string(posted.id)}, {"height", std::to_string(posted.height)}
    };
    print(context.json() ? fields_json(fields) : fields_text(fields));
}

void tell_how_to_go_on(std::uint64_t order) {
    tell(fmt::format(
        "the order goes on: `steelyard jobs attach {0}` follows it, `steelyard get {0} -o DIR` "
        "fetches what it gives, `steelyard jobs cancel {0}` takes back what is not matched yet\n",
        order
    ));
}

Outcome<Exit> fetch_and_print(
    const Context& context,
    const client::NodeClient& node,
    const PostedOrder& posted,
    const Followed& followed,
    const RunChoices& choices,
    const Finish& finish
) {
    const std::string folder =
        choices.folder.empty() ? fmt::format("order-{}", posted.id) : choices.folder;
    std::vector<WrittenOutput> outputs;
    auto fetched = fetch_results(context, node, followed.view, folder);
    if (fetched) {
        outputs = *std::move(fetched);
    } else if (fetched.error().code != "no_result") {
        tell_how_to_go_on(posted.id);
        return std::unexpected(std::move(fetched).error());
    }
    const Exit exit = exit_of(followed);
    tell(fmt::format("order {}: {}\n", posted.id, tally_text(followed.view.tally())));
    if (finish && exit == Exit::ok) {
        TRY_ASSIGN(const std::string text, finish(folder, outputs));
        print(text);
        return exit;
    }
    print(
        context.json()    ? result_json(posted, followed, outputs)
        : outputs.empty() ? ""
                          : outputs_text(outputs)
    );
    if (exit == Exit::fault) {
        tell(fmt::format("`steelyard jobs show {}` tells what became of it\n", posted.id));
    }
    return exit;
}

Outcome<Exit> run_source(
    const Context& context, const RunSource& source, const RunChoices& choices
) {
    if (source.source.path.empty()) {
        return usage("what shall be run: say --model FILE.onnx, or --program FILE.svm");
    }
    TRY_ASSIGN(const RunWork work, load_work(source));
    return run_work(context, work, choices);
}

Outcome<Exit> estimate(const Context& context, const RunSource& source, const OrderTerms& terms) {
    TRY_ASSIGN(const RunWork work, load_work(source));
    TRY_ASSIGN(const auto node, find_node(context));
    TRY_ASSIGN(const RunPlan plan, plan_run(node, work, terms));
    print(context.json() ? plan_json(plan) : plan_text(plan));
    return Exit::ok;
}

void add_run_source(CLI::App& command, RunSource& source) {
    command
        .add_option("--model,--program", source.source.path, "A model (.onnx) or program (.svm)")
        ->required();
    add_import_options(command, source.source);
    add_repeated(
        command, "--input", source.inputs.single, "NAME=FILE.npy, or NAME=FILE of bare elements"
    );
    add_repeated(
        command, "--inputs", source.inputs.several, "FILE.npz or FILE.safetensors, by name"
    );
    add_repeated(
        command,
        "--array",
        source.arrays,
        "Many runs: [NAME=]PATTERN of files, each the input of a run"
    );
}

void add_source_command(CLI::App& run, Context& context, const char* name, const char* help) {
    auto source = std::make_shared<RunSource>();
    auto choices = std::make_shared<RunChoices>();
    auto* command = run.add_subcommand(name, help);
    add_run_source(*command, *source);
    add_run_choices(*command, *choices);
    command->callback([&context, source, choices] {
        context.action = [&context, source, choices] {
            return run_source(context, *source, *choices);
        };
    });
}

}  // namespace

void add_run_choices(CLI::App& command, RunChoices& choices) {
    add_terms(command, choices.terms, "--max-price");
    command.add_option("--from", choices.tx.from, "Who pays: a key's name or address")
        ->envname("STEELYARD_FROM");
    command
        .add_option("--gas-adjustment", choices.tx.gas_adjustment, "Factor on the simulated gas")
        ->capture_default_str();
    command.add_option("--note,--memo", choices.tx.note, "A text for everyone to read");
    command.add_option("--wait", choices.tx.wait_seconds, "Seconds to wait for the order's commit")
        ->check(CLI::Range(1, wait_seconds_max))
        ->capture_default_str();
    command.add_flag("-y,--yes", choices.tx.yes, "Do not ask");
    auto* dry = command.add_flag("--dry-run", choices.dry_run, "Show the plan, and spend nothing");
    command.add_flag("--detach", choices.detach, "Order, and do not follow")->excludes(dry);
    command.add_option("--out", choices.folder, "A folder for results; else order-N");
}

Outcome<Exit> run_work(
    const Context& context, const RunWork& work, const RunChoices& choices, const Finish& finish
) {
    TRY_ASSIGN(const auto node, find_node(context));
    TRY_ASSIGN(const auto posted, order_run(context, node, work, choices));
    if (!posted) {
        return Exit::ok;
    }
    if (choices.detach) {
        print_posted(context, *posted);
        tell_how_to_go_on(posted->id);
        return Exit::ok;
    }
    const auto followed = follow_order(context, node, posted->id, {.has_answered = true}, tell);
    if (!followed) {
        tell_how_to_go_on(posted->id);
        return std::unexpected(followed.error());
    }
    if (followed->end != FollowEnd::over) {
        print_posted(context, *posted);
        tell_how_to_go_on(posted->id);
        return exit_of(*followed);
    }
    return fetch_and_print(context, node, *posted, *followed, choices, finish);
}

void add_run(CLI::App& app, Context& context) {
    auto* run = add_group(app, "run", "Order runs, follow them, fetch what they give");
    add_source_command(*run, context, "infer", "Run a model on inputs");
    add_source_command(*run, context, "program", "Run a program of the VM");
    add_run_train(*run, context);
    auto source = std::make_shared<RunSource>();
    auto terms = std::make_shared<OrderTerms>();
    auto* command = app.add_subcommand("estimate", "What a run would cost, and how long it takes");
    add_run_source(*command, *source);
    add_terms(*command, *terms, "--max-price");
    command->callback([&context, source, terms] {
        context.action = [&context, source, terms] { return estimate(context, *source, *terms); };
    });
}

}  // namespace steelyard::wallet
