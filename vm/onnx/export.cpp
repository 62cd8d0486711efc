#include "vm/onnx/export.h"

#include "vm/onnx/raising.h"

#include <algorithm>

namespace steelyard::vm::onnx {

namespace {

constexpr std::string_view producer = "steelyard";
constexpr std::int64_t function_version = 1;

/// Which nodes an output needs; of a program with loops, which is refused, all.
std::vector<bool> find_live(const Program& program) {
    std::vector<bool> live(program.nodes.size(), !program.loops.empty());
    const auto mark = [&](ValueRef ref) {
        if (ref.kind == ValueKind::node) {
            live[ref.index] = true;
        }
    };
    for (const Output& output : program.outputs) {
        mark(output.value);
    }
    for (std::size_t index = live.size(); index > 0; --index) {
        if (live[index - 1]) {
            std::ranges::for_each(program.nodes[index - 1].operands, mark);
        }
    }
    return live;
}

/// Models have no other bools than 0 and 1; a program takes any byte but 0 as true.
bool is_plain(const TensorType& type, ByteView data) {
    return type.dtype != DType::boolean ||
           std::ranges::all_of(data, [](std::uint8_t byte) { return byte <= 1; });
}

Bytes plain_bools(ByteView data) {
    Bytes out = to_bytes(data);
    for (std::uint8_t& byte : out) {
        byte = byte != 0 ? 1 : 0;
    }
    return out;
}

Bytes encode_value(const Name& name, const TensorType& type) {
    WireWriter shape;
    for (const std::uint64_t size : type.shape.dimensions()) {
        WireWriter dimension;
        dimension.varint(1, size);
        shape.bytes(1, dimension.view());
    }
    WireWriter tensor;
    tensor.int64(1, data_type_of(type.dtype));
    tensor.bytes(2, shape.view());
    WireWriter kind;
    kind.bytes(1, tensor.view());
    WireWriter out;
    out.text(1, name);
    out.bytes(2, kind.view());
    return std::move(out).take();
}

/// A TensorProto up to its elements.
Bytes encode_head(const WrittenInitialiser& one) {
    WireWriter out;
    for (const std::uint64_t size : one.type.shape.dimensions()) {
        out.varint(1, size);
    }
    out.int64(2, data_type_of(one.type.dtype));
    out.text(8, one.name);
    out.head(9, one.data.size());
    return std::move(out).take();
}

Bytes encode_operator_set(std::string_view domain, std::int64_t version) {
    WireWriter out;
    out.text(1, domain);
    out.int64(2, version);
    return std::move(out).take();
}

struct Value {
    Name name{};
    TensorType type{};
};

class ProgramExporter {
public:
    ProgramExporter(const CheckedProgram& checked, const ExportOptions& options)
        : checked_(checked), program_(checked.program()), options_(options) {}

    Result<ExportedModel> run() {
        TRY(check_weights());
        for (std::size_t index = 0; index < program_.loops.size(); ++index) {
            report(
                fmt::format("loop_{}", index),
                "loop",
                fmt::format("a loop of {} rounds", program_.loops[index].trip_count)
            );
        }
        node_names_.resize(program_.nodes.size());
        wanted_names_.resize(program_.nodes.size());
        name_inputs();
        name_outputs();
        const std::vector<bool> live = find_live(program_);
        for (std::uint32_t index = 0; index < live.size(); ++index) {
            if (live[index]) {
                raise(index);
            }
        }
        if (!out_.unsupported.empty()) {
            return std::move(out_);
        }
        finish_outputs();
        TRY(write());
        return std::move(out_);
    }

private:
    Result<void> check_weights() const {
        for (const auto& [name, tensor] : options_.weights) {
            const auto input = std::ranges::find(program_.inputs, name, &Input::name);
            if (input == program_.inputs.end()) {
                return invalid("the program has no input '{}'", name);
            }
            if (tensor.type != input->type || tensor.data.size() != tensor.type.bytes()) {
                return invalid(
                    "{} bytes of {} for the input '{}', {}",
                    tensor.data.size(),
                    tensor.type.text(),
                    name,
                    input->type.text()
                );
            }
        }
        return {};
    }

    void name_inputs() {
        for (const Input& input : program_.inputs) {
            const Name name = graph_.unique(input.name);
            const auto weight = options_.weights.find(input.name);
            if (weight == options_.weights.end()) {
                inputs_.push_back({name, input.type});
            } else {
                add_initialiser(name, input.type, weight->second.data);
            }
        }
        for (std::size_t index = 0; index < program_.constants.size(); ++index) {
            const Constant& constant = program_.constants[index];
            constant_names_.push_back(graph_.unique(fmt::format("constant_{}", index)));
            add_initialiser(constant_names_.back(), constant.type, constant.data);
        }
    }

    void name_outputs() {
        for (const Output& output : program_.outputs) {
            outputs_.push_back({graph_.unique(output.name), checked_.type(output.value)});
            if (output.value.kind == ValueKind::node && wanted_names_[output.value.index].empty()) {
                wanted_names_[output.value.index] = outputs_.back().name;
            }
            if (outputs_.back().name != output.name) {
                out_.notes.push_back(fmt::format(
                    "the output '{}' is '{}' in the model, where each name stands for one tensor",
                    output.name,
                    outputs_.back().name
                ));
            }
        }
    }

    void add_initialiser(const Name& name, const TensorType& type, ByteView data) {
        if (!is_plain(type, data)) {
            data = plain_data_.emplace_back(plain_bools(data));
        }
        graph_.initialiser(name, type, data);
    }

    Name name_of(ValueRef ref) const {
        switch (ref.kind) {
            case ValueKind::input:
                return program_.inputs[ref.index].name;
            case ValueKind::constant:
                return constant_names_[ref.index];
            case ValueKind::node:
                return node_names_[ref.index];
            case ValueKind::carry:
            case ValueKind::result:
            case ValueKind::counter:
                break;
        }
        return {};
    }

    void raise(std::uint32_t index) {
        const std::string label = fmt::format("node_{}", index);
        const vm::Node& node = program_.nodes[index];
        const NodeCall call = checked_.call(index);
        Names operands;
        for (const ValueRef operand : node.operands) {
            operands.push_back(name_of(operand));
        }
        graph_.begin_group(label);
        Raise raise(graph_, call, std::move(operands), options_.inlines_functions);
        for (const ValueRef operand : node.operands) {
            raise.constants.push_back(
                operand.kind == ValueKind::constant ? &program_.constants[operand.index] : nullptr
            );
        }
        const Raising raising = find_raising(node.op);
        Name value = raising == nullptr ? raise.refuse("there is no export of it") : raising(raise);
        if (!raise.reason().empty()) {
            report(label, std::string(to_string(node.op)), raise.reason());
            value = label;
        } else {
            Name& wanted = wanted_names_[index];
            wanted = wanted.empty() ? graph_.unique(label) : wanted;
            value = graph_.rename(value, wanted) ? wanted : value;
        }
        node_names_[index] = std::move(value);
    }

    /// Outputs that are other values of the model under their names.
    void finish_outputs() {
        Names names;
        for (std::size_t index = 0; index < outputs_.size(); ++index) {
            const Name value = name_of(program_.outputs[index].value);
            if (value != outputs_[index].name) {
                graph_.begin_group(fmt::format("output_{}", index));
                graph_.rename(graph_.add("Identity", {value}), outputs_[index].name);
            }
        }
        for (const Value& output : outputs_) {
            names.push_back(output.name);
        }
        graph_.remove_dead(names);
    }

    void report(std::string name, std::string op, std::string reason) {
        out_.unsupported.push_back(
            {.name = std::move(name), .op = std::move(op), .reason = std::move(reason)}
        );
    }

    Result<void> write() {
        out_.node_count = graph_.nodes().size();
        out_.initialiser_count = graph_.initialisers().size();
        if (out_.node_count + out_.initialiser_count > export_node_count_max) {
            return fail(
                ErrorCode::too_large,
                "a model of {} nodes and {} initialisers, at most {} together",
                out_.node_count,
                out_.initialiser_count,
                export_node_count_max
            );
        }
        WireWriter before;  // of the graph: what stands before the initialisers, and behind them
        WireWriter behind;
        for (const WrittenNode& node : graph_.nodes()) {
            before.bytes(1, encode(node));
        }
        before.text(2, producer);
        for (const Value& input : inputs_) {
            behind.bytes(11, encode_value(input.name, input.type));
        }
        for (const Value& output : outputs_) {
            behind.bytes(12, encode_value(output.name, output.type));
        }
        std::uint64_t graph_size = before.view().size() + behind.view().size();
        std::vector<Bytes> heads;
        for (const WrittenInitialiser& one : graph_.initialisers()) {
            heads.push_back(encode_head(one));
            graph_size += field_size(heads.back().size() + one.data.size());
        }
        WireWriter model;
        model.int64(1, export_ir_version);
        model.text(2, producer);
        write_operator_sets(model);
        const std::uint64_t size = model.view().size() + field_size(graph_size);
        if (size > options_.file_bytes_max) {
            return fail(
                ErrorCode::too_large,
                "a model of {} bytes, at most {} are written",
                size,
                options_.file_bytes_max
            );
        }
        model.head(7, graph_size);
        Bytes& file = out_.file;
        file.reserve(static_cast<std::size_t>(size));
        append(file, model.view());
        append(file, before.view());
        for (std::size_t index = 0; index < heads.size(); ++index) {
            const WrittenInitialiser& one = graph_.initialisers()[index];
            WireWriter head;
            head.head(5, heads[index].size() + one.data.size());
            append(file, head.view());
            append(file, heads[index]);
            append(file, one.data);
        }
        append(file, behind.view());
        return {};
    }

    void write_operator_sets(WireWriter& model) const {
        model.bytes(8, encode_operator_set("", export_opset));
        std::set<std::string_view> used;
        for (const WrittenNode& node : graph_.nodes()) {
            if (node.domain == function_domain) {
                used.insert(node.op);
            }
        }
        if (!used.empty()) {
            model.bytes(8, encode_operator_set(function_domain, function_version));
        }
        for (const std::string_view name : used) {
            model.text(
                25, as_text(encode(*find_own_function(name), function_domain, export_opset))
            );
        }
    }

    const CheckedProgram& checked_;
    const Program& program_;
    const ExportOptions& options_;
    GraphWriter graph_{};
    std::vector<Value> inputs_{};
    std::vector<Value> outputs_{};
    Names constant_names_{};
    Names node_names_{};
    Names wanted_names_{};  ///< of nodes that are outputs: those of the first of them
    std::deque<Bytes> plain_data_{};
    ExportedModel out_{};
};

}  // namespace

Result<ExportedModel> export_program(const CheckedProgram& program, const ExportOptions& options) {
    return ProgramExporter(program, options).run();
}

}  // namespace steelyard::vm::onnx
