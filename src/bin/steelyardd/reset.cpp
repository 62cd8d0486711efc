#include "bin/steelyardd/home.h"
#include "consensus/engine/file_signer.h"
#include "consensus/engine/posix_files.h"

#include <CLI/CLI.hpp>

#include <system_error>

namespace steelyard::daemon {

namespace {

/// What a node can make anew from its peers. What was signed last is not among it.
constexpr std::string_view chain_data[] = {
    "blockstore.db", "state.db", "evidence.db", "application.db", "tx_index.db", "cs.wal"
};

struct ResetOptions {
    bool keeps_address_book = true;
    bool accepts_slashing = false;
};

Result<void> remove_data(const std::filesystem::path& path) {
    std::error_code error;
    const auto removed = std::filesystem::remove_all(path, error);
    if (error) {
        return fail(ErrorCode::io, "cannot remove {}: {}", path.native(), error.message());
    }
    if (removed > 0) {
        print(fmt::format("removed {}\n", path.native()));
    }
    return {};
}

Result<Exit> reset(const Context& context, const ResetOptions& options) {
    TRY_ASSIGN(const auto loaded, load_home(context));
    const node::Config& config = loaded.config;
    const auto folder = config.path(config.db_dir);
    // Held until the end, so that no node starts meanwhile; fails while one runs.
    TRY_ASSIGN(const auto lock, engine::PosixDirectory::lock(folder));
    for (const std::string_view name : chain_data) {
        TRY(remove_data(folder / name));
    }
    if (!options.keeps_address_book) {
        TRY(remove_data(config.path(config.p2p.addr_book_file)));
    }
    const auto state_file = sign_state_file(config);
    if (options.accepts_slashing) {
        const std::string text = engine::print_sign_state({});
        const ByteView bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
        TRY(engine::replace_file(*lock, engine::sign_state_file_name, bytes));
        print(fmt::format("forgot what was signed: {}\n", state_file.native()));
    } else {
        print(fmt::format("kept what was signed last: {}\n", state_file.native()));
    }
    return Exit::ok;
}

}  // namespace

void add_reset(CLI::App& app, Context& context) {
    const auto add = [&](const char* name, const char* help, bool keeps_address_book) {
        auto options = std::make_shared<ResetOptions>();
        options->keeps_address_book = keeps_address_book;
        auto* command = app.add_subcommand(name, help);
        if (!keeps_address_book) {
            command->add_flag(
                "--keep-addrbook", options->keeps_address_book, "Keep the address book"
            );
        }
        command->add_flag(
            "--i-accept-slashing",
            options->accepts_slashing,
            "Also forget what was signed: only for a chain that begins anew, else the validator "
            "may "
            "sign twice"
        );
        command->callback([&context, options] {
            context.action = [&context, options] { return reset(context, *options); };
        });
    };
    add("reset", "Remove blocks, state, index and logs of a stopped node", true);
    add("unsafe-reset-all", "The same, and the address book", false);
}

}  // namespace steelyard::daemon
