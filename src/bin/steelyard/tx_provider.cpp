// provider: what those who sell work send.
#include "bin/steelyard/market.h"
#include "bin/steelyard/tx_fields.h"
#include "client/transactions.h"
#include "steelyard/market/v1/query.pb.h"
#include "steelyard/market/v1/tx.pb.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace steelyard::wallet {
namespace {

namespace market = ::steelyard::market::v1;

constexpr std::uint32_t work = 1;  ///< the product
constexpr std::uint64_t ask_work_units_max = 1'000'000'000'000'000;
constexpr std::uint32_t slots_max = 1'024;
constexpr std::uint32_t lifetime_default = 10'000;
constexpr const char* bond_help = "Such as 50yard";

struct ProfileArguments {
    std::optional<std::string> moniker{};
    std::optional<std::string> region{};
    std::optional<std::string> contact{};
    std::vector<std::string> attributes{};
    bool has_no_attributes = false;
    std::string bond{};
};

template <typename Message>
Outcome<void> set_attributes(Message& message, const std::vector<std::string>& attributes) {
    TRY_ASSIGN(const auto sorted, sorted_attributes(attributes));
    for (const std::string& one : sorted) {
        message.add_attributes(one);
    }
    return {};
}

Outcome<Messages> make_register(const Making& making, const ProfileArguments& arguments) {
    market::MsgRegisterProvider message;
    message.set_provider(making.actor.account());
    message.set_moniker(arguments.moniker.value_or(""));
    message.set_region(arguments.region.value_or(""));
    message.set_contact(arguments.contact.value_or(""));
    TRY(set_attributes(message, arguments.attributes));
    TRY_ASSIGN(const auto bond, parse_stake("--bond", arguments.bond, 0));
    set_coin(*message.mutable_bond(), bond);
    return Messages{client::pack(message)};
}

/// What the provider says of itself now.
Outcome<market::Provider> profile_now(const Making& making) {
    if (making.node == nullptr) {
        return usage("offline there is nobody to ask what stays as it is: say all of the profile");
    }
    market::QueryProviderRequest request;
    request.set_provider(making.actor.account());
    market::QueryProviderResponse answer;
    TRY(ask(*making.node, "/steelyard.market.v1.Query/Provider", request, answer));
    return std::move(*answer.mutable_provider());
}

/// The message replaces all: what is not named is asked for and sent again.
Outcome<Messages> make_edit(const Making& making, const ProfileArguments& arguments) {
    const bool has_attributes = arguments.has_no_attributes || !arguments.attributes.empty();
    market::Provider now;
    if (!arguments.moniker || !arguments.region || !arguments.contact || !has_attributes) {
        TRY_ASSIGN(now, profile_now(making));
    }
    market::MsgUpdateProvider message;
    message.set_provider(making.actor.account());
    message.set_moniker(arguments.moniker.value_or(now.moniker()));
    message.set_region(arguments.region.value_or(now.region()));
    message.set_contact(arguments.contact.value_or(now.contact()));
    if (has_attributes) {
        TRY(set_attributes(message, arguments.attributes));
    } else {
        for (const market::Attribute& attribute : now.attributes()) {
            message.add_attributes(attribute_text(attribute));
        }
    }
    return Messages{client::pack(message)};
}

void add_profile(CLI::App& command, ProfileArguments& out) {
    command.add_option("--moniker", out.moniker, "The provider's name, for people");
    command.add_option("--region", out.region, "Where its workers are, such as eu-west");
    command.add_option("--contact", out.contact, "How to reach it");
    add_repeated(command, "--attribute", out.attributes, "NAME=VALUE that orders can ask for");
}

template <typename Message>
Outcome<Messages> make_bond(const Making& making, const std::string& text) {
    Message message;
    message.set_provider(making.actor.account());
    TRY_ASSIGN(const auto amount, parse_stake("the amount", text));
    set_coin(*message.mutable_amount(), amount);
    return Messages{client::pack(message)};
}

Outcome<Messages> make_unjail(const Making& making) {
    market::MsgUnjailProvider message;
    message.set_provider(making.actor.account());
    return Messages{client::pack(message)};
}

struct WorkerArguments {
    std::string worker{};
    std::string class_name{};
    std::uint32_t slots = 1;
    std::string funds{};
};

Outcome<std::string> worker_text(const Making& making, const std::string& name) {
    TRY_ASSIGN(const auto address, making.keys.account(name));
    return client::address_text(client::account_prefix, address);
}

Outcome<Messages> make_add_worker(const Making& making, const WorkerArguments& arguments) {
    market::MsgAddWorker message;
    message.set_provider(making.actor.account());
    TRY_ASSIGN(*message.mutable_worker(), worker_text(making, arguments.worker));
    TRY_ASSIGN(const auto class_id, find_class(making.node, arguments.class_name));
    message.set_class_id(class_id);
    message.set_slots(arguments.slots);
    if (!arguments.funds.empty()) {
        TRY_ASSIGN(const auto funds, parse_stake("--funds", arguments.funds));
        set_coin(*message.mutable_funds(), funds);
    }
    return Messages{client::pack(message)};
}

Outcome<Messages> make_remove_worker(const Making& making, const WorkerArguments& arguments) {
    market::MsgRemoveWorker message;
    message.set_provider(making.actor.account());
    TRY_ASSIGN(*message.mutable_worker(), worker_text(making, arguments.worker));
    return Messages{client::pack(message)};
}

struct AskArguments {
    std::string class_name{};
    std::string price{};
    std::string work_units{};
    std::uint32_t lifetime = lifetime_default;
};

Outcome<Messages> make_ask(const Making& making, const AskArguments& arguments) {
    market::MsgPostAsk message;
    message.set_provider(making.actor.account());
    message.set_product(work);
    message.set_lifetime(arguments.lifetime);
    TRY_ASSIGN(const auto price, parse_price("--price", arguments.price));
    TRY_ASSIGN(
        const auto work_units,
        parse_count("--work-units", arguments.work_units, 1, ask_work_units_max)
    );
    TRY_ASSIGN(const auto class_id, find_class(making.node, arguments.class_name));
    message.set_price(price);
    message.set_work_units(work_units);
    message.set_class_id(class_id);
    return Messages{client::pack(message)};
}

struct CancelArguments {
    std::uint64_t id = 0;
    std::string class_name{};
    std::string price{};
    std::int64_t height = 0;
};

/// The ask of that number among those of the actor.
Outcome<market::Ask> find_ask(const Making& making, std::uint64_t id) {
    if (making.node == nullptr) {
        return usage(
            "offline there is nobody to ask where the ask stands: say --class, --price "
            "and --posted-height"
        );
    }
    market::QueryAsksRequest request;
    request.set_provider(making.actor.account());
    TRY_ASSIGN(
        const auto answer,
        (ask_all<market::QueryAsksRequest, market::QueryAsksResponse>(
            *making.node, "/steelyard.market.v1.Query/Asks", request
        ))
    );
    const auto found = std::ranges::find(answer.asks(), id, &market::Ask::ask_id);
    if (found == answer.asks().end()) {
        return std::unexpected(Complaint(
            Exit::not_found,
            "ask_not_found",
            fmt::format("{} has no ask {}", making.actor.account(), id),
            "`steelyard provider asks` shows those that stand"
        ));
    }
    return *found;
}

Outcome<Messages> make_cancel(const Making& making, const CancelArguments& arguments) {
    market::MsgCancelAsk message;
    message.set_provider(making.actor.account());
    message.set_product(work);
    message.set_ask_id(arguments.id);
    if (arguments.class_name.empty() || arguments.price.empty() || arguments.height == 0) {
        TRY_ASSIGN(const market::Ask found, find_ask(making, arguments.id));
        message.set_class_id(found.class_id());
        message.set_price(found.price());
        message.set_posted_height(found.posted_height());
        return Messages{client::pack(message)};
    }
    TRY_ASSIGN(const auto price, parse_price("--price", arguments.price));
    TRY_ASSIGN(const auto class_id, find_class(making.node, arguments.class_name));
    message.set_price(price);
    message.set_class_id(class_id);
    message.set_posted_height(arguments.height);
    return Messages{client::pack(message)};
}

void add_profiles(CLI::App& provider, Context& context) {
    auto made = std::make_shared<ProfileArguments>();
    auto* command =
        add_maker(provider, context, "register", "Become a provider", [made](const Making& making) {
            return make_register(making, *made);
        });
    add_profile(*command, *made);
    command->get_option("--moniker")->required();
    command->get_option("--region")->required();
    command->add_option("--bond", made->bond, "What answers for its work, such as 50yard")
        ->required();

    auto edited = std::make_shared<ProfileArguments>();
    command = add_maker(
        provider,
        context,
        "edit",
        "Change what a provider says of itself; what is not named stays",
        [edited](const Making& making) { return make_edit(making, *edited); }
    );
    add_profile(*command, *edited);
    command->add_flag("--no-attributes", edited->has_no_attributes, "Have none")
        ->excludes("--attribute");
}

void add_bonds(CLI::App& provider, Context& context) {
    for (const auto& [name, help, make] :
         {std::tuple{"bond", "Add to the bond", &make_bond<market::MsgAddBond>},
          {"unbond",
           "Take of the bond; it is paid after the blocks of the parameters",
           &make_bond<market::MsgWithdrawBond>}}) {
        auto amount = std::make_shared<std::string>();
        add_maker(
            provider,
            context,
            name,
            help,
            [amount, make](const Making& making) { return make(making, *amount); }
        )
            ->add_option("amount", *amount, bond_help)
            ->required();
    }
    add_maker(provider, context, "unjail", "Be matched again after a slash", make_unjail);
}

void add_workers(CLI::App& provider, Context& context) {
    auto* group = add_group(provider, "worker", "Accounts that sign for jobs");
    auto added = std::make_shared<WorkerArguments>();
    auto* command = add_maker(
        *group,
        context,
        "add",
        "Let an account work for the provider",
        [added](const Making& making) { return make_add_worker(making, *added); }
    );
    command->add_option("worker", added->worker, "An address, or the name of a key")->required();
    command->add_option("--class", added->class_name, class_help)->required();
    command->add_option("--slots", added->slots, "Jobs that it has at a time")
        ->check(CLI::Range(1U, slots_max))
        ->capture_default_str();
    command->add_option("--funds", added->funds, "Money to pay its fees with, such as 1yard");
    auto removed = std::make_shared<WorkerArguments>();
    add_maker(
        *group,
        context,
        "remove",
        "Let it go, at once or with its last job",
        [removed](const Making& making) { return make_remove_worker(making, *removed); }
    )
        ->add_option("worker", removed->worker, "An address, or the name of a key")
        ->required();
}

}  // namespace

void add_provider_txs(CLI::App& provider, Context& context) {
    add_profiles(provider, context);
    add_bonds(provider, context);
    add_workers(provider, context);
    auto offered = std::make_shared<AskArguments>();
    auto* command = add_maker(
        provider,
        context,
        "ask",
        "Offer work units at a price",
        [offered](const Making& making) { return make_ask(making, *offered); }
    );
    command->add_option("--class", offered->class_name, class_help)->required();
    command->add_option("--price", offered->price, price_help)->required();
    command->add_option("--work-units", offered->work_units, "How many, such as 5,000,000")
        ->required();
    command->add_option("--lifetime", offered->lifetime, "Blocks in which it can be matched")
        ->capture_default_str();
    auto cancelled = std::make_shared<CancelArguments>();
    command = add_maker(
        provider,
        context,
        "cancel",
        "Take an ask back",
        [cancelled](const Making& making) { return make_cancel(making, *cancelled); }
    );
    command->add_option("ask", cancelled->id, "Its number (`provider asks`)")->required();
    command->add_option("--class", cancelled->class_name, "Of the ask; else the node is asked");
    command->add_option("--price", cancelled->price, "Of the ask; else the node is asked");
    command->add_option("--posted-height", cancelled->height, "Else the node is asked");
}

}  // namespace steelyard::wallet
