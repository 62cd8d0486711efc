#include "vm/onnx/graph_importer.h"

#include "base/checked.h"

#include <algorithm>

namespace steelyard::vm::onnx {

namespace {

const Item* find_item(const Scope& scope, std::string_view name) {
    for (const Scope* at = &scope; at != nullptr; at = at->outer) {
        if (const auto found = at->items.find(name); found != at->items.end()) {
            return &found->second;
        }
    }
    return nullptr;
}

/// What the options say of a name, in the model's spelling or the program's.
template <typename T>
const T* option_of(const std::map<std::string, T, std::less<>>& options, std::string_view name) {
    auto found = options.find(name);
    if (found == options.end()) {
        found = options.find(plain_name(name));
    }
    return found == options.end() ? nullptr : &found->second;
}

/// Graphs in attributes count where they stand: as deep as the reader lets them be.
void count_readers(const Graph& graph, std::map<std::string_view, std::size_t>& readers) {
    for (const Node& node : graph.nodes) {
        for (const std::string_view name : node.inputs) {
            ++readers[name];
        }
        for (const Attribute& attribute : node.attributes) {
            if (attribute.graph != nullptr) {
                count_readers(*attribute.graph, readers);
            }
        }
    }
    for (const ValueInfo& output : graph.outputs) {
        ++readers[output.name];
    }
}

std::string_view name_of(const Node& node) {
    if (!node.name.empty() || node.outputs.empty()) {
        return node.name;
    }
    return node.outputs[0];
}

std::string op_text(const Node& node) {
    const std::string_view domain = plain_domain(node.domain);
    return domain.empty() ? std::string(node.op) : fmt::format("{}.{}", domain, node.op);
}

/// Whether the model has sizes of its own for an input, and they are not the type's.
bool is_told_otherwise(const ValueInfo& info, const TensorType& type) {
    if (!info.has_shape) {
        return false;
    }
    bool is_same = info.dimensions.size() == type.shape.rank();
    for (std::size_t axis = 0; is_same && axis < info.dimensions.size(); ++axis) {
        const std::optional<std::int64_t> size = info.dimensions[axis].size;
        is_same = !size || std::cmp_equal(*size, type.shape[axis]);
    }
    return !is_same;
}

}  // namespace

GraphImporter::GraphImporter(const Model& model, const ImportOptions& options, Backend& backend)
    : model_(model), options_(options), emitter_(options, backend) {
}

Result<ImportedModel> GraphImporter::run() && {
    const std::int64_t opset = opset_of("");
    if (opset < 1 || opset > opset_max) {
        return fail(ErrorCode::unsupported, "opset {}, 1 to {} are known", opset, opset_max);
    }
    TRY(check_options());
    Scope scope;
    TRY(import_initialisers(model_.graph, scope));
    TRY(import_inputs(scope));
    TRY(import_nodes(model_.graph, scope));
    TRY(import_outputs(scope));
    for (const std::uint32_t index : emitter_.needed_inputs()) {
        const std::string& name = emitter_.program().inputs[index].name;
        const auto pair = std::ranges::find(out_.inputs, name, &NamePair::program);
        if (pair != out_.inputs.end()) {
            out_.shape_inputs.push_back(pair->model);
        }
    }
    for (const auto& [note, nodes] : notes_) {
        const std::string others =
            nodes.size() == 1 ? "" : fmt::format(" and {} more", nodes.size() - 1);
        out_.notes.push_back(fmt::format("{} ('{}'{})", note, *nodes.begin(), others));
    }
    made_loops_ = !emitter_.program().loops.empty();
    if (out_.unsupported.empty()) {
        out_.program = std::move(emitter_).finish(out_.weights);
    }
    return std::move(out_);
}

std::int64_t GraphImporter::opset_of(std::string_view domain) const {
    std::int64_t version = 1;
    for (const OperatorSet& set : model_.operator_sets) {
        if (plain_domain(set.domain) == domain) {
            version = set.version;
        }
    }
    return version;
}

Result<void> GraphImporter::check_options() const {
    const auto check = [&](const auto& options) -> Result<void> {
        for (const auto& [name, value] : options) {
            const auto is_it = [&](const ValueInfo& input) {
                return input.name == name || plain_name(input.name) == name;
            };
            if (!std::ranges::any_of(model_.graph.inputs, is_it)) {
                return invalid("the model has no input '{}'", name);
            }
        }
        return {};
    };
    TRY(check(options_.shapes));
    TRY(check(options_.constants));
    for (const auto& [name, size] : options_.dimensions) {
        const auto has_it = [&](const ValueInfo& input) {
            return std::ranges::find(input.dimensions, name, &Dimension::name) !=
                   input.dimensions.end();
        };
        if (name.empty() || !std::ranges::any_of(model_.graph.inputs, has_it)) {
            return invalid("no input of the model has a dimension '{}'", name);
        }
    }
    return {};
}

Result<void> GraphImporter::import_initialisers(const Graph& graph, Scope& scope) {
    for (const TensorMessage& message : graph.initialisers) {
        ++lowered_;
        Result<Value> value = emitter_.from_file(message);
        if (!value) {
            if (value.error().code() != ErrorCode::unsupported) {
                return std::unexpected(
                    std::move(value).error().in(fmt::format("initialiser '{}'", message.name))
                );
            }
            report(message.name, "initialiser", value.error().message());
        }
        scope.items.insert_or_assign(
            std::string(message.name), value ? Item::of(*value) : Item::none()
        );
    }
    for (const std::string_view name : graph.sparse_initialisers) {
        report(name, "initialiser", "a sparse tensor");
        scope.items.insert_or_assign(std::string(name), Item::none());
    }
    return {};
}

Result<void> GraphImporter::import_inputs(Scope& scope) {
    for (const ValueInfo& info : model_.graph.inputs) {
        // Older files list initialisers among the inputs.
        if (!scope.items.contains(info.name)) {
            TRY(import_input(info, scope));
        }
    }
    return {};
}

Result<void> GraphImporter::import_input(const ValueInfo& info, Scope& scope) {
    Item item = Item::none();
    if (const Tensor* constant = option_of(options_.constants, info.name)) {
        const Result<DType> dtype = dtype_of(info.data_type);
        if (info.is_tensor && dtype && *dtype != constant->type.dtype) {
            return invalid(
                "input '{}' is {}, bound to {}", info.name, to_string(*dtype), constant->type.text()
            );
        }
        out_.bound.push_back({.model = std::string(info.name), .program = plain_name(info.name)});
        item = Item::of(emitter_.constant(*constant, info.name));
    } else if (Result<TensorType> type = type_of_input(info); !type) {
        report(info.name, "input", type.error().message());
    } else {
        const Value value = emitter_.input(info.name, *type);
        if (std::optional<std::string> error = emitter_.take_error()) {
            return invalid("input '{}': {}", info.name, *error);
        }
        if (is_told_otherwise(info, *type)) {
            out_.notes.push_back(fmt::format(
                "input '{}' is {}, of other sizes than the model's", info.name, type->text()
            ));
        }
        out_.inputs.push_back(
            {.model = std::string(info.name),
             .program = emitter_.program().inputs[value.ref->index].name}
        );
        item = Item::of(value);
    }
    scope.items.insert_or_assign(std::string(info.name), std::move(item));
    return {};
}

Result<TensorType> GraphImporter::type_of_input(const ValueInfo& info) const {
    if (!info.is_tensor) {
        return invalid("it is no tensor");
    }
    TRY_ASSIGN(const DType dtype, dtype_of(info.data_type));
    if (const Shape* shape = option_of(options_.shapes, info.name)) {
        return make_tensor_type(dtype, shape->dimensions());
    }
    if (!info.has_shape) {
        return invalid("its shape is not known: name it");
    }
    std::vector<std::uint64_t> dimensions;
    for (const Dimension& dimension : info.dimensions) {
        std::optional<std::int64_t> size = dimension.size;
        const auto named = options_.dimensions.find(dimension.name);
        if (!dimension.name.empty() && named != options_.dimensions.end()) {
            size = named->second;
        }
        const auto whole = size ? checked_cast<std::uint64_t>(*size) : std::nullopt;
        if (!whole) {
            return invalid(
                "dimension {} ('{}') has no size: name it", dimensions.size(), dimension.name
            );
        }
        dimensions.push_back(*whole);
    }
    return make_tensor_type(dtype, dimensions);
}

Result<void> GraphImporter::import_nodes(const Graph& graph, Scope& scope) {
    count_readers(graph, scope.readers);
    for (const Node& node : graph.nodes) {
        if (++lowered_ > lowered_node_count_max) {
            return steelyard::fail(
                ErrorCode::too_large,
                "more than {} nodes, unrolled ones included",
                lowered_node_count_max
            );
        }
        TRY(import_node(node, scope));
    }
    return {};
}

Result<void> GraphImporter::import_node(const Node& node, Scope& scope) {
    Items operands;
    bool is_whole = true;
    for (const std::string_view name : node.inputs) {
        const Item* item = name.empty() ? nullptr : find_item(scope, name);
        if (!name.empty() && item == nullptr) {
            return invalid("node '{}': there is no '{}' before it", name_of(node), name);
        }
        operands.push_back(item == nullptr ? Item{} : *item);
        is_whole = is_whole && operands.back().kind != Item::Kind::unsupported;
    }
    Items results;
    const std::string_view domain = plain_domain(node.domain);
    const std::int64_t opset = opset_of(domain);
    const bool is_known = find_lowering(domain, node.op, opset) != nullptr ||
                          find_item_lowering(domain, node.op, opset) != nullptr;
    if (!is_known) {
        report(
            name_of(node), op_text(node), fmt::format("there is no import of it in opset {}", opset)
        );
    } else if (is_whole) {
        results = lower(node, operands, scope);
        keep_notes(node);
        if (fatal_.has_value()) {
            return std::unexpected(*fatal_);
        }
        if (std::optional<std::string> error = emitter_.take_error()) {
            report(name_of(node), op_text(node), *error);
            results.clear();
        }
    }
    for (const Item& item : results) {
        sequence_elements_ += item.sequence.size();
    }
    if (sequence_elements_ > sequence_element_count_max) {
        return steelyard::fail(
            ErrorCode::too_large, "sequences of more than {} elements", sequence_element_count_max
        );
    }
    for (std::size_t index = 0; index < node.outputs.size(); ++index) {
        if (!node.outputs[index].empty()) {
            scope.items.insert_or_assign(
                std::string(node.outputs[index]),
                index < results.size() ? results[index] : Item::none()
            );
        }
    }
    return {};
}

Items GraphImporter::lower(const Node& node, const Items& operands, const Scope& scope) {
    const std::string_view domain = plain_domain(node.domain);
    const std::int64_t opset = opset_of(domain);
    Call call(emitter_, node, opset);
    if (!node.inputs.empty()) {
        const auto readers = scope.readers.find(node.inputs[0]);
        call.is_only_reader = readers != scope.readers.end() && readers->second == 1;
    }
    bool has_sequence = false;
    for (const Item& operand : operands) {
        const bool is_tensor = operand.kind == Item::Kind::tensor;
        call.operands.push_back(is_tensor ? std::optional(operand.tensor) : std::nullopt);
        has_sequence = has_sequence || operand.kind == Item::Kind::sequence;
    }
    for (const Attribute& attribute : node.attributes) {
        if (attribute.is_reference || attribute.is_other) {
            emitter_.fail("attribute {} is of a kind that is not supported", attribute.name);
            return {};
        }
    }
    Items results;
    if (const ItemLowering lowering = find_item_lowering(domain, node.op, opset)) {
        ItemCall item_call{*this, call, operands, scope};
        results = lowering(item_call);
    } else if (has_sequence) {
        emitter_.fail("a sequence as operand");
    } else {
        for (const Value& value : find_lowering(domain, node.op, opset)(call)) {
            results.push_back(Item::of(value));
        }
    }
    for (std::size_t index = results.size(); emitter_.ok() && index < node.outputs.size();
         ++index) {
        if (!node.outputs[index].empty()) {
            emitter_.fail("output {} is not supported", index);
        }
    }
    return results;
}

Items GraphImporter::import_body(const Graph& graph, const Scope& outer, const Items& inputs) {
    if (!emitter_.ok() || fatal_.has_value()) {
        return {};
    }
    if (graph.inputs.size() != inputs.size()) {
        emitter_.fail("a graph of {} inputs is given {}", graph.inputs.size(), inputs.size());
        return {};
    }
    Scope scope{.outer = &outer};
    const std::size_t reported = out_.unsupported.size();
    Result<void> imported = import_initialisers(graph, scope);
    for (std::size_t index = 0; index < inputs.size(); ++index) {
        scope.items.insert_or_assign(std::string(graph.inputs[index].name), inputs[index]);
    }
    if (imported) {
        imported = import_nodes(graph, scope);
    }
    if (!imported) {
        fatal_ = std::move(imported).error();
        return {};
    }
    if (out_.unsupported.size() != reported) {
        emitter_.fail("a node of its graph is not supported");
        return {};
    }
    Items outputs;
    for (const ValueInfo& output : graph.outputs) {
        const Item* item = find_item(scope, output.name);
        if (item == nullptr || item->kind == Item::Kind::unsupported) {
            emitter_.fail("its graph does not give '{}'", output.name);
            return {};
        }
        outputs.push_back(*item);
    }
    return outputs;
}

Result<void> GraphImporter::import_outputs(const Scope& scope) {
    const auto give = [&](std::string_view name, const Value& value) -> Result<void> {
        TRY(emitter_.output(name, value));
        out_.outputs.push_back(
            {.model = std::string(name), .program = emitter_.program().outputs.back().name}
        );
        return {};
    };
    for (const ValueInfo& info : model_.graph.outputs) {
        const Item* item = find_item(scope, info.name);
        if (item == nullptr) {
            return invalid("there is no '{}', which the model puts out", info.name);
        }
        if (item->kind == Item::Kind::absent) {
            report(info.name, "output", "an empty optional");
        } else if (item->kind == Item::Kind::tensor) {
            TRY(give(info.name, item->tensor));
        } else {
            for (std::size_t index = 0; index < item->sequence.size(); ++index) {
                TRY(give(fmt::format("{}_{}", info.name, index), item->sequence[index]));
            }
        }
    }
    if (out_.outputs.empty() && out_.unsupported.empty()) {
        return invalid("the model puts nothing out");
    }
    return {};
}

void GraphImporter::keep_notes(const Node& node) {
    for (const std::string& note : emitter_.take_notes()) {
        // Whoever asks for narrower elements gets them.
        if (node.op != "Cast" && node.op != "CastLike") {
            notes_[fmt::format("{}: {}", op_text(node), note)].emplace(name_of(node));
        }
    }
}

void GraphImporter::report(std::string_view name, std::string_view op, std::string reason) {
    // A node of an unrolled body fails the same way each time.
    UnsupportedNode node{
        .name = std::string(name), .op = std::string(op), .reason = std::move(reason)
    };
    if (out_.unsupported.empty() || out_.unsupported.back() != node) {
        out_.unsupported.push_back(std::move(node));
    }
}

}  // namespace steelyard::vm::onnx
