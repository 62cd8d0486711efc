#include "bin/steelyard/market.h"

#include "base/hex.h"
#include "client/transactions.h"
#include "steelyard/market/v1/query.pb.h"
#include "steelyard/market/v1/tx.pb.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>

namespace steelyard::wallet {
namespace {

namespace market = ::steelyard::market::v1;

constexpr std::uint64_t price_max = 1'000'000'000'000'000;
constexpr std::uint32_t trust_max = 255;

std::optional<std::uint64_t> parse_digits(std::string_view text) {
    std::uint64_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

struct ClassArguments {
    std::string name{};
    std::string kind = "cpu";
    std::uint64_t vram = 0;
    std::uint64_t floor = 1;
    std::string region{};
    std::uint32_t trust = 0;
};

Outcome<Messages> make_class(const Making& making, const ClassArguments& arguments) {
    market::MsgCreateClass message;
    message.set_creator(making.actor.account());
    message.set_name(arguments.name);
    message.set_kind(arguments.kind);
    message.set_vram_floor_bytes(arguments.vram);
    message.set_wu_per_second_floor(arguments.floor);
    message.set_region(arguments.region);
    message.set_trust(arguments.trust);
    return Messages{client::pack(message)};
}

}  // namespace

Outcome<JobName> parse_job(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto order = parse_digits(text.substr(0, slash));
    const auto task =
        slash == text.npos ? std::optional<std::uint64_t>(0) : parse_digits(text.substr(slash + 1));
    if (!order || *order == 0 || !task || *task > std::numeric_limits<std::uint32_t>::max()) {
        return usage("\"{}\" is no job: give ORDER or ORDER/TASK, such as 42 or 42/3", text);
    }
    return JobName{.order = *order, .task = static_cast<std::uint32_t>(*task)};
}

Outcome<std::uint64_t> parse_count(
    std::string_view what, std::string_view text, std::uint64_t least, std::uint64_t most
) {
    const auto plain = parse_digits(text);
    std::string digits(text);
    std::erase(digits, ',');
    const auto value = plain ? plain : parse_digits(digits);
    if (!value || (!plain && grouped(*value) != text) || *value < least || *value > most) {
        return usage(
            "{} \"{}\" is no number from {} to {}", what, text, grouped(least), grouped(most)
        );
    }
    return *value;
}

Outcome<std::uint64_t> parse_price(std::string_view what, std::string_view text) {
    const bool is_bare = !text.empty() && text.back() >= '0' && text.back() <= '9';
    const auto coin =
        client::parse_money(std::string(text) + std::string(is_bare ? client::base_denom : ""));
    if (!coin || coin->denom.text() != client::base_denom || coin->amount.is_zero() ||
        coin->amount > chain::Amount(price_max)) {
        return usage(
            "{} \"{}\" is no price for 10^6 work units from 1uyard to {}uyard, such as 25uyard",
            what,
            text,
            grouped(price_max)
        );
    }
    return static_cast<std::uint64_t>(coin->amount.value());
}

Outcome<chain::Coin> parse_stake(
    std::string_view what, std::string_view text, std::uint64_t least
) {
    const auto coin = client::parse_money(text);
    if (!coin || coin->denom.text() != client::base_denom || coin->amount < chain::Amount(least)) {
        return usage(
            "{} \"{}\" is no amount in {} or {}{}",
            what,
            text,
            client::display_denom,
            client::base_denom,
            least == 0 ? "" : fmt::format(" of at least {} {}", least, client::base_denom)
        );
    }
    return *coin;
}

Outcome<std::string> parse_id(std::string_view what, std::string_view text) {
    chain::Hash256 id{};
    if (!from_hex(text, id)) {
        return usage("{} \"{}\" is not 64 hex digits", what, text);
    }
    return std::string(as_text(id));
}

Outcome<std::vector<std::string>> sorted_attributes(std::vector<std::string> attributes) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const std::string& text : attributes) {
        const std::size_t at = text.find('=');
        if (at == 0 || at == std::string::npos) {
            return usage("the attribute \"{}\" is not NAME=VALUE", text);
        }
        pairs.emplace_back(text.substr(0, at), text.substr(at + 1));
    }
    std::ranges::sort(pairs);
    std::ranges::transform(pairs, attributes.begin(), [](const auto& pair) {
        return pair.first + "=" + pair.second;
    });
    return attributes;
}

std::string uyard_text(std::uint64_t amount) {
    return money_text(std::to_string(amount), client::base_denom);
}

std::string price_text(std::uint64_t price) {
    return fmt::format("{} {}", grouped(price), client::base_denom);
}

std::string height_text(std::int64_t height) {
    return height <= 0 ? "-" : grouped(static_cast<std::uint64_t>(height));
}

std::string hex_text(std::string_view bytes) {
    return to_hex(as_bytes(bytes));
}

std::string attribute_text(const market::Attribute& attribute) {
    return attribute.name() + "=" + attribute.value();
}

Outcome<std::uint32_t> find_class(const client::NodeClient* node, std::string_view text) {
    const auto number = parse_digits(text);
    if (number && *number > 0 && *number <= std::numeric_limits<std::uint32_t>::max()) {
        return static_cast<std::uint32_t>(*number);
    }
    if (node == nullptr) {
        return usage("offline there is nobody to ask for the class \"{}\": give its number", text);
    }
    market::QueryClassRequest request;
    request.set_name(std::string(text));
    market::QueryClassResponse answer;
    const auto asked = ask(*node, "/steelyard.market.v1.Query/Class", request, answer);
    if (!asked && asked.error().exit == Exit::not_found) {
        return std::unexpected(Complaint(
            Exit::not_found,
            "class_not_found",
            fmt::format("there is no class \"{}\"", text),
            "`steelyard market classes` shows those that there are"
        ));
    }
    TRY(asked);
    return answer.class_().id();
}

CLI::Option* add_repeated(
    CLI::App& command, const char* name, std::vector<std::string>& out, const char* help
) {
    return command.add_option(name, out, help)->allow_extra_args(false);
}

CLI::App* add_group(CLI::App& app, const char* name, const char* help) {
    auto* group = app.add_subcommand(name, help);
    group->require_subcommand(1);
    return group;
}

void add_class_txs(CLI::App& app, Context& context) {
    auto* group = add_group(app, "class", "Classes of workers");
    auto made = std::make_shared<ClassArguments>();
    auto* command = add_maker(
        *group,
        context,
        "create",
        "Make a class, for a fee that is burned",
        [made](const Making& making) { return make_class(making, *made); }
    );
    command->add_option("name", made->name, "Lower-case letters, digits, _.-")->required();
    command->add_option("--kind", made->kind, "cpu or gpu")
        ->check(CLI::IsMember({"cpu", "gpu"}))
        ->capture_default_str();
    command->add_option("--vram", made->vram, "The least memory of the GPU, in bytes");
    command->add_option("--floor", made->floor, "Work units a second at least")
        ->check(CLI::Range(std::uint64_t{1}, std::numeric_limits<std::uint64_t>::max()))
        ->capture_default_str();
    command->add_option("--region", made->region, "Else anywhere");
    command->add_option("--trust", made->trust, "0 to 255")->check(CLI::Range(0U, trust_max));
}

void add_market(CLI::App& app, Context& context) {
    auto* provider = add_group(app, "provider", "Sell work: bond, workers, asks");
    add_provider_txs(*provider, context);
    add_provider_queries(*provider, context);
    auto* program = add_group(app, "program", "Programs that orders run");
    add_program_commands(*program, context);
    auto* order = add_group(app, "order", "Buy runs of a program");
    add_order_txs(*order, context);
    add_order_queries(*order, context);
    auto* market = add_group(app, "market", "Classes of workers, figures, trades");
    add_class_txs(*market, context);
    add_market_queries(*market, context);
    auto* receipt = add_group(app, "receipt", "What a run was and cost, with proofs");
    add_receipts(*receipt, context);
}

}  // namespace steelyard::wallet
