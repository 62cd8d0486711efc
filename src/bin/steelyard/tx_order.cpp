// order: what users send.
#include "bin/steelyard/market.h"
#include "bin/steelyard/order_inputs.h"
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

constexpr std::uint32_t work = 1;  ///< the product
constexpr std::uint32_t lifetime_default = 1'000;
constexpr std::uint32_t retries_default = 2;
constexpr std::uint32_t parallel_default = 16;
constexpr std::uint64_t tasks_max = 1'024;
constexpr std::uint64_t parallel_max = 256;
constexpr std::uint64_t reputation_scale = 10'000;
constexpr std::size_t tasks_file_size_max = 16 << 20;
constexpr std::size_t orders_file_size_max = 1 << 20;

struct OrderArguments {
    std::string program{};
    std::vector<std::string> inputs{};
    std::vector<std::string> input_files{};
    std::string class_name{};
    std::string limit{};
    std::uint32_t lifetime = lifetime_default;
    std::int64_t deadline = 0;
    std::uint32_t retries = retries_default;
    std::string reputation{};
    std::vector<std::string> regions{};
    std::vector<std::string> attributes{};
    std::vector<std::string> excluded{};
    std::string array{};
    std::uint32_t max_parallel = parallel_default;
    std::string budget{};
};

/// 0.55 as 5,500.
Outcome<std::uint32_t> reputation_of(const std::string& text) {
    const auto share = chain::Dec::parse(text);
    const auto scaled = share ? checked_mul(*share, chain::Amount(reputation_scale)) : std::nullopt;
    const auto whole = scaled ? to_amount(*scaled, chain::Rounding::up) : std::nullopt;
    if (!whole || *whole > chain::Amount(reputation_scale)) {
        return usage("--reputation-min \"{}\" is no number from 0 to 1, such as 0.5", text);
    }
    return static_cast<std::uint32_t>(whole->value());
}

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

/// What both kinds of orders say.
template <typename Message>
Outcome<void> set_terms(
    const Making& making, const OrderArguments& arguments, const std::string& program, Message& out
) {
    TRY_ASSIGN(const auto limit, parse_price("--limit-price", arguments.limit));
    TRY_ASSIGN(const auto class_id, find_class(making.node, arguments.class_name));
    out.set_user(making.actor.account());
    out.set_class_id(class_id);
    out.set_product(work);
    out.set_program(program);
    out.set_limit_price(limit);
    out.set_lifetime(arguments.lifetime);
    out.set_deadline(arguments.deadline);
    out.set_retries(arguments.retries);
    if (!arguments.reputation.empty()) {
        TRY_ASSIGN(const auto least, reputation_of(arguments.reputation));
        out.set_reputation_min(least);
    }
    std::vector<std::string> regions = arguments.regions;
    std::ranges::sort(regions);
    for (const std::string& region : regions) {
        out.add_regions(region);
    }
    TRY_ASSIGN(const auto attributes, sorted_attributes(arguments.attributes));
    for (const std::string& attribute : attributes) {
        out.add_attributes(attribute);
    }
    for (const std::string& name : arguments.excluded) {
        TRY_ASSIGN(const auto address, making.keys.account(name));
        out.add_excluded(client::address_text(client::account_prefix, address));
    }
    return {};
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
          {"--class", &arguments.class_name},
          {"--limit-price", &arguments.limit}}) {
        if (value->empty()) {
            return usage("{} is missing", name);
        }
    }
    TRY_ASSIGN(const OrderedProgram program, find_ordered(making.node, arguments.program));
    TRY_ASSIGN(const InputIds ids, input_ids(program, arguments.inputs, arguments.input_files));
    if (arguments.array.empty()) {
        market::MsgPostOrder message;
        TRY(set_terms(making, arguments, program.id, message));
        TRY(expect_all(program, ids));
        for (const auto& id : ids) {
            message.add_inputs(*id);
        }
        return client::pack(message);
    }
    market::MsgPostArray message;
    TRY(set_terms(making, arguments, program.id, message));
    for (const auto& id : ids) {
        message.add_inputs(id.value_or(""));
    }
    TRY(set_tasks(arguments, program, ids, message));
    const auto tasks = static_cast<std::uint32_t>(message.tasks_size());
    message.set_max_parallel(std::min(arguments.max_parallel, tasks));
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
    command.add_option("--class", out.class_name, class_help);
    command.add_option("--limit-price", out.limit, price_help);
    command.add_option("--lifetime", out.lifetime, "Blocks in which it can be matched")
        ->capture_default_str();
    command.add_option("--deadline", out.deadline, "The block by which a run must be committed")
        ->check(CLI::Range(std::int64_t{1}, std::numeric_limits<std::int64_t>::max()));
    command.add_option("--retries", out.retries, "Providers after the first that fails")
        ->capture_default_str();
    command.add_option("--reputation-min", out.reputation, "Least reputation, 0 to 1");
    add_repeated(command, "--region", out.regions, "Where the provider may be; else anywhere");
    add_repeated(command, "--attribute", out.attributes, "NAME=VALUE that the provider must have");
    add_repeated(command, "--exclude", out.excluded, "A provider that shall not have it");
    command.add_option(
        "--array", out.array, "Many runs: how many, or a file with the own inputs of each, a line"
    );
    command.add_option("--max-parallel", out.max_parallel, "Of an array: runs at a time")
        ->check(CLI::Range(std::uint64_t{1}, parallel_max))
        ->capture_default_str();
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
