#include "base/log.h"
#include "base/version.h"
#include "bin/steelyardd/home.h"
#include "bin/steelyardd/service.h"
#include "bin/steelyardd/setting_flags.h"
#include "node/node.h"

#include <CLI/CLI.hpp>

#include <atomic>
#include <mutex>

namespace steelyard::daemon {

namespace {

/// How long the process sleeps where no supervisor wants to hear of it.
constexpr std::chrono::milliseconds idle_wait = std::chrono::hours(1);

/// Why the node cannot go on, told by one of its threads.
class Failure {
public:
    void set(const Error& error) {
        const std::lock_guard lock(mutex_);
        error_ = error;
    }

    std::optional<Error> get() const {
        const std::lock_guard lock(mutex_);
        return error_;
    }

private:
    mutable std::mutex mutex_;
    std::optional<Error> error_;
};

/// After SIGHUP: logs follow config.toml anew. All else needs a new start.
void reload(const log::Logger& log, const Context& context, const SettingFlags& flags) {
    const auto loaded = load_home(context, flags);
    if (!loaded) {
        log.error("config.toml stays unread", {{"error", loaded.error()}});
        return;
    }
    if (set_up_logs(loaded->config)) {
        log.info("log level is read anew", {{"log_level", loaded->config.log_level}});
    }
}

/// Until a signal or a failure ends the run.
void serve(
    const log::Logger& log,
    Signals& signals,
    const Failure& failure,
    const std::function<void()>& reload_config,
    node::Node& node
) {
    const auto watchdog = watchdog_interval();
    const auto has_left = std::make_shared<std::atomic<bool>>(false);
    while (!failure.get() && !*has_left) {
        switch (signals.wait(watchdog.count() > 0 ? watchdog : idle_wait)) {
            case Signals::Event::terminate:
                log.info("stopping", {{"signal", signals.last_name()}});
                return;
            case Signals::Event::leave:
                node.leave_in_window([&signals, has_left] {
                    *has_left = true;
                    signals.wake();
                });
                break;
            case Signals::Event::reload:
                reload_config();
                break;
            case Signals::Event::wake:
                break;
            case Signals::Event::timeout:
                if (const auto thread = node.find_stuck_thread()) {
                    log.error(
                        "a thread does not answer: the watchdog hears nothing",
                        {{"thread", *thread}}
                    );
                } else {
                    notify_supervisor("WATCHDOG=1");
                }
                break;
        }
    }
}

Result<Exit> start(const Context& context, const SettingFlags& flags) {
    TRY_ASSIGN(const auto loaded, load_home(context, flags));
    TRY(set_up_logs(loaded.config));
    const log::Logger log("main");
    Signals signals;
    Failure failure;
    const std::uint64_t files = raise_file_limit();
    log.info(
        "starting",
        {{"version", version}, {"home", loaded.config.home.native()}, {"files_max", files}}
    );
    TRY_ASSIGN(auto node, node::Node::start(loaded.config, [&](const Error& error) {
                   failure.set(error);
                   signals.wake();
               }));
    const auto pid_file = PidFile::write(loaded.config.home / pid_file_name);
    if (!pid_file) {
        log.warn("there is no pid file", {{"error", pid_file.error()}});
    }
    const auto addresses = node->addresses();
    log.info("running", {{"id", addresses.id}, {"p2p_port", addresses.p2p_port}});
    notify_supervisor("READY=1");
    serve(log, signals, failure, [&] { reload(log, context, flags); }, *node);
    notify_supervisor("STOPPING=1");
    signals.end_at_next();
    node->stop();
    node.reset();
    if (const auto error = failure.get()) {
        return std::unexpected(*error);
    }
    log.info("stopped");
    return Exit::ok;
}

}  // namespace

void add_start(CLI::App& app, Context& context) {
    auto* command = app.add_subcommand("start", "Run the node, until SIGTERM or SIGINT");
    const auto flags = add_setting_flags(*command, [](const node::Option&) { return true; });
    command->callback([&context, flags] {
        context.action = [&context, flags] { return start(context, *flags); };
    });
}

}  // namespace steelyard::daemon
