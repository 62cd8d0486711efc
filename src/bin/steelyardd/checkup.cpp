#include "bin/steelyardd/checkup.h"

#include "base/base64.h"
#include "base/hex.h"
#include "consensus/engine/file_signer.h"
#include "consensus/engine/posix_files.h"
#include "node/beacon_keys.h"

#include <algorithm>
#include <system_error>

namespace steelyard::daemon {

namespace {

Finding bad(std::string check, const Error& error, std::string required, std::string fix) {
    return {std::move(check), Verdict::bad, error.message(), std::move(required), std::move(fix)};
}

Finding check_genesis(const Result<chain::GenesisDoc>& doc) {
    if (!doc) {
        return bad(
            "genesis", doc.error(), "a genesis document", "get the chain's genesis.json again"
        );
    }
    return {
        "genesis",
        Verdict::fine,
        fmt::format(
            "{}, hash {}", doc->chain_id, to_hex_upper(chain::genesis_hash(*doc)).substr(0, 16)
        ),
        "the same hash as the other nodes"
    };
}

Finding check_validator_key(
    const Result<crypto::PrivateKey>& key, const Result<chain::GenesisDoc>& doc
) {
    if (!key) {
        return bad(
            "validator key",
            key.error(),
            "a key file of mode 0600",
            "restore it, or make one: steelyardd gen-validator"
        );
    }
    const auto is_ours = [&](const auto& validator) {
        return validator.public_key == key->public_key();
    };
    const bool in_genesis = doc && std::ranges::any_of(doc->validators, is_ours);
    return {
        "validator key",
        Verdict::fine,
        fmt::format(
            "{} {}{}",
            crypto::to_string(key->type()),
            to_hex_upper(key->public_key().address()),
            in_genesis ? ", in the genesis" : ""
        ),
        "a key file of mode 0600"
    };
}

/// Whether what was signed last is that of this key and chain.
Finding check_sign_state(
    engine::Directory& folder,
    const Result<crypto::PrivateKey>& key,
    const Result<chain::GenesisDoc>& doc
) {
    constexpr const char* required = "the state that belongs to the key";
    if (!key || !doc) {
        return {
            "sign state",
            Verdict::doubtful,
            "not checked",
            required,
            "first mend the key and the genesis"
        };
    }
    const auto signer = engine::FileSigner::open(
        folder, std::make_unique<engine::LocalSigningKey>(key->clone()), doc->chain_id
    );
    if (!signer) {
        return bad(
            "sign state",
            signer.error(),
            required,
            "restore priv_validator_state.json of the machine that signed last; never guess it"
        );
    }
    return {"sign state", Verdict::fine, to_string((*signer)->state().position), required};
}

Finding check_node_key(const node::Config& config) {
    const auto key = read_node_key(config);
    if (!key) {
        return bad(
            "node key", key.error(), "a key file of mode 0600", "make one: steelyardd gen-node-key"
        );
    }
    return {"node key", Verdict::fine, key->id().text(), "a key file of mode 0600"};
}

/// Whether it is the registered one, the running node tells in its log.
Finding check_beacon_key(const node::Config& config) {
    constexpr const char* required = "a key file of mode 0600";
    const auto key = node::read_beacon_key(config.path(node::beacon_key_file));
    if (!key) {
        const bool is_missing = key.error().code() == ErrorCode::not_found;
        return {
            "beacon key",
            is_missing ? Verdict::doubtful : Verdict::bad,
            key.error().message(),
            required,
            "restore it, or make one and register it: steelyardd gen-beacon-key"
        };
    }
    return {"beacon key", Verdict::fine, to_base64(key->public_key().bytes()), required};
}

Finding check_folder(const std::filesystem::path& folder) {
    using std::filesystem::perms;
    std::error_code error;
    const perms mode = std::filesystem::status(folder, error).permissions();
    if (error) {
        return {"data folder", Verdict::bad, error.message(), "a folder", "steelyardd init"};
    }
    const auto others = perms::group_write | perms::others_write;
    const bool wide = (mode & others) != perms::none;
    return {
        "data folder",
        wide ? Verdict::bad : Verdict::fine,
        fmt::format("mode {:04o}", static_cast<unsigned>(mode) & 07777),
        "writable by its owner only",
        wide ? fmt::format("chmod go-w {}", folder.native()) : ""
    };
}

}  // namespace

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::fine:
            return "ok";
        case Verdict::doubtful:
            return "warn";
        case Verdict::bad:
            return "BAD";
    }
    return {};
}

std::vector<Finding> check_up(const Context& context) {
    const auto loaded = load_home(context);
    if (!loaded) {
        return {
            bad("config", loaded.error(), "a home with a valid config.toml", "mend what it says")
        };
    }
    const node::Config& config = loaded->config;
    std::vector<Finding> findings = {
        {"config", Verdict::fine, config_file(config.home).native(), "valid options"}
    };
    const auto doc = read_genesis(config);
    const auto key = read_validator_key(config);
    findings.push_back(check_genesis(doc));
    findings.push_back(check_validator_key(key, doc));
    findings.push_back(check_node_key(config));
    if (config.app == "ledger") {
        findings.push_back(check_beacon_key(config));
    }
    findings.push_back(check_folder(config.path(config.db_dir)));
    const auto folder = engine::PosixDirectory::lock(config.path(config.db_dir));
    const bool is_running = !folder && folder.error().code() == ErrorCode::denied;
    if (folder) {
        findings.push_back(check_sign_state(**folder, key, doc));
    } else {
        findings.push_back(
            {"sign state",
             is_running ? Verdict::fine : Verdict::bad,
             is_running ? "in use by a running node" : folder.error().message(),
             "the state that belongs to the key"}
        );
    }
    const auto machine = check_machine(config, is_running);
    findings.insert(findings.end(), machine.begin(), machine.end());
    return findings;
}

}  // namespace steelyard::daemon
