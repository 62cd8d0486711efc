// tx market: what workers send of their jobs.
#include "base/hex.h"
#include "bin/steelyard/market.h"
#include "bin/steelyard/vm.h"
#include "client/transactions.h"
#include "steelyard/market/v1/tx.pb.h"
#include "vm/trace/commitment.h"
#include "vm/trace/proof.h"

#include <boost/json.hpp>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>

namespace steelyard::wallet {
namespace {

namespace market = ::steelyard::market::v1;
namespace json = boost::json;

/// What a commit has in it; larger results are named by their ids.
constexpr std::size_t inline_result_size_max = 16 * 1024;
constexpr std::size_t run_report_size_max = 64 * 1024;

constexpr std::array decline_reasons = {"no-input", "bad-input", "no-memory", "busy", "other"};
constexpr std::array fault_kinds = {"out_of_bound", "bad_index"};

/// One more than the place in a list of texts.
template <std::size_t count>
std::uint32_t number_of(const std::array<const char*, count>& texts, std::string_view text) {
    return static_cast<std::uint32_t>(std::ranges::find(texts, text) - texts.begin()) + 1;
}

/// A message of the worker's or provider's about a job.
template <typename Message>
Outcome<Message> about_job(const Making& making, const std::string& text) {
    TRY_ASSIGN(const JobName job, parse_job(text));
    Message message;
    message.set_signer(making.actor.account());
    message.set_order_id(job.order);
    message.set_task(job.task);
    return message;
}

template <typename Message>
Outcome<Messages> make_about_job(const Making& making, const std::string& job) {
    TRY_ASSIGN(const auto message, about_job<Message>(making, job));
    return Messages{client::pack(message)};
}

struct DeclineArguments {
    std::string job{};
    std::string reason = "other";
};

Outcome<Messages> make_decline(const Making& making, const DeclineArguments& arguments) {
    TRY_ASSIGN(auto message, about_job<market::MsgDeclineJob>(making, arguments.job));
    message.set_reason(number_of(decline_reasons, arguments.reason));
    return Messages{client::pack(message)};
}

/// What of a run a commit says: from options, or from what `steelyard vm run -o json` printed.
struct CommitArguments {
    std::string job{};
    std::string run{};
    std::string output_root{};
    std::string trace_root{};
    std::optional<std::uint64_t> steps{};
    std::string fault{};
    std::vector<std::string> results{};
    std::vector<std::string> result_ids{};
};

std::unexpected<Complaint> not_a_run(const std::string& path) {
    return usage("{} is not what `steelyard vm run -o json` prints", path);
}

/// Fills in what no option says.
Outcome<void> read_run(CommitArguments& arguments) {
    const std::string& path = arguments.run;
    TRY_ASSIGN(const std::string text, read_input(path, run_report_size_max));
    json::error_code error;
    const json::value value = json::parse(text, error);
    const auto* const run = error ? nullptr : value.if_object();
    if (run == nullptr) {
        return not_a_run(path);
    }
    const auto string_at = [](const json::object& object, const char* name) {
        const auto* const found = object.if_contains(name);
        return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
    };
    const auto number_at = [](const json::object& object, const char* name) {
        json::error_code failed;
        const auto* const found = object.if_contains(name);
        const auto number = found == nullptr ? 0 : found->to_number<std::uint64_t>(failed);
        return found == nullptr || failed ? std::nullopt : std::optional(number);
    };
    if (arguments.output_root.empty()) {
        arguments.output_root = string_at(*run, "output_root");
    }
    if (arguments.trace_root.empty()) {
        arguments.trace_root = string_at(*run, "trace_root");
    }
    if (!arguments.steps) {
        arguments.steps = number_at(*run, "steps");
    }
    const auto* const fault = run->if_contains("fault");
    if (fault != nullptr && arguments.fault.empty()) {
        const auto* const place = fault->if_object();
        const auto step = place == nullptr ? std::nullopt : number_at(*place, "step");
        const auto element = place == nullptr ? std::nullopt : number_at(*place, "element");
        if (!step || !element) {
            return not_a_run(path);
        }
        arguments.fault = fmt::format("{}:{}:{}", string_at(*place, "kind"), *step, *element);
    }
    return arguments.steps ? Outcome<void>() : not_a_run(path);
}

/// "out_of_bound:STEP:ELEMENT" or "bad_index:STEP:ELEMENT"
Outcome<void> set_fault(market::MsgCommitResult& message, std::string_view text) {
    const std::size_t first = std::min(text.find(':'), text.size());
    const std::size_t second = std::min(text.find(':', first + 1), text.size());
    const auto kind = number_of(fault_kinds, text.substr(0, first));
    constexpr std::uint64_t most = ~std::uint64_t{0};
    if (kind > fault_kinds.size() || second == text.size()) {
        return usage("\"{}\" is not out_of_bound:STEP:ELEMENT or bad_index:STEP:ELEMENT", text);
    }
    TRY_ASSIGN(
        const auto step,
        parse_count("the fault's step", text.substr(first + 1, second - first - 1), 0, most)
    );
    TRY_ASSIGN(
        const auto element, parse_count("the fault's element", text.substr(second + 1), 0, most)
    );
    message.set_fault_kind(kind);
    message.set_fault_step(step);
    message.set_fault_element(element);
    return {};
}

/// The outputs as they are, or their ids where that is too much. Each file is read once.
Outcome<void> set_results(market::MsgCommitResult& message, const CommitArguments& arguments) {
    Bytes all;
    std::vector<std::string> ids;
    bool is_small = true;
    for (const std::string& path : arguments.results) {
        TRY_ASSIGN(const vm::Tensor tensor, read_npy_file(path));
        const auto id = vm::tensor_id(tensor.type, vm::tensor_root(tensor.type, tensor.data));
        ids.emplace_back(as_text(id));
        is_small = is_small && all.size() + tensor.data.size() <= inline_result_size_max;
        if (is_small) {
            all.insert(all.end(), tensor.data.begin(), tensor.data.end());
        }
    }
    for (const std::string& text : arguments.result_ids) {
        TRY_ASSIGN(ids.emplace_back(), parse_id("--result-id", text));
    }
    if (is_small && arguments.result_ids.empty()) {
        message.set_inline_result(std::string(as_text(all)));
        return {};
    }
    for (const std::string& id : ids) {
        message.add_results(id);
    }
    return {};
}

Outcome<Messages> make_commit(const Making& making, CommitArguments arguments) {
    if (!arguments.run.empty()) {
        TRY(read_run(arguments));
    }
    if (!arguments.steps) {
        return usage("--steps is missing: say what the run gave, or --run FILE");
    }
    TRY_ASSIGN(auto message, about_job<market::MsgCommitResult>(making, arguments.job));
    TRY_ASSIGN(*message.mutable_output_root(), parse_id("--output-root", arguments.output_root));
    TRY_ASSIGN(*message.mutable_trace_root(), parse_id("--trace-root", arguments.trace_root));
    message.set_steps(*arguments.steps);
    if (!arguments.fault.empty()) {
        if (!arguments.results.empty() || !arguments.result_ids.empty()) {
            return usage("a run that ended with a fault has no results");
        }
        TRY(set_fault(message, arguments.fault));
        return Messages{client::pack(message)};
    }
    if (arguments.results.empty() && arguments.result_ids.empty()) {
        return usage("the outputs are missing: --result FILE.npy or --result-id HEX for each");
    }
    TRY(set_results(message, arguments));
    return Messages{client::pack(message)};
}

struct ProveArguments {
    std::string job{};
    std::string proof{};
};

Outcome<Messages> make_prove(const Making& making, const ProveArguments& arguments) {
    TRY_ASSIGN(auto message, about_job<market::MsgSpotCheck>(making, arguments.job));
    TRY_ASSIGN(const Bytes proof, read_bytes(arguments.proof, vm::proof_bytes_max));
    message.set_proof(std::string(as_text(proof)));
    return Messages{client::pack(message)};
}

template <typename Message>
void add_about_job(CLI::App& tx, Context& context, const char* name, const char* help) {
    auto job = std::make_shared<std::string>();
    add_maker(
        tx,
        context,
        name,
        help,
        [job](const Making& making) { return make_about_job<Message>(making, *job); }
    )
        ->add_option("job", *job, job_help)
        ->required();
}

void add_commit(CLI::App& tx, Context& context) {
    auto made = std::make_shared<CommitArguments>();
    auto* command =
        add_maker(tx, context, "commit", "Say what the run gave", [made](const Making& making) {
            return make_commit(making, *made);
        });
    command->add_option("job", made->job, job_help)->required();
    command->add_option(
        "--run", made->run, "What `steelyard vm run -o json` printed: roots, steps, fault"
    );
    command->add_option("--output-root", made->output_root, "Of the run, in hex");
    command->add_option("--trace-root", made->trace_root, "Of the run, in hex");
    command->add_option("--steps", made->steps, "That ran");
    command->add_option("--fault", made->fault, "out_of_bound or bad_index:STEP:ELEMENT");
    add_repeated(
        *command, "--result", made->results, "FILE.npy of each output, in the program's order"
    );
    add_repeated(*command, "--result-id", made->result_ids, "The id of each output instead")
        ->excludes("--result");
}

}  // namespace

void add_market_txs(CLI::App& tx, Context& context) {
    auto* group = add_group(tx, "market", "What workers send of their jobs");
    add_about_job<market::MsgStartJob>(*group, context, "start", "All inputs are there");
    auto declined = std::make_shared<DeclineArguments>();
    auto* command = add_maker(
        *group,
        context,
        "decline",
        "Give a job back before it is started",
        [declined](const Making& making) { return make_decline(making, *declined); }
    );
    command->add_option("job", declined->job, job_help)->required();
    command->add_option("--reason", declined->reason, "no-input, bad-input, no-memory, busy, other")
        ->check(
            CLI::IsMember(std::vector<std::string>(decline_reasons.begin(), decline_reasons.end()))
        )
        ->capture_default_str();
    add_commit(*group, context);
    add_about_job<market::MsgRetractResult>(
        *group, context, "retract", "Take a commit back, which costs less than a wrong one"
    );
    auto proved = std::make_shared<ProveArguments>();
    command =
        add_maker(*group, context, "prove", "Answer a challenge", [proved](const Making& making) {
            return make_prove(making, *proved);
        });
    command->add_option("job", proved->job, job_help)->required();
    command->add_option("--proof", proved->proof, "What `steelyard vm prove --out` wrote")
        ->required();
}

}  // namespace steelyard::wallet
