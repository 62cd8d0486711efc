// order: what users send.
#include "bin/steelyard/market.h"
#include "bin/steelyard/order_inputs.h"
#include "bin/steelyard/order_terms.h"
#include "bin/steelyard/tx_fields.h"
#include "client/transactions.h"
#include "steelyard/market/v1/query.pb.h"
#include "steelyard/market/v1/tx.pb.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <sstream>

namespace steelyard::wallet {
namespace {

namespace market = ::steelyard::market::v1;

constexpr std::uint64_t tasks_max = 1'024;
constexpr std::size_t tasks_file_size_max = 16 << 20;
constexpr std::size_t orders_file_size_max = 1 << 20;

struct OrderArguments {
    std::string program{};
    std::vector<std::string> inputs{};
    std::vector<std::string> input_files{};
    OrderTerms terms{};
    std::string array{};
    std::string budget{};
};

/// Lines that are neither empty nor begin with #.
std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        const std::size_t first = line.find_first_not_of(" \t\r");
        if (first != std::string::npos && line[first] != '#') {
            lines.push_back(line);
        }
    }
    return lines;
}

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream stream(line);
    return {std::istream_iterator<std::string>(stream), {}};
}

/// What all tasks could cost at the limit.
Outcome<chain::Coin> estimated_budget(const Making& making, const market::MsgPostArray& order) {
    if (making.node == nullptr) {
        return usage("offline there is nobody to ask what the tasks cost: say --budget");
    }
    market::QueryEstimateRequest request;
    request.set_class_id(order.class_id());
    request.set_program(order.program());
    request.set_limit_price(order.limit_price());
    request.set_tasks(static_cast<std::uint32_t>(order.tasks_size()));
    market::QueryEstimateResponse answer;
    TRY(ask(*making.node, "/steelyard.market.v1.Query/Estimate", request, answer));
    return parse_stake("the estimate", fmt::format("{}uyard", answer.escrow()));
}

Outcome<void> set_tasks(
    const OrderArguments& arguments,
    const OrderedProgram& program,
    const InputIds& common,
    market::MsgPostArray& out
) {
    if (arguments.array.find_first_not_of("0123456789,") == std::string::npos) {
        TRY(expect_all(program, common));
        TRY_ASSIGN(const auto count, parse_count("--array", arguments.array, 1, tasks_max));
        for (std::uint64_t i = 0; i < count; ++i) {
            out.add_tasks();
        }
        return {};
    }
    if (!program.vm) {
        return usage("offline an array with inputs of its own needs the program's file");
    }
    TRY_ASSIGN(const std::string text, read_input(arguments.array, tasks_file_size_max));
    const std::vector<std::string> lines = lines_of(text);
    if (lines.empty() || lines.size() > tasks_max) {
        return usage(
            "{} has {} tasks, must have 1 to {}", arguments.array, lines.size(), grouped(tasks_max)
        );
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        auto own = task_ids(program, common, words_of(lines[i]));
        if (!own) {
            own.error().message =
                fmt::format("{}, task {}: {}", arguments.array, i, own.error().message);
            return std::unexpected(std::move(own).error());
        }
        out.add_tasks(*std::move(own));
    }
    return {};
}

Outcome<tx::PackedMessage> make_one(const Making& making, const OrderArguments& arguments) {
    for (const auto& [name, value] :
         {std::pair("--program", &arguments.program),
          {"--class", &arguments.terms.class_name},
          {"--limit-price", &arguments.terms.limit}}) {
        if (value->empty()) {
            return usage("{} is missing", name);
        }
    }
    TRY_ASSIGN(const OrderedProgram program, find_ordered(making.node, arguments.program));
    TRY_ASSIGN(const InputIds ids, input_ids(program, arguments.inputs, arguments.input_files));
    if (arguments.array.empty()) {
        market::MsgPostOrder message;
        TRY(set_terms(making, arguments.terms, message));
        message.set_program(program.id);
        TRY(expect_all(program, ids));
        for (const auto& id : ids) {
            message.add_inputs(*id);
        }
        return client::pack(message);
    }
    market::MsgPostArray message;
    TRY(set_terms(making, arguments.terms, message));
    message.set_program(program.id);
    for (const auto& id : ids) {
        message.add_inputs(id.value_or(""));
    }
    TRY(set_tasks(arguments, program, ids, message));
    const auto tasks = static_cast<std::uint32_t>(message.tasks_size());
    message.set_max_parallel(std::min(arguments.terms.max_parallel, tasks));
    TRY_ASSIGN(
        const auto budget,
        arguments.budget.empty() ? estimated_budget(making, message)
                                 : parse_stake("--budget", arguments.budget)
    );
    set_coin(*message.mutable_budget(), budget);
    return client::pack(message);
}

void add_order(CLI::App& command, OrderArguments& out) {
    command.add_option("--program", out.program, "Its file (.svm), or its id in hex");
    add_repeated(
        command,
        "--input",
        out.inputs,
        "NAME=FILE.npy or NAME=ID; without NAME= those that are left, in the program's order"
    );
    add_repeated(command, "--inputs", out.input_files, "FILE.npz or FILE.safetensors, by name");
    add_terms(command, out.terms, "--limit-price");
    command.add_option(
        "--array", out.array, "Many runs: how many, or a file with the own inputs of each, a line"
    );
    command.add_option("--budget", out.budget, "Of an array; else what all of it may cost");
}

/// A line of a file: the options of an order, as the command takes them.
Outcome<OrderArguments> parse_line(const std::string& line) {
    OrderArguments arguments;
    CLI::App parser;
    parser.set_help_flag();
    add_order(parser, arguments);
    try {
        parser.parse(line, false);
    } catch (const CLI::ParseError& error) {
        return usage("{}", error.what());
    }
    return arguments;
}

Outcome<Messages> make_of_file(const Making& making, const std::string& path) {
    TRY_ASSIGN(const std::string text, read_input(path, orders_file_size_max));
    const std::vector<std::string> lines = lines_of(text);
    if (lines.empty() || lines.size() > tx::messages_max) {
        return usage("{} has {} orders, must have 1 to {}", path, lines.size(), tx::messages_max);
    }
    Messages messages;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto made = [&]() -> Outcome<tx::PackedMessage> {
            TRY_ASSIGN(const OrderArguments arguments, parse_line(lines[i]));
            return make_one(making, arguments);
        };
        auto message = made();
        if (!message) {
            message.error().message =
                fmt::format("{}, order {}: {}", path, i + 1, message.error().message);
            return std::unexpected(std::move(message).error());
        }
        messages.push_back(*std::move(message));
    }
    return messages;
}

Outcome<Messages> make_cancel(const Making& making, std::uint64_t id) {
    market::MsgCancelOrder message;
    message.set_user(making.actor.account());
    message.set_order_id(id);
    return Messages{client::pack(message)};
}

}  // namespace

void add_order_txs(CLI::App& order, Context& context) {
    auto posted = std::make_shared<OrderArguments>();
    auto file = std::make_shared<std::string>();
    auto* command = add_maker(
        order,
        context,
        "post",
        "Order one run of a program, or an array of runs",
        [posted, file](const Making& making) -> Outcome<Messages> {
            if (!file->empty()) {
                return make_of_file(making, *file);
            }
            TRY_ASSIGN(auto message, make_one(making, *posted));
            return Messages{std::move(message)};
        }
    );
    add_order(*command, *posted);
    command->add_option(
        "--from-file", *file, "Several orders at once: a line with the options of each"
    );
    auto id = std::make_shared<std::uint64_t>(0);
    add_maker(
        order,
        context,
        "cancel",
        "Take back what is not matched yet",
        [id](const Making& making) { return make_cancel(making, *id); }
    )
        ->add_option("order", *id, "Its number")
        ->required();
}

}  // namespace steelyard::wallet
