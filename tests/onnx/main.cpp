// Judges the cases of libonnx-testdata, and compares with a list of what is expected.
//
//   onnx_cases DATA                       prints a verdict a case
//   onnx_cases DATA --only TEXT           of those whose names contain the text
//   onnx_cases DATA --expect FILE PART PARTS    part PART (from 0): fails where a verdict is
//   another
//   onnx_cases DATA --round-trip ...      the same of the way through an export and back
#include "cases.h"
#include "vm/backend/cpu/cpu_backend.h"

#include <fstream>
#include <iostream>

using namespace steelyard;
using namespace steelyard::vm::onnx::test;

namespace {

constexpr int skipped_exit_code = 77;

using Judge = Verdict (*)(const Case& one, vm::Backend& backend);

struct Counts {
    std::size_t pass = 0;
    std::size_t unsupported = 0;
    std::size_t failed = 0;
};

void count(Counts& counts, const Verdict& verdict) {
    switch (verdict.kind) {
        case Verdict::Kind::pass:
            ++counts.pass;
            break;
        case Verdict::Kind::unsupported:
            ++counts.unsupported;
            break;
        case Verdict::Kind::failed:
            ++counts.failed;
            break;
    }
}

void print(const Counts& counts) {
    std::cerr << counts.pass << " passed, " << counts.unsupported << " unsupported, "
              << counts.failed << " failed\n";
}

int print_verdicts(const std::vector<Case>& cases, Judge judge_case, std::string_view only) {
    const auto backend = vm::cpu::make_cpu_backend(vm::cpu::best_isa());
    Counts counts;
    for (const Case& one : cases) {
        if (one.name.find(only) != std::string::npos) {
            const Verdict verdict = judge_case(one, *backend);
            count(counts, verdict);
            std::cout << one.name << " " << verdict.text() << std::endl;
        }
    }
    print(counts);
    return 0;
}

std::map<std::string, std::string> read_expected(const std::string& file) {
    std::map<std::string, std::string> out;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        const std::size_t space = line.find(' ');
        if (!line.starts_with('#') && space != std::string::npos) {
            out[line.substr(0, space)] = line.substr(space + 1);
        }
    }
    return out;
}

int compare_part(const std::vector<Case>& cases, Judge judge_case, char** arguments) {
    const auto backend = vm::cpu::make_cpu_backend(vm::cpu::best_isa());
    const auto expected = read_expected(arguments[0]);
    const std::size_t part = std::stoul(arguments[1]);
    const std::size_t parts = std::stoul(arguments[2]);
    Counts counts;
    int other = 0;
    for (std::size_t index = part; index < cases.size(); index += parts) {
        const Case& one = cases[index];
        const Verdict verdict = judge_case(one, *backend);
        count(counts, verdict);
        const auto found = expected.find(one.name);
        const std::string wanted = found == expected.end() ? "(not in the list)" : found->second;
        if (wanted != verdict.text()) {
            std::cerr << one.name << ": " << verdict.text() << "\n  expected: " << wanted << "\n";
            ++other;
        }
    }
    print(counts);
    return other == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<Case> cases = find_cases(count > 1 ? arguments[1] : "");
    if (cases.empty()) {
        std::cerr << "skipped: there are no cases; the package libonnx-testdata has them\n";
        return skipped_exit_code;
    }
    Judge judge_case = judge;
    if (count > 2 && std::string_view(arguments[2]) == "--round-trip") {
        judge_case = judge_round_trip;
        ++arguments;
        --count;
    }
    const std::string_view mode = count > 2 ? arguments[2] : "";
    if (mode == "--expect" && count == 6) {
        return compare_part(cases, judge_case, arguments + 3);
    }
    return print_verdicts(cases, judge_case, mode == "--only" && count == 4 ? arguments[3] : "");
}
