// status and drain: asked of the worker that runs on the home.
#include "bin/steelyard-worker/command.h"
#include "bin/steelyard-worker/control.h"
#include "bin/steelyard-worker/home.h"
#include "bin/steelyard-worker/status_text.h"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <thread>

namespace steelyard::worker_program {
namespace {

constexpr auto watch_interval = std::chrono::seconds(1);

/// Nothing: no worker runs, which is told.
Result<std::optional<std::string>> ask(const Context& context, std::string_view question) {
    TRY_ASSIGN(const auto home, find_home(context));
    TRY(load_settings(home));
    auto answer = ask_worker(home / socket_file_name, question);
    if (!answer && answer.error().code() == ErrorCode::not_found) {
        std::fprintf(stderr, "steelyard-worker: %s\n", answer.error().message().c_str());
        return std::nullopt;
    }
    TRY(answer);
    return *std::move(answer);
}

Result<Exit> show_once(const Context& context) {
    TRY_ASSIGN(const auto answer, ask(context, "status"));
    if (!answer) {
        return Exit::unreachable;
    }
    if (context.json()) {
        print(*answer);
        return Exit::ok;
    }
    TRY_ASSIGN(const std::string text, status_text(*answer));
    print(text);
    return Exit::ok;
}

Result<Exit> show(const Context& context, bool watches) {
    while (true) {
        if (watches && !context.json()) {
            print("\033[H\033[2J");
        }
        TRY_ASSIGN(const Exit exit, show_once(context));
        if (!watches || exit != Exit::ok) {
            return exit;
        }
        std::this_thread::sleep_for(watch_interval);
    }
}

Result<Exit> drain(const Context& context) {
    TRY_ASSIGN(const auto answer, ask(context, "drain"));
    if (!answer) {
        return Exit::unreachable;
    }
    print(
        context.json() ? "{\"draining\": true}\n" : "it drains, and ends when its jobs are over\n"
    );
    return Exit::ok;
}

}  // namespace

void add_status(CLI::App& app, Context& context) {
    auto watches = std::make_shared<bool>(false);
    auto* command = app.add_subcommand("status", "What the worker does, and what it earned");
    command->add_flag("--watch", *watches, "Again each second, until it is interrupted");
    command->callback([&context, watches] {
        context.action = [&context, watches] { return show(context, *watches); };
    });
    app.add_subcommand("drain", "Let it take no more jobs, finish those it has, and end")
        ->callback([&context] { context.action = [&context] { return drain(context); }; });
}

}  // namespace steelyard::worker_program
