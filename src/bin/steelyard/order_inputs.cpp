#include "bin/steelyard/order_inputs.h"

#include "base/hex.h"
#include "steelyard/market/v1/query.pb.h"
#include "vm/program/encoding.h"
#include "vm/trace/commitment.h"

#include <algorithm>

namespace steelyard::wallet {
namespace {

namespace market = ::steelyard::market::v1;

bool is_id(std::string_view text) {
    constexpr std::size_t digits = 64;
    return text.size() == digits &&
           text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

std::string id_of(const vm::Tensor& tensor) {
    const auto id = vm::tensor_id(tensor.type, vm::tensor_root(tensor.type, tensor.data));
    return std::string(as_text(id));
}

/// nullptr: the program is not here.
const std::vector<vm::Input>* inputs_of(const OrderedProgram& program) {
    return program.vm ? &program.vm->checked.program().inputs : nullptr;
}

/// "x", or "number 2".
std::string name_of(const OrderedProgram& program, std::size_t index) {
    const auto* const inputs = inputs_of(program);
    return inputs == nullptr ? fmt::format("number {}", index) : (*inputs)[index].name;
}

Outcome<std::string> id_of_tensor(
    const OrderedProgram& program,
    std::size_t index,
    const vm::Tensor& tensor,
    std::string_view where
) {
    const auto* const inputs = inputs_of(program);
    if (inputs != nullptr && (*inputs)[index].type != tensor.type) {
        return usage(
            "{} is {}, the input \"{}\" is {}",
            where,
            tensor.type.text(),
            (*inputs)[index].name,
            (*inputs)[index].type.text()
        );
    }
    return id_of(tensor);
}

Outcome<std::string> id_of_text(
    const OrderedProgram& program, std::size_t index, const std::string& text
) {
    if (is_id(text)) {
        return parse_id("the input", text);
    }
    if (!text.ends_with(".npy")) {
        return usage(
            "the input \"{}\" is neither FILE.npy nor an id of 64 hex digits: \"{}\"",
            name_of(program, index),
            text
        );
    }
    TRY_ASSIGN(const vm::Tensor tensor, read_npy_file(text));
    return id_of_tensor(program, index, tensor, text);
}

Outcome<std::size_t> index_of(const OrderedProgram& program, std::string_view name) {
    const auto* const inputs = inputs_of(program);
    if (inputs == nullptr) {
        return usage(
            "offline nobody knows the names of the program's inputs: give \"{}\" without its name, "
            "or the program's file",
            name
        );
    }
    const auto found = std::ranges::find(*inputs, name, &vm::Input::name);
    if (found == inputs->end()) {
        return usage("the program has no input \"{}\"", name);
    }
    return static_cast<std::size_t>(found - inputs->begin());
}

/// Puts what the texts bring into places that are free, those with names first.
Outcome<void> place(
    const OrderedProgram& program, const std::vector<std::string>& texts, InputIds& ids
) {
    std::vector<std::string> nameless;
    for (const std::string& text : texts) {
        const std::size_t at = text.find('=');
        if (at == std::string::npos) {
            nameless.push_back(text);
            continue;
        }
        TRY_ASSIGN(const std::size_t index, index_of(program, text.substr(0, at)));
        if (ids[index]) {
            return usage("the input \"{}\" is given twice", text.substr(0, at));
        }
        TRY_ASSIGN(ids[index], id_of_text(program, index, text.substr(at + 1)));
    }
    std::size_t index = 0;
    for (const std::string& text : nameless) {
        while (index < ids.size() && ids[index]) {
            ++index;
        }
        if (index == ids.size()) {
            return usage("\"{}\" is one input more than the program has", text);
        }
        TRY_ASSIGN(ids[index], id_of_text(program, index, text));
    }
    return {};
}

}  // namespace

Outcome<OrderedProgram> find_ordered(const client::NodeClient* node, const std::string& text) {
    if (!is_id(text)) {
        const Tensors none;
        TRY_ASSIGN(auto program, load_program({.path = text}, &none));
        return OrderedProgram{
            .id = std::string(as_text(program.id)), .text = text, .vm = std::move(program)
        };
    }
    TRY_ASSIGN(auto id, parse_id("--program", text));
    if (node == nullptr) {
        return OrderedProgram{.id = std::move(id), .text = text};
    }
    market::QueryProgramRequest request;
    request.set_program_id(id);
    request.set_with_bytes(true);
    market::QueryProgramResponse answer;
    TRY(ask(*node, "/steelyard.market.v1.Query/Program", request, answer));
    TRY_ASSIGN(vm::Program decoded, vm::decode_program(as_bytes(answer.bytes())));
    TRY_ASSIGN(auto checked, vm::CheckedProgram::check(std::move(decoded)));
    const vm::Hash256 found = vm::program_id(as_bytes(answer.bytes()));
    if (as_text(found) != id) {
        return std::unexpected(Complaint(
            Exit::failed, "bad_answer", "the node sent bytes that are not of this program"
        ));
    }
    return OrderedProgram{
        .id = std::move(id),
        .text = text,
        .vm = VmProgram{.checked = std::move(checked), .id = found},
    };
}

Outcome<InputIds> input_ids(
    const OrderedProgram& program,
    const std::vector<std::string>& texts,
    const std::vector<std::string>& files
) {
    const auto* const inputs = inputs_of(program);
    InputIds ids(inputs == nullptr ? texts.size() : inputs->size());
    TRY_ASSIGN(const Tensors several, read_inputs({.several = files}));
    for (const auto& [name, tensor] : several) {
        TRY_ASSIGN(const std::size_t index, index_of(program, name));
        TRY_ASSIGN(ids[index], id_of_tensor(program, index, tensor, name));
    }
    TRY(place(program, texts, ids));
    for (std::size_t i = 0; inputs != nullptr && i < ids.size(); ++i) {
        const auto weight = program.vm->weights.find((*inputs)[i].name);
        if (!ids[i] && weight != program.vm->weights.end()) {
            TRY_ASSIGN(ids[i], id_of_tensor(program, i, weight->second, weight->first));
        }
    }
    return ids;
}

Outcome<std::string> task_ids(
    const OrderedProgram& program, const InputIds& common, const std::vector<std::string>& texts
) {
    InputIds ids = common;
    TRY(place(program, texts, ids));
    TRY(expect_all(program, ids));
    std::string own;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        own += common[i] ? "" : *ids[i];
    }
    return own;
}

Outcome<void> expect_all(const OrderedProgram& program, const InputIds& ids) {
    const auto missing = std::ranges::find(ids, false, &std::optional<std::string>::has_value);
    if (missing == ids.end()) {
        return {};
    }
    return usage(
        "nobody brings the input \"{}\" of {}: neither --input nor --inputs",
        name_of(program, static_cast<std::size_t>(missing - ids.begin())),
        program.text
    );
}

}  // namespace steelyard::wallet
