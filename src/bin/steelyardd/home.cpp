#include "bin/steelyardd/home.h"

#include "consensus/engine/file_signer.h"
#include "consensus/engine/key_file.h"
#include "consensus/engine/posix_files.h"
#include "node/beacon_keys.h"
#include "node/config/print.h"
#include "node/files.h"

#include <cstdlib>
#include <system_error>

namespace steelyard::daemon {

namespace {

ByteView bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// With 0700. One that is there stays as it is.
Result<void> make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    if (std::filesystem::create_directories(folder, error) && !error) {
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
    }
    if (error) {
        return fail(ErrorCode::io, "cannot make {}: {}", folder.native(), error.message());
    }
    return {};
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

}  // namespace

Result<std::filesystem::path> find_home(const Context& context) {
    std::filesystem::path home = context.home;
    if (home.empty()) {
        home = variable("STEELYARD_HOME");
    }
    if (home.empty()) {
        const std::string user = variable("HOME");
        if (user.empty()) {
            return invalid("no home: neither --home, STEELYARD_HOME nor HOME is set");
        }
        home = std::filesystem::path(user) / ".steelyard";
    }
    std::error_code error;
    auto absolute = std::filesystem::absolute(home, error);
    if (error) {
        return invalid("{} is no path: {}", home.native(), error.message());
    }
    return absolute.lexically_normal();
}

std::filesystem::path config_file(const std::filesystem::path& home) {
    return home / node::config_file_name;
}

Result<node::LoadedConfig> load_home(
    const Context& context, const std::map<std::string, std::string>& flags
) {
    TRY_ASSIGN(const auto home, find_home(context));
    const std::filesystem::path file = config_file(home);
    auto text = node::read_file(file, node::config_file_size_max);
    if (!text && text.error().code() == ErrorCode::not_found) {
        return fail(
            ErrorCode::not_found,
            "{} is no node's home: there is no config/config.toml; make one with `steelyardd "
            "init`, "
            "or name another with --home",
            home.native()
        );
    }
    TRY(text);
    return node::load_config(
        {.home = home,
         .file_name = file.native(),
         .file_text = *std::move(text),
         .environment = node::steelyard_environment(),
         .flags = flags}
    );
}

Result<void> check_is_ledger(const node::Config& config) {
    if (config.app != "ledger") {
        return invalid("the application is {}, this command is for the ledger", config.app);
    }
    return {};
}

Result<chain::GenesisDoc> read_genesis(const node::Config& config) {
    const auto path = config.path(config.genesis_file);
    TRY_ASSIGN(const std::string text, node::read_file(path, chain::genesis_size_max));
    auto doc = chain::parse_genesis(text);
    if (!doc) {
        return std::unexpected(std::move(doc).error().in(path.native()));
    }
    return doc;
}

Result<crypto::PrivateKey> read_validator_key(const node::Config& config) {
    const auto path = config.path(config.priv_validator_key_file);
    TRY_ASSIGN(const auto secret, engine::read_private_file(path, engine::key_file_size_max));
    const auto view = secret.view();
    auto key = engine::parse_key_file({reinterpret_cast<const char*>(view.data()), view.size()});
    if (!key) {
        return std::unexpected(std::move(key).error().in(path.native()));
    }
    return key;
}

Result<p2p::NodeKey> read_node_key(const node::Config& config) {
    const auto path = config.path(config.node_key_file);
    TRY_ASSIGN(const auto secret, engine::read_private_file(path, p2p::node_key_file_size_max));
    const auto view = secret.view();
    auto key = p2p::parse_node_key({reinterpret_cast<const char*>(view.data()), view.size()});
    if (!key) {
        return std::unexpected(std::move(key).error().in(path.native()));
    }
    return key;
}

std::filesystem::path sign_state_file(const node::Config& config) {
    return config.path(config.db_dir) / engine::sign_state_file_name;
}

Result<void> create_home(const NewHome& parts) {
    const node::Config& config = parts.config;
    const auto key_file = config.path(config.priv_validator_key_file);
    const auto node_key_file = config.path(config.node_key_file);
    const auto beacon_key_file = config.path(node::beacon_key_file);
    const auto genesis_file = config.path(config.genesis_file);
    for (const auto& path :
         {config_file(config.home),
          key_file,
          node_key_file,
          beacon_key_file,
          genesis_file,
          sign_state_file(config)}) {
        std::error_code error;
        if (std::filesystem::exists(path, error)) {
            return fail(
                ErrorCode::denied,
                "{} exists: {} is a home already, and nothing in it is overwritten",
                path.native(),
                config.home.native()
            );
        }
    }
    for (const auto& path :
         {config_file(config.home), key_file, node_key_file, beacon_key_file, genesis_file}) {
        TRY(make_folder(path.parent_path()));
    }
    TRY(make_folder(config.path(config.db_dir)));
    // The state first: a key without one is refused at a start, a state without a key is harmless.
    TRY(engine::write_private_file(sign_state_file(config), bytes_of(engine::print_sign_state({})))
    );
    TRY(engine::write_private_file(key_file, engine::print_key_file(parts.validator_key).view()));
    TRY(engine::write_private_file(beacon_key_file, engine::print_key_file(parts.beacon_key).view())
    );
    TRY(engine::write_private_file(node_key_file, p2p::print_node_key(parts.node_key).view()));
    TRY(engine::write_private_file(genesis_file, bytes_of(parts.genesis)));
    return engine::write_private_file(
        config_file(config.home), bytes_of(node::print_config_file(config))
    );
}

Result<void> replace_text_file(const std::filesystem::path& path, std::string_view text) {
    auto temporary = path;
    temporary += ".new";
    std::error_code error;
    std::filesystem::remove(temporary, error);
    TRY(engine::write_private_file(temporary, bytes_of(text)));
    std::filesystem::rename(temporary, path, error);
    if (error) {
        return fail(ErrorCode::io, "cannot replace {}: {}", path.native(), error.message());
    }
    return {};
}

Result<void> replace_genesis(const node::Config& config, const chain::GenesisDoc& doc) {
    return replace_text_file(config.path(config.genesis_file), chain::print_genesis(doc));
}

Result<crypto::KeyType> parse_key_type(std::string_view text) {
    for (const auto type : {crypto::KeyType::secp256k1, crypto::KeyType::ed25519}) {
        if (text == crypto::to_string(type)) {
            return type;
        }
    }
    return invalid("\"{}\" is no key type: secp256k1 or ed25519", text);
}

}  // namespace steelyard::daemon
