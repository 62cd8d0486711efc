// program: what orders run, kept by the chain.
#include "bin/steelyard/market.h"
#include "bin/steelyard/vm.h"
#include "client/transactions.h"
#include "steelyard/market/v1/query.pb.h"
#include "steelyard/market/v1/tx.pb.h"
#include "vm/program/encoding.h"

#include <CLI/CLI.hpp>

namespace steelyard::wallet {
namespace {

namespace market = ::steelyard::market::v1;

struct ProgramArguments {
    std::string program{};
    std::string out{};
};

/// Checked here, so that a file that is no program costs no fee.
Outcome<Messages> make_register(const Making& making, const ProgramArguments& arguments) {
    TRY_ASSIGN(const Bytes bytes, read_bytes(arguments.program, vm::program_bytes_max_on_chain));
    VmSource source{.path = arguments.program};
    if (source.is_model()) {
        return usage(
            "{} is a model: make a program of it with `steelyard vm import`", arguments.program
        );
    }
    TRY(load_program(source, nullptr));
    market::MsgRegisterProgram message;
    message.set_owner(making.actor.account());
    message.set_program(std::string(as_text(bytes)));
    return Messages{client::pack(message)};
}

Outcome<Messages> make_remove(const Making& making, const ProgramArguments& arguments) {
    market::MsgRemoveProgram message;
    message.set_owner(making.actor.account());
    TRY_ASSIGN(*message.mutable_program_id(), program_id_of(arguments.program));
    return Messages{client::pack(message)};
}

Fields fields_of(const market::Program& program) {
    const market::ProgramFacts& facts = program.facts();
    return {
        {"id", hex_text(program.id())},
        {"owner", program.owner()},
        {"deposit", uyard_text(program.deposit())},
        {"registered in block", height_text(program.registered_height())},
        {"orders", grouped(program.uses())},
        {"work units", grouped(facts.work_units())},
        {"steps", grouped(facts.steps())},
        {"inputs", fmt::format("{} of {} bytes", facts.inputs(), grouped(facts.input_bytes()))},
        {"outputs", fmt::format("{} of {} bytes", facts.outputs(), grouped(facts.output_bytes()))},
        {"proof at most",
         fmt::format("{} bytes, {} gas", grouped(facts.proof_bytes()), grouped(facts.proof_gas()))},
    };
}

Outcome<Exit> show(
    const Context& context, const client::NodeClient& node, const ProgramArguments& arguments
) {
    market::QueryProgramRequest request;
    TRY_ASSIGN(*request.mutable_program_id(), program_id_of(arguments.program));
    request.set_with_bytes(!arguments.out.empty());
    market::QueryProgramResponse answer;
    TRY(ask(node, "/steelyard.market.v1.Query/Program", request, answer));
    if (!arguments.out.empty()) {
        const vm::Hash256 id = vm::program_id(as_bytes(answer.bytes()));
        if (as_text(id) != request.program_id()) {
            return std::unexpected(Complaint(
                Exit::failed, "bad_answer", "the node sent bytes that are not of this program"
            ));
        }
        TRY(write_bytes(arguments.out, as_bytes(answer.bytes())));
        answer.clear_bytes();
    }
    return answer_with(context, answer, fields_text(fields_of(answer.program())));
}

Outcome<Exit> list(const Context& context, const client::NodeClient& node) {
    TRY_ASSIGN(
        const auto answer,
        (ask_all<market::QueryProgramsRequest, market::QueryProgramsResponse>(
            node, "/steelyard.market.v1.Query/Programs", {}
        ))
    );
    std::vector<std::vector<std::string>> rows;
    for (const market::Program& one : answer.programs()) {
        rows.push_back(
            {hex_text(one.id()),
             grouped(one.facts().work_units()),
             grouped(one.facts().steps()),
             grouped(one.uses()),
             one.owner()}
        );
    }
    return answer_with(
        context,
        answer,
        table(
            {{"PROGRAM"},
             {"WORK UNITS", Align::right},
             {"STEPS", Align::right},
             {"ORDERS", Align::right},
             {"OWNER"}},
            rows
        )
    );
}

}  // namespace

Outcome<std::string> program_id_of(const std::string& text) {
    constexpr std::size_t digits = 64;
    if (text.size() == digits && text.find_first_not_of("0123456789abcdefABCDEF") == text.npos) {
        return parse_id("the program", text);
    }
    TRY_ASSIGN(const Bytes bytes, read_bytes(text, vm::program_bytes_max_on_chain));
    TRY(vm::decode_program(bytes));
    return std::string(as_text(vm::program_id(bytes)));
}

void add_program_commands(CLI::App& program, Context& context) {
    constexpr const char* which = "Its id in hex, or its file";
    auto made = std::make_shared<ProgramArguments>();
    add_maker(
        program,
        context,
        "register",
        "Keep a program on the chain, for a deposit",
        [made](const Making& making) { return make_register(making, *made); }
    )
        ->add_option("file", made->program, "A program (.svm)")
        ->required();
    auto removed = std::make_shared<ProgramArguments>();
    add_maker(
        program,
        context,
        "remove",
        "Take it from the chain, and the deposit back",
        [removed](const Making& making) { return make_remove(making, *removed); }
    )
        ->add_option("program", removed->program, which)
        ->required();
    auto shown = std::make_shared<ProgramArguments>();
    auto* command = add_question(
        program,
        context,
        "show",
        "What the chain knows of a program",
        [&context, shown](const client::NodeClient& node) { return show(context, node, *shown); }
    );
    command->add_option("program", shown->program, which)->required();
    command->add_option("--out", shown->out, "Write its bytes to this file");
    add_question(
        program,
        context,
        "list",
        "All programs",
        [&context](const client::NodeClient& node) { return list(context, node); }
    );
}

}  // namespace steelyard::wallet
