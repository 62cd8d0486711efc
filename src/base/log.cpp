#include "base/log.h"

#include "base/log_line.h"
#include "base/quoted.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <mutex>

namespace steelyard::log {

namespace {

constexpr std::string_view level_names[] = {"debug", "info", "warn", "error", "none"};

/// The loggers' modules and their levels. Modules are few and named in the source.
class Registry {
public:
    struct Module {
        const std::string_view name;
        std::atomic<Level>& level;
    };

    Module module(std::string_view name) {
        const std::lock_guard lock(mutex_);
        const auto [entry, added] = levels_.try_emplace(std::string(name));
        if (added) {
            entry->second.store(level_of(name));
        }
        return {entry->first, entry->second};
    }

    void set_filter(const Filter& filter) {
        const std::lock_guard lock(mutex_);
        filter_ = filter;
        for (auto& [name, level] : levels_) {
            level.store(level_of(name), std::memory_order_relaxed);
        }
    }

    std::atomic<Format> format = Format::plain;

private:
    Level level_of(std::string_view name) const {
        const auto found = filter_.modules.find(name);
        return found == filter_.modules.end() ? filter_.others : found->second;
    }

    std::mutex mutex_;
    Filter filter_;
    std::map<std::string, std::atomic<Level>, std::less<>> levels_;
};

/// Never destroyed: what runs at exit may still log.
Registry& registry() {
    static Registry& one = *new Registry;
    return one;
}

std::function<void(std::string_view)>& writer() {
    static auto& one = *new std::function<void(std::string_view)>;
    return one;
}

spdlog::logger& standard_error() {
    static spdlog::logger& one = *[] {
        auto logger = std::make_unique<spdlog::logger>(
            "steelyard", std::make_shared<spdlog::sinks::stderr_sink_mt>()
        );
        logger->set_pattern("%v");
        logger->set_level(spdlog::level::trace);
        logger->set_error_handler([](const std::string&) {});  // nowhere is left to say it
        return logger.release();
    }();
    return one;
}

Result<Level> parse_level(std::string_view text) {
    for (std::size_t i = 0; i < std::size(level_names); ++i) {
        if (text == level_names[i]) {
            return static_cast<Level>(i);
        }
    }
    return invalid("{} is no log level: debug, info, warn, error or none", in_quotes(text));
}

bool is_module_name(std::string_view name) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_-/.";
    return !name.empty() && name.size() <= module_name_size_max &&
           name.find_first_not_of(allowed) == name.npos;
}

}  // namespace

std::string_view to_string(Level level) {
    return level_names[static_cast<std::size_t>(level)];
}

Result<Format> parse_format(std::string_view text) {
    if (text == "plain") {
        return Format::plain;
    }
    if (text == "json") {
        return Format::json;
    }
    return invalid("{} is no log format: plain or json", in_quotes(text));
}

Result<Filter> parse_filter(std::string_view text) {
    if (text.size() > filter_size_max) {
        return fail(
            ErrorCode::too_large,
            "a log filter of {} bytes is over {}",
            text.size(),
            filter_size_max
        );
    }
    Filter filter;
    if (text.find(':') == text.npos) {
        TRY_ASSIGN(filter.others, parse_level(text));
        return filter;
    }
    bool others_given = false;
    while (true) {
        const std::string_view part = text.substr(0, text.find(','));
        const std::size_t colon = part.find(':');
        if (colon == part.npos) {
            return invalid("{} is not MODULE:LEVEL, as in \"p2p:error,*:info\"", in_quotes(part));
        }
        const std::string_view name = part.substr(0, colon);
        TRY_ASSIGN(const Level level, parse_level(part.substr(colon + 1)));
        const bool others = name == "*";
        if (!others && !is_module_name(name)) {
            return invalid("{} is no module's name", in_quotes(name));
        }
        if (others ? std::exchange(others_given, true)
                   : !filter.modules.emplace(name, level).second) {
            return invalid("the log level of {} is given twice", name);
        }
        if (others) {
            filter.others = level;
        }
        if (part.size() == text.size()) {
            return filter;
        }
        text.remove_prefix(part.size() + 1);
    }
}

void set_filter(const Filter& filter) {
    registry().set_filter(filter);
}

void set_format(Format format) {
    registry().format.store(format, std::memory_order_relaxed);
}

void set_writer(std::function<void(std::string_view)> new_writer) {
    writer() = std::move(new_writer);
}

Logger::Logger(std::string_view module) {
    const Registry::Module entry = registry().module(module);
    module_ = entry.name;
    level_ = &entry.level;
}

void Logger::emit(Level level, std::string_view message, Fields fields) const {
    const auto now = std::chrono::system_clock::now();
    const std::string line = format_line(
        registry().format.load(std::memory_order_relaxed),
        {.at = std::chrono::floor<std::chrono::milliseconds>(now),
         .level = level,
         .module = module_,
         .message = message,
         .fields = fields}
    );
    if (writer()) {
        writer()(line);
        return;
    }
    standard_error().log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

std::optional<std::uint64_t> RateLimit::pass_at(std::chrono::steady_clock::time_point now) {
    const std::int64_t at =
        std::chrono::duration_cast<std::chrono::nanoseconds>(now.time_since_epoch()).count();
    std::int64_t next = next_.load(std::memory_order_relaxed);
    if (at < next || !next_.compare_exchange_strong(next, at + interval_.count())) {
        skipped_.fetch_add(1, std::memory_order_relaxed);
        return std::nullopt;
    }
    return skipped_.exchange(0, std::memory_order_relaxed);
}

}  // namespace steelyard::log
