// run: the worker itself.
#include "base/log.h"
#include "base/version.h"
#include "bin/steelyard-worker/command.h"
#include "bin/steelyard-worker/control.h"
#include "bin/steelyard-worker/home.h"
#include "bin/steelyard-worker/status_text.h"
#include "bin/steelyardd/service.h"
#include "worker/link/link_client.h"
#include "worker/worker.h"

#include <CLI/CLI.hpp>

#include <atomic>
#include <thread>

namespace steelyard::worker_program {
namespace {

Result<void> set_up_logs(const Settings& settings) {
    TRY_ASSIGN(const auto filter, log::parse_filter(settings.log_level));
    TRY_ASSIGN(const auto format, log::parse_format(settings.log_format));
    log::set_filter(filter);
    log::set_format(format);
    return {};
}

std::string answer(worker::Worker& worker, std::string_view question) {
    if (question == "status") {
        return status_json(worker.status());
    }
    if (question == "drain") {
        worker.drain();
        return "ok\n";
    }
    return "there is no such question\n";
}

/// Until a signal ends it, it has drained, or another worker has its link.
void serve(
    const log::Logger& log,
    daemon::Signals& signals,
    worker::Worker& worker,
    const std::atomic<bool>& is_link_in_use
) {
    std::atomic<bool> is_over = false;
    // The one thread that children are started by: they end with it.
    std::thread loop([&] {
        worker.run();
        is_over = true;
        signals.wake();
    });
    while (!is_over) {
        if (is_link_in_use) {
            worker.stop();
            break;
        }
        if (signals.wait(std::chrono::hours(1)) == daemon::Signals::Event::terminate) {
            log.info("stopping", {{"signal", signals.last_name()}});
            daemon::notify_supervisor("STOPPING=1");
            signals.end_at_next();
            worker.stop();
            break;
        }
    }
    loop.join();
}

Result<Exit> run(const Context& context) {
    TRY_ASSIGN(const auto home, find_home(context));
    TRY_ASSIGN(const Settings settings, load_settings(home));
    TRY(set_up_logs(settings));
    if (settings.node_key.empty()) {
        return invalid("node_key is not set: it is what `steelyardd worker-key` prints");
    }
    TRY_ASSIGN(const auto node_key, worker::parse_z85_key(settings.node_key));
    TRY_ASSIGN(const HomeLock lock, HomeLock::take(home));
    TRY_ASSIGN(auto key, read_account_key(home / settings.key_file));
    TRY_ASSIGN(const auto link_key, worker::read_curve_key_file(home / settings.link_key_file));
    const log::Logger log("main");
    daemon::Signals signals;
    log.info("starting", {{"version", version}, {"home", home.native()}, {"node", settings.node}});
    const SystemClock clock;
    std::atomic<bool> is_link_in_use = false;
    TRY_ASSIGN(
        const auto link,
        worker::LinkClient::start(
            {.address = settings.node,
             .node_key = node_key,
             .worker = worker::address_of(key),
             .software = fmt::format("steelyard-worker {}", version),
             .times = {},
             .on_in_use =
                 [&is_link_in_use, &signals] {
                     is_link_in_use = true;
                     signals.wake();
                 }},
            link_key,
            clock
        )
    );
    TRY_ASSIGN(
        const auto worker,
        worker::Worker::open(
            worker_options(home, settings, read_machine(home)), *link, std::move(key)
        )
    );
    TRY_ASSIGN(
        const auto control,
        ControlServer::start(
            home / socket_file_name,
            [&worker](std::string_view question) { return answer(*worker, question); }
        )
    );
    daemon::notify_supervisor("READY=1");
    serve(log, signals, *worker, is_link_in_use);
    log.info("stopped");
    if (is_link_in_use) {
        return fail(
            ErrorCode::denied,
            "another worker has the session of this link key with {}: each worker has a home of "
            "its own, made by init",
            settings.node
        );
    }
    return Exit::ok;
}

}  // namespace

void add_run(CLI::App& app, Context& context) {
    app.add_subcommand("run", "Run jobs, until SIGTERM or SIGINT")->callback([&context] {
        context.action = [&context] { return run(context); };
    });
}

}  // namespace steelyard::worker_program
