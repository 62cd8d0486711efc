// steelyard: a wallet.
#include "base/version.h"
#include "bin/steelyard/command.h"
#include "bin/steelyard/report.h"
#include "bin/steelyard/run.h"
#include "bin/steelyardd/command_line.h"

#include <CLI/CLI.hpp>

namespace steelyard::wallet {

void add_version(CLI::App& app, Context& context) {
    app.add_subcommand("version", "Print the version")->callback([&context] {
        context.action = [&context]() -> Outcome<Exit> {
            const std::string text(version);
            print(context.json() ? fields_json({{"version", text}}) : "steelyard " + text + "\n");
            return Exit::ok;
        };
    });
}

namespace {

void add_common_options(CLI::App& app, Context& context) {
    app.add_option("--home", context.home, "The folder of keyrings; else ~/.steelyard")
        ->envname("STEELYARD_HOME");
    app.add_option("--node", context.node, "The RPC of a node")
        ->envname("STEELYARD_NODE")
        ->capture_default_str();
    app.add_option("--timeout", context.timeout_ms, "Milliseconds to wait for each answer")
        ->capture_default_str()
        ->check(CLI::Range(1, 600'000));
    app.add_option("--chain-id", context.chain_id, "The chain's name; else the node is asked")
        ->envname("STEELYARD_CHAIN_ID");
    app.add_option("--keyring-backend", context.keyring_backend, "file or test (not encrypted)")
        ->envname("STEELYARD_KEYRING_BACKEND")
        ->capture_default_str()
        ->check(CLI::IsMember({"file", "test"}));
    app.add_option(
           "--password-file",
           context.password_file,
           "Holds the keyring's password; - is standard input"
    )
        ->envname("STEELYARD_PASSWORD_FILE");
    app.add_option("-o,--output", context.output, "text or json")
        ->envname("STEELYARD_OUTPUT")
        ->check(CLI::IsMember({"text", "json"}));
}

int complain(const Complaint& complaint, bool json) {
    tell(json ? json_of(complaint) : text_of(complaint));
    return static_cast<int>(complaint.exit);
}

int run(int argc, char** argv) {
    CLI::App app("A wallet for a Steelyard chain.", "steelyard");
    Context context;
    app.require_subcommand(1);
    app.fallthrough();
    add_common_options(app, context);
    add_keys(app, context);
    add_tx(app, context);
    add_query(app, context);
    add_market(app, context);
    add_blobs(app, context);
    add_run(app, context);
    add_jobs(app, context);
    add_inspect(app, context);
    add_vm(app, context);
    add_completion(app, context);
    add_version(app, context);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            app.exit(error);
            return static_cast<int>(Exit::ok);
        }
        return complain(
            Complaint(
                Exit::usage,
                "invalid_argument",
                daemon::parse_error_text(app, error),
                "--help after a command tells its arguments"
            ),
            context.json()
        );
    }
    const auto outcome = context.action();
    if (!outcome) {
        return complain(outcome.error(), context.json());
    }
    return static_cast<int>(*outcome);
}

}  // namespace
}  // namespace steelyard::wallet

int main(int argc, char** argv) {
    return steelyard::daemon::guard_program("steelyard", [&] {
        return steelyard::wallet::run(argc, argv);
    });
}
