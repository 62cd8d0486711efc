#include "bin/steelyard-worker/status_text.h"

#include "bin/steelyardd/report.h"
#include "client/money.h"

#include <boost/json.hpp>

namespace steelyard::worker_program {
namespace {

namespace json = boost::json;

json::array jobs_json(const worker::WorkerStatus& status) {
    json::array out;
    for (const worker::JobStatus& job : status.jobs) {
        out.push_back(json::object{
            {"job", job.name.text()},
            {"state", job.state},
            {"stage", job.stage},
            {"due_height", job.due_height},
            {"blocks_left", job.blocks_left},
            {"steps_done", job.steps.done},
            {"steps", job.steps.of},
        });
    }
    return out;
}

json::array ended_json(const worker::WorkerStatus& status) {
    json::array out;
    for (const worker::EndedJob& job : status.ended) {
        out.push_back(json::object{
            {"job", job.name.text()},
            {"state", job.state},
            {"reason", job.reason},
            {"earned", std::to_string(job.earned)},
            {"height", job.height},
        });
    }
    return out;
}

std::string text_at(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    if (value == nullptr) {
        return "?";
    }
    return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

std::string money_at(const json::object& object, std::string_view name) {
    const auto coin = client::parse_money(text_at(object, name) + "uyard");
    return coin ? client::show(*coin) : "?";
}

bool is_true(const json::object& object, std::string_view name) {
    return text_at(object, name) == "true";
}

/// Lines of the rows of an array; each has these fields.
std::string table_at(
    const json::object& object,
    std::string_view name,
    const std::vector<std::pair<std::string, std::string>>& columns
) {
    const auto* const list = object.if_contains(name);
    if (list == nullptr || !list->is_array() || list->get_array().empty()) {
        return "";
    }
    std::vector<std::vector<std::string>> rows(1);
    for (const auto& [title, field] : columns) {
        rows.front().push_back(title);
    }
    for (const json::value& row : list->get_array()) {
        auto& cells = rows.emplace_back();
        for (const auto& [title, field] : columns) {
            cells.push_back(row.is_object() ? text_at(row.get_object(), field) : "?");
        }
    }
    return "\n" + daemon::table_of(rows);
}

}  // namespace

std::string status_json(const worker::WorkerStatus& status) {
    const json::object out = {
        {"address", status.address},
        {"linked", status.is_linked},
        {"catching_up", status.is_catching_up},
        {"draining", status.is_draining},
        {"chain_id", status.chain_id},
        {"height", status.height},
        {"slots", status.slots},
        {"jobs", jobs_json(status)},
        {"balance", std::to_string(status.balance)},
        {"fees", std::to_string(status.fees)},
        {"earned", std::to_string(status.earned)},
        {"settled", status.settled},
        {"lost", status.lost},
        {"ended", ended_json(status)},
    };
    return json::serialize(out) + "\n";
}

Result<std::string> status_text(std::string_view text) {
    json::error_code error;
    const json::value value = json::parse(text, error);
    if (error || !value.is_object()) {
        return fail(ErrorCode::corrupt, "the worker's answer is no JSON object");
    }
    const json::object& status = value.get_object();
    const std::string link = !is_true(status, "linked")       ? "none"
                             : is_true(status, "catching_up") ? "up; the node catches up"
                                                              : "up";
    std::string out = daemon::text_of({
        {"account", text_at(status, "address")},
        {"link", link},
        {"chain", text_at(status, "chain_id") + ", block " + text_at(status, "height")},
        {"slots", text_at(status, "slots") + (is_true(status, "draining") ? ", draining" : "")},
        {"balance for fees", money_at(status, "balance")},
        {"fees since start", money_at(status, "fees")},
        {"earned since start",
         fmt::format(
             "{} by {} jobs; {} ended otherwise",
             money_at(status, "earned"),
             text_at(status, "settled"),
             text_at(status, "lost")
         )},
    });
    out += table_at(
        status,
        "jobs",
        {{"JOB", "job"},
         {"STATE", "state"},
         {"STAGE", "stage"},
         {"BLOCKS LEFT", "blocks_left"},
         {"STEPS", "steps_done"},
         {"OF", "steps"}}
    );
    out += table_at(
        status,
        "ended",
        {{"ENDED", "job"},
         {"STATE", "state"},
         {"REASON", "reason"},
         {"UYARD", "earned"},
         {"BLOCK", "height"}}
    );
    return out;
}

}  // namespace steelyard::worker_program
