// keys: add, list, show, delete, multisig.
#include "bin/steelyard/keys.h"

#include "bin/steelyard/prompt.h"
#include "bin/steelyard/report.h"
#include "client/money.h"
#include "client/tx_files.h"
#include "crypto/bip32.h"
#include "crypto/bip39.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace steelyard::wallet {
namespace {

struct AddOptions {
    std::string name;
    bool recover = false;
    bool dry_run = false;
    std::string hd_path;
    std::uint32_t account = 0;
    std::uint32_t index = 0;
    std::string public_key;
};

struct MultisigOptions {
    std::string name;
    std::vector<std::string> members;
    std::uint32_t threshold = 0;
    bool nosort = false;
};

struct ShowOptions {
    std::string name;
    std::string bech = "acc";
    bool address_only = false;
    bool key_only = false;
};

struct DeleteOptions {
    std::string name;
    bool yes = false;
};

std::string kind_of(const client::KeyEntry& entry) {
    if (const auto* const multisig = std::get_if<tx::MultisigKey>(&entry.key)) {
        return fmt::format("multisig {} of {}", multisig->threshold, multisig->members.size());
    }
    return std::holds_alternative<client::NoSecret>(entry.secret) ? "public" : "local";
}

std::string_view prefix_of(std::string_view bech) {
    return bech == "val"    ? client::operator_prefix
           : bech == "cons" ? client::consensus_prefix
                            : client::account_prefix;
}

/// {"name":...}, without the brace at the end.
std::string open_json(const client::KeyEntry& entry, std::string_view prefix) {
    const std::string fields = fields_json({
        {"name", entry.name},
        {"type", kind_of(entry)},
        {"address", client::address_text(prefix, entry.address())},
    });
    return fields.substr(0, fields.size() - 2) +
           ",\"pubkey\":" + client::print_account_key(entry.key);
}

std::string shown(const client::KeyEntry& entry, std::string_view prefix) {
    return fields_text({
        {"name", entry.name},
        {"type", kind_of(entry)},
        {"address", client::address_text(prefix, entry.address())},
        {"public key", client::print_account_key(entry.key)},
    });
}

Outcome<crypto::PrivateKey> derive(ByteView mnemonic, const AddOptions& options) {
    auto path = crypto::HdPath::account(options.account, options.index);
    if (!options.hd_path.empty()) {
        TRY_ASSIGN(path, crypto::HdPath::parse(options.hd_path));
    }
    TRY_ASSIGN(const auto seed, crypto::seed_from_mnemonic(as_text(mnemonic), ""));
    TRY_ASSIGN(const auto master, crypto::ExtendedPrivateKey::from_seed(seed.view()));
    TRY_ASSIGN(const auto extended, master.derive(path));
    return extended.private_key();
}

void show_added(
    const Context& context, const client::KeyEntry& entry, const crypto::SecretBytes* mnemonic
) {
    if (context.json()) {
        print(open_json(entry, client::account_prefix));
        if (mnemonic != nullptr) {
            print(",\"mnemonic\":\"");
            print(as_text(mnemonic->view()));
            print("\"");
        }
        print("}\n");
        return;
    }
    print(shown(entry, client::account_prefix));
    if (mnemonic != nullptr) {
        tell("\nWrite these words down; who has them has the key, and they are not shown again.\n");
        print("\n");
        print(as_text(mnemonic->view()));
        print("\n");
    }
}

/// What is not kept: only shown.
Outcome<Exit> show_only(
    const Context& context,
    const AddOptions& options,
    tx::AccountKey key,
    const crypto::SecretBytes* mnemonic
) {
    TRY(client::check_key_name(options.name));
    show_added(
        context,
        {.name = options.name, .key = std::move(key), .secret = client::NoSecret{}},
        mnemonic
    );
    return Exit::ok;
}

Outcome<Exit> add_public(const Context& context, Keys& keys, const AddOptions& options) {
    TRY_ASSIGN(const auto key, client::parse_account_key(options.public_key));
    if (options.dry_run) {
        return show_only(context, options, key, nullptr);
    }
    TRY_ASSIGN(const auto entry, keys.keyring().add_public(options.name, key));
    show_added(context, entry, nullptr);
    return Exit::ok;
}

Outcome<Exit> add(const Context& context, const AddOptions& options) {
    TRY_ASSIGN(Keys keys, Keys::open(context));
    if (!options.public_key.empty()) {
        return add_public(context, keys, options);
    }
    SystemRandom random;
    crypto::SecretBytes mnemonic;
    if (options.recover) {
        TRY_ASSIGN(mnemonic, ask_mnemonic());
    } else {
        mnemonic = crypto::generate_mnemonic(random);
    }
    TRY_ASSIGN(const auto key, derive(mnemonic.view(), options));
    const crypto::SecretBytes* const shown_mnemonic = options.recover ? nullptr : &mnemonic;
    if (options.dry_run) {
        return show_only(context, options, key.public_key(), shown_mnemonic);
    }
    TRY_ASSIGN(const auto entry, keep(keys, options.name, key));
    show_added(context, entry, shown_mnemonic);
    return Exit::ok;
}

/// A member: the key of that name, or a public key itself.
Outcome<crypto::PublicKey> member_of(const Keys& keys, const std::string& text) {
    constexpr std::size_t hex_size = 66;
    std::optional<tx::AccountKey> key;
    if (text.starts_with('{') || text.size() == hex_size) {
        TRY_ASSIGN(key, client::parse_account_key(text));
    } else {
        TRY_ASSIGN(const auto entry, keys.find(text));
        key = entry.key;
    }
    const auto* const single = std::get_if<crypto::PublicKey>(&*key);
    if (single == nullptr) {
        return usage("{} is a multisig key itself; members are single keys", text);
    }
    return *single;
}

Outcome<Exit> multisig(const Context& context, const MultisigOptions& options) {
    TRY_ASSIGN(Keys keys, Keys::open(context));
    tx::MultisigKey key{.threshold = options.threshold};
    for (const std::string& text : options.members) {
        TRY_ASSIGN(const auto member, member_of(keys, text));
        key.members.push_back(member);
    }
    if (!options.nosort) {
        std::ranges::sort(key.members, {}, &crypto::PublicKey::address);
    }
    for (std::size_t i = 0; i < key.members.size(); ++i) {
        if (std::ranges::count(key.members, key.members[i]) > 1) {
            return usage("a member is named twice");
        }
    }
    TRY(tx::validate(key));
    TRY_ASSIGN(const auto entry, keys.keyring().add_public(options.name, key));
    show_added(context, entry, nullptr);
    return Exit::ok;
}

Outcome<Exit> list(const Context& context) {
    TRY_ASSIGN(const auto keyring, open_keyring(context));
    TRY_ASSIGN(const auto entries, keyring.list());
    if (context.json()) {
        std::string out = "[";
        for (const auto& entry : entries) {
            out += (out.size() == 1 ? "" : ",") + open_json(entry, client::account_prefix) + "}";
        }
        print(out + "]\n");
        return Exit::ok;
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& entry : entries) {
        rows.push_back(
            {entry.name,
             kind_of(entry),
             client::address_text(client::account_prefix, entry.address())}
        );
    }
    print(table({{"NAME"}, {"TYPE"}, {"ADDRESS"}}, rows));
    return Exit::ok;
}

Outcome<Exit> show(const Context& context, const ShowOptions& options) {
    TRY_ASSIGN(const Keys keys, Keys::open(context));
    TRY_ASSIGN(const auto entry, keys.find(options.name));
    const auto prefix = prefix_of(options.bech);
    if (options.address_only) {
        print(client::address_text(prefix, entry.address()) + "\n");
    } else if (options.key_only) {
        print(client::print_account_key(entry.key) + "\n");
    } else {
        print(context.json() ? open_json(entry, prefix) + "}\n" : shown(entry, prefix));
    }
    return Exit::ok;
}

Outcome<Exit> remove(const Context& context, const DeleteOptions& options) {
    TRY_ASSIGN(Keys keys, Keys::open(context));
    TRY_ASSIGN(const auto entry, keys.find(options.name));
    if (!options.yes) {
        TRY(confirm(fmt::format(
            "Delete the key \"{}\" ({})? Without its words or an export it is lost.",
            entry.name,
            client::address_text(client::account_prefix, entry.address())
        )));
    }
    TRY(keys.keyring().remove(entry.name));
    print(context.json() ? fields_json({{"deleted", entry.name}}) : "deleted " + entry.name + "\n");
    return Exit::ok;
}

void add_add(CLI::App& keys, Context& context) {
    auto options = std::make_shared<AddOptions>();
    auto* command = keys.add_subcommand("add", "Make a key, or bring one from its words");
    command->add_option("name", options->name, "The key's name here")->required();
    command->add_flag("--recover", options->recover, "Ask for the words of a key that exists");
    command->add_flag("--dry-run", options->dry_run, "Show the key and keep nothing");
    auto* path = command->add_option("--hd-path", options->hd_path, "Instead of m/44'/118'/0'/0/0");
    constexpr std::uint32_t index_max = crypto::hd_hardened - 1;
    for (const auto& [name, where, what] :
         {std::tuple{"--account", &options->account, "The third number of the path"},
          {"--index", &options->index, "The last number of the path"}}) {
        command->add_option(name, *where, what)
            ->excludes(path)
            ->check(CLI::Range(std::uint32_t{0}, index_max));
    }
    command->add_option("--pubkey", options->public_key, "Keep this public key, as JSON or hex");
    command->callback([&context, options] {
        context.action = [&context, options] { return add(context, *options); };
    });
}

void add_multisig(CLI::App& keys, Context& context) {
    auto options = std::make_shared<MultisigOptions>();
    auto* command = keys.add_subcommand("multisig", "Make a key for which some of several sign");
    command->add_option("name", options->name, "The key's name here")->required();
    command->add_option("members", options->members, "Names of keys, or public keys as JSON or hex")
        ->required();
    command->add_option("--threshold", options->threshold, "How many must sign")->required();
    command->add_flag("--nosort", options->nosort, "Keep the order, of which the address depends");
    command->callback([&context, options] {
        context.action = [&context, options] { return multisig(context, *options); };
    });
}

void add_show(CLI::App& keys, Context& context) {
    auto options = std::make_shared<ShowOptions>();
    auto* command = keys.add_subcommand("show", "Show one key");
    command->add_option("name", options->name, "Its name or address")->required();
    command->add_option("--bech", options->bech, "Of the address: acc, val or cons")
        ->check(CLI::IsMember({"acc", "val", "cons"}))
        ->capture_default_str();
    auto* address = command->add_flag("-a,--address", options->address_only, "The address alone");
    command->add_flag("-p,--pubkey", options->key_only, "The public key alone")->excludes(address);
    command->callback([&context, options] {
        context.action = [&context, options] { return show(context, *options); };
    });
}

void add_delete(CLI::App& keys, Context& context) {
    auto options = std::make_shared<DeleteOptions>();
    auto* command = keys.add_subcommand("delete", "Delete one key");
    command->add_option("name", options->name, "Its name or address")->required();
    command->add_flag("-y,--yes", options->yes, "Do not ask");
    command->callback([&context, options] {
        context.action = [&context, options] { return remove(context, *options); };
    });
}

}  // namespace

Outcome<client::KeyEntry> keep(Keys& keys, std::string_view name, const crypto::PrivateKey& key) {
    TRY(client::check_key_name(name));
    TRY_ASSIGN(const ByteView password, keys.password_for_new());
    SystemRandom random;
    auto entry = keys.keyring().add(name, key, password, {}, random);
    if (!entry && entry.error().code() == ErrorCode::denied) {
        return std::unexpected(Complaint(
            Exit::usage,
            "key_exists",
            entry.error().message(),
            "`steelyard keys delete` removes a key"
        ));
    }
    return entry;
}

void add_keys(CLI::App& app, Context& context) {
    auto* keys = app.add_subcommand("keys", "The keys of this machine");
    keys->require_subcommand(1);
    add_add(*keys, context);
    keys->add_subcommand("list", "List the keys")->callback([&context] {
        context.action = [&context] { return list(context); };
    });
    add_show(*keys, context);
    add_multisig(*keys, context);
    add_key_transfer(*keys, context);
    add_delete(*keys, context);
}

}  // namespace steelyard::wallet
