// GraphWriter: the nodes and initialisers of a model that is being made.
#pragma once

#include "vm/onnx/wire_writer.h"
#include "vm/run/runner.h"

#include <deque>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace steelyard::vm::onnx {

/// A value of the model. An empty one is an operand that is not given.
using Name = std::string;
using Names = std::vector<Name>;

struct NodeAttribute {
    std::string_view name{};
    std::variant<std::int64_t, float, std::string_view, std::vector<std::int64_t>> value{};
};

using NodeAttributes = std::vector<NodeAttribute>;

struct WrittenNode {
    std::string name{};
    std::string_view op{};
    std::string_view domain{};
    Names inputs{};
    Names outputs{};
    NodeAttributes attributes{};
};

/// A NodeProto.
Bytes encode(const WrittenNode& node);

struct WrittenInitialiser {
    Name name{};
    TensorType type{};
    ByteView data{};  ///< of the program, the caller or the writer
};

/// The number of a type among those of TensorProto.DataType.
std::int64_t data_type_of(DType dtype);

/// Collects nodes in the order in which they run. Every name is given once.
class GraphWriter {
public:
    /// `wanted`, or that with "_" behind it where something has the name.
    Name unique(std::string_view wanted);

    /// Names of nodes added from now on begin so.
    void begin_group(std::string prefix);

    /// One node; its first output.
    Name add(
        std::string_view op,
        Names inputs,
        NodeAttributes attributes = {},
        std::size_t outputs = 1,
        std::string_view domain = {}
    );

    /// A later output of the node that was added last.
    const Name& last_output(std::size_t index) const { return nodes_.back().outputs[index]; }

    /// Ends the group: what it made, `value`, gets the name `wanted`. False if it was not made in
    /// this group: then nothing is renamed.
    bool rename(const Name& value, const Name& wanted);

    /// The same elements in another order of axes; transposes of transposes become one, or none.
    Name transpose(const Name& value, const std::vector<std::int64_t>& permutation);

    /// An initialiser of the writer's own; an equal one is there once.
    Name constant(const TensorType& type, Bytes data);

    /// One whose elements the caller keeps until the model is written.
    void initialiser(Name name, const TensorType& type, ByteView data);

    /// Without nodes and initialisers of which `outputs` need nothing.
    void remove_dead(const Names& outputs);

    const std::deque<WrittenNode>& nodes() const { return nodes_; }
    const std::deque<WrittenInitialiser>& initialisers() const { return initialisers_; }

private:
    struct Transposed {
        Name from{};
        std::vector<std::int64_t> permutation{};
    };

    std::set<std::string, std::less<>> names_{};
    std::string prefix_{};
    std::size_t group_start_ = 0;
    std::deque<WrittenNode> nodes_{};
    std::deque<WrittenInitialiser> initialisers_{};
    std::deque<Bytes> own_data_{};
    std::map<std::string, Name> constants_{};  ///< by type and elements
    std::map<Name, Transposed> transposed_{};
};

}  // namespace steelyard::vm::onnx
