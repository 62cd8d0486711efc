// GraphImporter: walks the graphs of a model and keeps what each name stands for.
#pragma once

#include "vm/onnx/lowering.h"

namespace steelyard::vm::onnx {

/// Nodes and initialisers that one import comes by at most, those of unrolled loops counted each
/// time.
constexpr std::size_t lowered_node_count_max = 1 << 18;

/// Elements of all sequences that the nodes of a model give, together.
constexpr std::size_t sequence_element_count_max = 1 << 20;

/// What a name of the model stands for.
struct Item {
    enum class Kind : std::uint8_t {
        absent,  ///< an operand that is not given; an empty optional
        tensor,
        sequence,     ///< of tensors: their number is known at import
        unsupported,  ///< what a node gives that could not be imported
    };

    Kind kind = Kind::absent;
    Value tensor{};
    Values sequence{};

    static Item of(const Value& value) { return {.kind = Kind::tensor, .tensor = value}; }
    static Item of(Values values) {
        return {.kind = Kind::sequence, .sequence = std::move(values)};
    }
    static Item none() { return {.kind = Kind::unsupported}; }
};

using Items = std::vector<Item>;

/// The names of a graph; those of the graphs around it are seen too.
struct Scope {
    const Scope* outer = nullptr;
    std::map<std::string, Item, std::less<>> items{};
    std::map<std::string_view, std::size_t> readers{};  ///< how many nodes and outputs, by name
};

class GraphImporter {
public:
    GraphImporter(const Model& model, const ImportOptions& options, Backend& backend);

    Result<ImportedModel> run() &&;

    Emitter& emitter() { return emitter_; }

    /// Whether a loop of the model became one of the program.
    bool made_loops() const { return made_loops_; }

    /// How many nodes are reported; and takes back those after the first `count`.
    std::size_t reported() const { return out_.unsupported.size(); }
    void forget_reported(std::size_t count) { out_.unsupported.resize(count); }

    /// The outputs of a graph in an attribute, its inputs being `inputs`. An error of the emitter
    /// if a node of it cannot be imported (which then is in the report).
    Items import_body(const Graph& graph, const Scope& outer, const Items& inputs);

private:
    Result<void> check_options() const;
    Result<void> import_inputs(Scope& scope);
    Result<void> import_input(const ValueInfo& info, Scope& scope);
    Result<TensorType> type_of_input(const ValueInfo& info) const;
    Result<void> import_initialisers(const Graph& graph, Scope& scope);
    Result<void> import_nodes(const Graph& graph, Scope& scope);
    Result<void> import_node(const Node& node, Scope& scope);
    Items lower(const Node& node, const Items& operands, const Scope& scope);
    Result<void> import_outputs(const Scope& scope);
    void keep_notes(const Node& node);
    void report(std::string_view name, std::string_view op, std::string reason);
    std::int64_t opset_of(std::string_view domain) const;

    const Model& model_;
    const ImportOptions& options_;
    Emitter emitter_;
    ImportedModel out_{};
    bool made_loops_ = false;
    std::map<std::string, std::set<std::string>> notes_{};  ///< nodes by what differs
    std::size_t lowered_ = 0;
    std::size_t sequence_elements_ = 0;
    std::optional<Error> fatal_{};  ///< of a body: whoever imports the node around it passes it on
};

/// A node whose operands or results may be sequences or optionals, or that has graphs inside.
struct ItemCall {
    GraphImporter& importer;
    Call& call;  ///< its operands are those items that are tensors
    const Items& operands;
    const Scope& scope;
};

using ItemLowering = Items (*)(ItemCall& call);

/// Null where there is none.
ItemLowering find_item_lowering(std::string_view domain, std::string_view op, std::int64_t opset);

Items lower_if(ItemCall& call);
Items lower_loop(ItemCall& call);
Items lower_scan(ItemCall& call);
Items lower_sequence_map(ItemCall& call);

}  // namespace steelyard::vm::onnx
