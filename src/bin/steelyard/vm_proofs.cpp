// vm: proofs that a run was as it says, and their verification.
#include "base/hex.h"
#include "bin/steelyard/report.h"
#include "bin/steelyard/vm.h"
#include "vm/run/prover.h"
#include "vm/trace/commitment.h"

#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <charconv>
#include <set>

namespace steelyard::wallet {
namespace {

constexpr std::uint32_t probes_default = 8;
constexpr std::size_t names_shown_max = 8;

struct ProveChoices {
    VmSource source{};
    VmInputs inputs{};
    VmMachine machine{};
    std::string seed{};
    std::uint32_t probes = probes_default;
    std::string path{};
};

struct VerifyChoices {
    VmSource source{};
    std::string proof{};
    std::string output_root{};
    std::string trace_root{};
    std::string seed{};
    std::uint32_t probes = 0;  ///< 0: as many as the proof shows
    std::string fault{};
    std::vector<std::string> input_ids{};
};

/// As a challenge of the market takes them (doc/spec/market.md, K3): the first `count` of all that
/// come to something. Where most steps have no elements, fewer of the first `count` do (P3).
std::vector<vm::Probe> first_probes(
    const vm::CheckedProgram& program,
    const vm::RunOutcome& outcome,
    const vm::Hash256& seed,
    std::uint32_t count
) {
    auto probes = vm::derive_probes(program, outcome, seed, vm::probe_count_max);
    probes.resize(std::min<std::size_t>(probes.size(), count));
    return probes;
}

std::string json_of_ids(const vm::Program& program, const std::vector<vm::Hash256>& ids) {
    JsonObject out;
    for (std::size_t index = 0; index < ids.size(); ++index) {
        out.text(program.inputs[index].name, to_hex(ids[index]));
    }
    return out.value();
}

Outcome<Exit> prove_to_file(const Context& context, const ProveChoices& choices) {
    TRY_ASSIGN(const vm::Hash256 seed, parse_hash("the seed", choices.seed));
    TRY_ASSIGN(Tensors given, read_inputs(choices.inputs));
    TRY_ASSIGN(VmProgram loaded, load_program(choices.source, &given));
    TRY_ASSIGN(
        std::vector<vm::Tensor> tensors, gather_inputs(loaded, choices.inputs, std::move(given))
    );
    TRY_ASSIGN(const HeldInputs held, HeldInputs::hold(std::move(tensors)));
    const vm::CheckedProgram& program = loaded.checked;
    const std::vector<vm::TensorView>& inputs = held.views();
    TRY_ASSIGN(const auto machine, VmRun::make(choices.machine));
    const vm::RunOptions options = machine->options(program);
    TRY_ASSIGN(const vm::RunResult result, vm::run(program, inputs, options));
    const auto probes = first_probes(program, result.outcome, seed, choices.probes);
    TRY_ASSIGN(const vm::Proof proof, vm::prove(program, inputs, result, probes, options));
    machine->finish_progress();
    const Bytes encoded = vm::encode_proof(proof);
    TRY(write_bytes(choices.path, encoded));
    std::vector<vm::Hash256> ids;
    for (const vm::TensorView& input : inputs) {
        ids.push_back(vm::tensor_id(input.type, vm::tensor_root(input.type, input.data)));
    }
    JsonObject out;
    out.text("output_root", to_hex(result.outcome.output_root));
    out.text("trace_root", to_hex(result.outcome.trace_root));
    out.number("probes", probes.size());
    out.number("proof_bytes", encoded.size());
    out.raw("input_ids", json_of_ids(program.program(), ids));
    print(
        context.json() ? out.value() + "\n"
                       : fields_text(
                             {{"output root", to_hex(result.outcome.output_root)},
                              {"trace root", to_hex(result.outcome.trace_root)},
                              {"probes", std::to_string(probes.size())},
                              {"proof", grouped(encoded.size()) + " bytes"}}
                         )
    );
    return Exit::ok;
}

/// "out_of_bound:STEP:ELEMENT" or "bad_index:STEP:ELEMENT"
Outcome<vm::Fault> parse_fault(std::string_view text) {
    vm::Fault fault;
    const std::size_t first = text.find(':');
    const std::string_view kind = text.substr(0, first);
    std::string_view rest = first == text.npos ? "" : text.substr(first + 1);
    bool is_good = kind == "out_of_bound" || kind == "bad_index";
    fault.kind = kind == "bad_index" ? vm::Fault::Kind::bad_index : vm::Fault::Kind::out_of_bound;
    const auto* const end = rest.data() + rest.size();
    const auto step = std::from_chars(rest.data(), end, fault.step);
    is_good = is_good && step.ec == std::errc() && step.ptr != end && *step.ptr == ':';
    if (is_good) {
        const auto element = std::from_chars(step.ptr + 1, end, fault.element);
        is_good = element.ec == std::errc() && element.ptr == end;
    }
    if (!is_good) {
        return usage("\"{}\" is not out_of_bound:STEP:ELEMENT or bad_index:STEP:ELEMENT", text);
    }
    return fault;
}

Outcome<vm::RunOutcome> claimed_outcome(
    const vm::CheckedProgram& program, const VerifyChoices& choices
) {
    vm::RunOutcome outcome{.steps = program.step_count()};
    TRY_ASSIGN(outcome.output_root, parse_hash("the output root", choices.output_root));
    TRY_ASSIGN(outcome.trace_root, parse_hash("the trace root", choices.trace_root));
    if (!choices.fault.empty()) {
        TRY_ASSIGN(const vm::Fault fault, parse_fault(choices.fault));
        if (fault.step >= outcome.steps) {
            return usage("the fault's step {} is not below {}", fault.step, outcome.steps);
        }
        outcome.steps = fault.step;
        outcome.fault = fault;
    }
    return outcome;
}

/// What the caller knows of the inputs; of others what the proof says.
Outcome<std::vector<vm::Hash256>> input_ids(
    const vm::Program& program, const vm::Proof& proof, const std::vector<std::string>& known
) {
    std::vector<vm::Hash256> ids(program.inputs.size());
    for (const vm::OpenedTensor& tensor : proof.tensors) {
        const vm::Source source = tensor.source;
        if (source.kind == vm::Source::Kind::input && source.index < ids.size()) {
            ids[source.index] = vm::tensor_id(program.inputs[source.index].type, tensor.root);
        }
    }
    for (const std::string& text : known) {
        const std::size_t at = std::min(text.find('='), text.size());
        const auto input = std::ranges::find(program.inputs, text.substr(0, at), &vm::Input::name);
        if (at == text.size() || input == program.inputs.end()) {
            return usage("\"{}\" is not INPUT=ID of an input of the program", text);
        }
        TRY_ASSIGN(
            ids[static_cast<std::size_t>(input - program.inputs.begin())],
            parse_hash("the id", text.substr(at + 1))
        );
    }
    return ids;
}

/// The inputs of which no id is given, so that a proof may be about any tensors.
std::vector<std::string> unchecked_inputs(
    const vm::Program& program, const std::vector<std::string>& known
) {
    std::vector<std::string> out;
    for (const vm::Input& input : program.inputs) {
        const auto names_it = [&](const std::string& text) {
            return text.starts_with(input.name + "=");
        };
        if (std::ranges::none_of(known, names_it)) {
            out.push_back(input.name);
        }
    }
    return out;
}

/// Those whose ids are given, of which the proof opens nothing.
std::vector<std::string> unopened_inputs(
    const vm::Program& program, const vm::Proof& proof, const std::vector<std::string>& unchecked
) {
    std::set<std::uint64_t> opened;
    for (const vm::OpenedTensor& tensor : proof.tensors) {
        if (tensor.source.kind == vm::Source::Kind::input) {
            opened.insert(tensor.source.index);
        }
    }
    std::vector<std::string> out;
    for (std::size_t index = 0; index < program.inputs.size(); ++index) {
        const std::string& name = program.inputs[index].name;
        if (!opened.contains(index) && std::ranges::find(unchecked, name) == unchecked.end()) {
            out.push_back(name);
        }
    }
    return out;
}

std::string json_of_names(const std::vector<std::string>& names) {
    std::string out;
    for (const std::string& name : names) {
        out += fmt::format("{}\"{}\"", out.empty() ? "" : ",", name);
    }
    return "[" + out + "]";
}

/// "WHAT: a, b and 3 more", a line; nothing for no names.
std::string names_text(std::string_view what, const std::vector<std::string>& names) {
    if (names.empty()) {
        return "";
    }
    const std::size_t shown = std::min(names.size(), names_shown_max);
    const auto first = std::span(names).first(shown);
    const std::size_t more = names.size() - shown;
    return fmt::format(
        "{}: {}{}\n",
        what,
        fmt::join(first, ", "),
        more == 0 ? "" : fmt::format(" and {} more", more)
    );
}

std::string_view verdict_text(vm::Verdict verdict) {
    switch (verdict) {
        case vm::Verdict::right:
            return "right";
        case vm::Verdict::wrong:
            return "wrong";
        case vm::Verdict::malformed:
            return "malformed";
    }
    return "malformed";
}

/// What came of judging a proof, and of how many probes it was.
struct Judged {
    vm::Verification found{};
    std::size_t probes = 0;
};

Judged judge(
    const vm::Claim& claim, const vm::Proof& proof, const vm::Hash256& seed, std::uint32_t count
) {
    const auto probes = first_probes(*claim.program, claim.outcome, seed, count);
    return {
        .found = vm::verify_proof(claim, probes, proof, ~std::uint64_t{0}), .probes = probes.size()
    };
}

/// A proof does not say for how many probes it was made, and opens what they need and no more: the
/// most that it is well formed for. Of one that never is, what got furthest.
Judged judge_all(const vm::Claim& claim, const vm::Proof& proof, const vm::Hash256& seed) {
    Judged furthest = judge(claim, proof, seed, vm::probe_count_max);
    for (std::uint32_t count = vm::probe_count_max - 1;
         count > 0 && furthest.found.verdict == vm::Verdict::malformed;
         --count) {
        Judged next = judge(claim, proof, seed, count);
        if (next.found.verdict != vm::Verdict::malformed || next.found.gas > furthest.found.gas) {
            furthest = std::move(next);
        }
    }
    return furthest;
}

Outcome<Exit> verify_file(const Context& context, const VerifyChoices& choices) {
    TRY_ASSIGN(const vm::Hash256 seed, parse_hash("the seed", choices.seed));
    TRY_ASSIGN(const VmProgram loaded, load_program(choices.source, nullptr));
    const vm::CheckedProgram& program = loaded.checked;
    TRY_ASSIGN(const vm::RunOutcome outcome, claimed_outcome(program, choices));
    TRY_ASSIGN(const Bytes file, read_bytes(choices.proof, vm::proof_bytes_max));
    const auto decoded = vm::decode_proof(file);
    if (!decoded) {
        return in_file(choices.proof, decoded.error());
    }
    const vm::Proof& proof = *decoded;
    TRY_ASSIGN(
        const std::vector<vm::Hash256> ids, input_ids(program.program(), proof, choices.input_ids)
    );
    const vm::Claim claim{.program = &program, .input_ids = ids, .outcome = outcome};
    const auto [found, probes] = choices.probes == 0 ? judge_all(claim, proof, seed)
                                                     : judge(claim, proof, seed, choices.probes);
    JsonObject out;
    out.text("verdict", verdict_text(found.verdict));
    out.text("reason", found.reason);
    out.number("probes", probes);
    out.number("gas", found.gas);
    const auto unchecked = unchecked_inputs(program.program(), choices.input_ids);
    out.raw("unchecked_inputs", json_of_names(unchecked));
    const auto unopened = unopened_inputs(program.program(), proof, unchecked);
    out.raw("unopened_inputs", json_of_names(unopened));
    std::string text = fmt::format("{}: {}\n", verdict_text(found.verdict), found.reason);
    if (found.verdict == vm::Verdict::right) {
        text = fmt::format("{}: {} probes\n", verdict_text(found.verdict), probes) +
               names_text("not checked, for want of --input-id", unchecked) +
               names_text("not checked, as this proof opens nothing of them", unopened);
    }
    print(context.json() ? out.value() + "\n" : text);
    return found.verdict == vm::Verdict::right ? Exit::ok : Exit::fault;
}

CLI::Option* add_seed(
    CLI::App& command, std::string& seed, std::uint32_t& probes, std::uint32_t probes_min
) {
    command.add_option("--seed", seed, "64 hex digits that choose the probes")->required();
    return command.add_option("--probes", probes, "How many probes")
        ->check(CLI::Range(probes_min, vm::probe_count_max));
}

void add_prove(CLI::App& vm, Context& context) {
    auto choices = std::make_shared<ProveChoices>();
    auto* command = vm.add_subcommand("prove", "Run a program and open what a seed asks for");
    add_source(*command, choices->source);
    add_inputs(*command, choices->inputs);
    add_machine(*command, choices->machine);
    // None: of a run that ended with a fault there may be nothing else to prove.
    add_seed(*command, choices->seed, choices->probes, 0)->capture_default_str();
    command->add_option("--out", choices->path, "The proof's file")->required();
    command->callback([&context, choices] {
        context.action = [&context, choices] { return prove_to_file(context, *choices); };
    });
}

void add_verify(CLI::App& vm, Context& context) {
    auto choices = std::make_shared<VerifyChoices>();
    auto* command =
        vm.add_subcommand("verify", "Judge a proof; needs no input but what the proof opens");
    add_source(*command, choices->source);
    command->add_option("--proof", choices->proof, "The proof's file")->required();
    command->add_option("--output-root", choices->output_root, "As the run said")->required();
    command->add_option("--trace-root", choices->trace_root, "As the run said")->required();
    add_seed(*command, choices->seed, choices->probes, 1)
        ->description("How many probes; else the most that the proof shows");
    command->add_option("--fault", choices->fault, "KIND:STEP:ELEMENT of a run that ended so");
    command->add_option(
        "--input-id", choices->input_ids, "INPUT=ID that must be; else what the proof says is taken"
    );
    command->callback([&context, choices] {
        context.action = [&context, choices] { return verify_file(context, *choices); };
    });
}

}  // namespace

void add_vm_proofs(CLI::App& vm, Context& context) {
    add_prove(vm, context);
    add_verify(vm, context);
}

}  // namespace steelyard::wallet
