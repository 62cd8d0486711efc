#include "bin/steelyardd/checkup.h"
#include "bin/steelyardd/report.h"

#include <CLI/CLI.hpp>

namespace steelyard::daemon {

namespace {

std::string json_of_findings(const std::vector<Finding>& findings) {
    std::string out = "[";
    for (const Finding& finding : findings) {
        out += fmt::format(
            "{}\n  {{\"check\": {}, \"verdict\": {}, \"actual\": {}, \"required\": {}, \"fix\": "
            "{}}}",
            out.size() == 1 ? "" : ",",
            json_quoted(finding.check),
            json_quoted(to_string(finding.verdict)),
            json_quoted(finding.actual),
            json_quoted(finding.required),
            json_quoted(finding.fix)
        );
    }
    return out + "\n]\n";
}

std::string table_of_findings(const std::vector<Finding>& findings) {
    std::vector<std::vector<std::string>> rows = {{"", "check", "actual", "required", "fix"}};
    for (const Finding& finding : findings) {
        rows.push_back(
            {std::string(to_string(finding.verdict)),
             finding.check,
             finding.actual,
             finding.required,
             finding.fix}
        );
    }
    return table_of(rows);
}

Result<Exit> doctor(const Context& context) {
    const std::vector<Finding> findings = check_up(context);
    print(context.json() ? json_of_findings(findings) : table_of_findings(findings));
    for (const Finding& finding : findings) {
        if (finding.verdict == Verdict::bad) {
            return Exit::failed;
        }
    }
    return Exit::ok;
}

}  // namespace

void add_doctor(CLI::App& app, Context& context) {
    app.add_subcommand("doctor", "Check the home and the machine; ends with 1 if something is bad")
        ->callback([&context] { context.action = [&context] { return doctor(context); }; });
}

}  // namespace steelyard::daemon
