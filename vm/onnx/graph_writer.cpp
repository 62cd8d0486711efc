#include "vm/onnx/graph_writer.h"

#include <fmt/format.h>

#include <algorithm>

namespace steelyard::vm::onnx {

namespace {

// AttributeProto.AttributeType
constexpr std::int64_t type_float = 1;
constexpr std::int64_t type_int = 2;
constexpr std::int64_t type_string = 3;
constexpr std::int64_t type_ints = 7;

Bytes encode(const NodeAttribute& attribute) {
    WireWriter out;
    out.text(1, attribute.name);
    std::int64_t type = type_int;
    if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
        out.int64(3, *integer);
    } else if (const auto* real = std::get_if<float>(&attribute.value)) {
        out.real(2, *real);
        type = type_float;
    } else if (const auto* text = std::get_if<std::string_view>(&attribute.value)) {
        out.text(4, *text);
        type = type_string;
    } else {
        for (const std::int64_t one : std::get<std::vector<std::int64_t>>(attribute.value)) {
            out.int64(8, one);
        }
        type = type_ints;
    }
    out.int64(20, type);
    return std::move(out).take();
}

bool is_in_order(const std::vector<std::int64_t>& permutation) {
    return std::ranges::is_sorted(permutation);
}

}  // namespace

Bytes encode(const WrittenNode& node) {
    WireWriter out;
    for (const Name& input : node.inputs) {
        out.text(1, input);
    }
    for (const Name& output : node.outputs) {
        out.text(2, output);
    }
    out.text(3, node.name);
    out.text(4, node.op);
    for (const NodeAttribute& attribute : node.attributes) {
        out.bytes(5, encode(attribute));
    }
    if (!node.domain.empty()) {
        out.text(7, node.domain);
    }
    return std::move(out).take();
}

std::int64_t data_type_of(DType dtype) {
    switch (dtype) {
        case DType::f32:
            return 1;
        case DType::u8:
            return 2;
        case DType::i8:
            return 3;
        case DType::u16:
            return 4;
        case DType::i16:
            return 5;
        case DType::i32:
            return 6;
        case DType::i64:
            return 7;
        case DType::boolean:
            return 9;
        case DType::f16:
            return 10;
        case DType::f64:
            return 11;
        case DType::u32:
            return 12;
        case DType::u64:
            return 13;
        case DType::bf16:
            return 16;
    }
    return 0;
}

Name GraphWriter::unique(std::string_view wanted) {
    Name name(wanted);
    while (!names_.insert(name).second) {
        name += '_';
    }
    return name;
}

void GraphWriter::begin_group(std::string prefix) {
    prefix_ = std::move(prefix);
    group_start_ = nodes_.size();
}

Name GraphWriter::add(
    std::string_view op,
    Names inputs,
    NodeAttributes attributes,
    std::size_t outputs,
    std::string_view domain
) {
    const std::string number = fmt::format("{}.{}", prefix_, nodes_.size() - group_start_ + 1);
    Names given;
    for (std::size_t index = 0; index < outputs; ++index) {
        given.push_back(unique(index == 0 ? number : fmt::format("{}.{}", number, index)));
    }
    nodes_.push_back(
        {.name = number,
         .op = op,
         .domain = domain,
         .inputs = std::move(inputs),
         .outputs = std::move(given),
         .attributes = std::move(attributes)}
    );
    return nodes_.back().outputs[0];
}

bool GraphWriter::rename(const Name& value, const Name& wanted) {
    bool is_made_here = false;
    const Name old = value;
    for (std::size_t index = group_start_; index < nodes_.size(); ++index) {
        for (Names* names : {&nodes_[index].inputs, &nodes_[index].outputs}) {
            if (const auto found = std::ranges::find(*names, old); found != names->end()) {
                is_made_here = is_made_here || names == &nodes_[index].outputs;
                if (is_made_here) {
                    std::ranges::replace(*names, old, wanted);
                }
            }
        }
        const auto turned = transposed_.find(nodes_[index].outputs[0]);
        if (turned != transposed_.end() && turned->second.from == old) {
            turned->second.from = wanted;
        }
    }
    if (is_made_here) {
        if (auto entry = transposed_.extract(old); !entry.empty()) {
            entry.key() = wanted;
            transposed_.insert(std::move(entry));
        }
    }
    return is_made_here;
}

Name GraphWriter::transpose(const Name& value, const std::vector<std::int64_t>& permutation) {
    Name from = value;
    std::vector<std::int64_t> whole = permutation;
    if (const auto found = transposed_.find(value); found != transposed_.end()) {
        from = found->second.from;
        for (std::int64_t& axis : whole) {
            axis = found->second.permutation[static_cast<std::size_t>(axis)];
        }
    }
    if (is_in_order(whole)) {
        return from;
    }
    Name out = add("Transpose", {from}, {{"perm", whole}});
    transposed_[out] = {.from = std::move(from), .permutation = std::move(whole)};
    return out;
}

Name GraphWriter::constant(const TensorType& type, Bytes data) {
    std::string key = type.text();
    key.append(as_text(data));
    const auto [found, is_new] = constants_.try_emplace(std::move(key));
    if (is_new) {
        found->second = unique(fmt::format("constant_{}", constants_.size()));
        initialiser(found->second, type, own_data_.emplace_back(std::move(data)));
    }
    return found->second;
}

void GraphWriter::initialiser(Name name, const TensorType& type, ByteView data) {
    initialisers_.push_back({.name = std::move(name), .type = type, .data = data});
}

void GraphWriter::remove_dead(const Names& outputs) {
    std::set<std::string_view> needed(outputs.begin(), outputs.end());
    std::deque<WrittenNode> live;
    while (!nodes_.empty()) {
        WrittenNode node = std::move(nodes_.back());
        nodes_.pop_back();
        if (std::ranges::none_of(node.outputs, [&](const Name& name) {
                return needed.contains(name);
            })) {
            continue;
        }
        live.push_front(std::move(node));
        needed.insert(live.front().inputs.begin(), live.front().inputs.end());
    }
    nodes_ = std::move(live);
    std::erase_if(initialisers_, [&](const WrittenInitialiser& one) {
        return !needed.contains(one.name);
    });
}

}  // namespace steelyard::vm::onnx
