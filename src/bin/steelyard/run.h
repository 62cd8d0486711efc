// run: what the commands that order a run share, from what is run to what came of it.
#pragma once

#include "bin/steelyard/order_terms.h"
#include "bin/steelyard/report.h"
#include "bin/steelyard/vm.h"
#include "buyer/plan.h"

namespace steelyard::wallet {

/// What is run: a program, and the tensors of its inputs by their ids.
struct RunWork {
    std::string title{};  ///< of the model or program, as the user wrote it
    VmProgram program;
    Bytes bytes{};     ///< of the program
    std::string id{};  ///< of the program, 32 bytes

    /// The ids of inputs in the program's order; nothing for one that each task brings.
    std::vector<std::optional<std::string>> inputs{};
    std::vector<std::string> tasks{};  ///< of an array: the own ids of each, one after the other
    std::map<std::string, vm::Tensor> tensors{};  ///< what they name

    bool is_array() const { return !tasks.empty(); }
};

/// What `run` is told beside what is run.
struct RunChoices {
    OrderTerms terms{};
    TxOptions tx{};
    bool dry_run = false;
    bool detach = false;
    std::string folder{};  ///< of the results; empty: named after the order
};

void add_run_choices(CLI::App& command, RunChoices& choices);

/// A run's options, as `run infer` takes them.
struct RunSource {
    VmSource source{};
    VmInputs inputs{};
    std::vector<std::string> arrays{};  ///< [NAME=]PATTERN
};

/// Imports, reads and hashes. Errors: of files and models; an input that nobody brings.
Outcome<RunWork> load_work(const RunSource& source);

/// What a model asks for, in its own names.
Outcome<std::vector<std::string>> model_inputs(const VmSource& source);

/// Of tensors in the program's order.
Outcome<RunWork> make_work(std::string title, VmProgram program, std::vector<vm::Tensor> inputs);

/// A plan, and what of it the node said.
struct RunPlan {
    buyer::Plan plan{};
    std::uint32_t class_id = 0;
    std::string class_name{};
    bool is_registered = false;
    std::uint64_t program_bytes = 0;
    std::uint64_t blobs = 0;
    std::uint64_t blob_bytes = 0;
    std::string fee{};  ///< of the transaction, once it is known; for people
};

/// Errors: a program that the chain does not take, a class that there is not, an empty book and no
/// limit.
Outcome<RunPlan> plan_run(
    const client::NodeClient& node, const RunWork& work, const OrderTerms& terms
);

std::string plan_text(const RunPlan& plan);
std::string plan_json(const RunPlan& plan);

/// An order that is on the chain.
struct PostedOrder {
    std::uint64_t id = 0;
    std::int64_t height = 0;
};

/// Plan, question, upload and transaction, each told to the user. Nothing: it was a dry run, whose
/// plan is printed.
Outcome<std::optional<PostedOrder>> order_run(
    const Context& context,
    const client::NodeClient& node,
    const RunWork& work,
    const RunChoices& choices
);

struct WrittenOutput;

/// What is done with results once they are in their folder. Gives what standard output gets.
using Finish = std::function<
    Outcome<std::string>(const std::string& folder, const std::vector<WrittenOutput>& outputs)>;

/// order_run, then follows the order and fetches what it gave.
Outcome<Exit> run_work(
    const Context& context,
    const RunWork& work,
    const RunChoices& choices,
    const Finish& finish = nullptr
);

void add_run(CLI::App& app, Context& context);
void add_run_train(CLI::App& run, Context& context);
void add_jobs(CLI::App& app, Context& context);  ///< jobs, get
void add_inspect(CLI::App& app, Context& context);

}  // namespace steelyard::wallet
