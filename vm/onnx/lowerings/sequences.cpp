#include "vm/onnx/graph_importer.h"

#include <algorithm>
#include <array>

namespace steelyard::vm::onnx {

namespace {

using Kind = Item::Kind;

Values sequence_operand(ItemCall& c, std::size_t index) {
    if (index >= c.operands.size() || c.operands[index].kind != Kind::sequence) {
        c.call.fail("input {} is no sequence", index);
        return {};
    }
    return c.operands[index].sequence;
}

/// A position in a sequence of `size` elements out of the known operand `index`.
std::size_t position(ItemCall& c, std::size_t index, std::size_t size) {
    const Integers at = c.call.known_integers(index);
    const auto count = static_cast<std::int64_t>(size);
    if (!c.call.e.ok()) {
        return 0;
    }
    if (at.size() != 1 || at[0] < -count || at[0] >= count) {
        c.call.fail("a position outside of a sequence of {}", size);
        return 0;
    }
    return static_cast<std::size_t>(at[0] < 0 ? at[0] + count : at[0]);
}

Items identity(ItemCall& c) {
    return {c.operands.empty() ? Item{} : c.operands[0]};
}

Items sequence_empty(ItemCall&) {
    return {Item::of(Values{})};
}

Items sequence_construct(ItemCall& c) {
    Values out;
    for (std::size_t index = 0; index < c.operands.size(); ++index) {
        out.push_back(c.call.in(index));
    }
    return {Item::of(std::move(out))};
}

Items sequence_insert(ItemCall& c) {
    Values out = sequence_operand(c, 0);
    const Value value = c.call.in(1);
    const bool is_at_end = c.operands.size() < 3 || c.operands[2].kind == Kind::absent;
    const std::size_t at = is_at_end ? out.size() : position(c, 2, out.size() + 1);
    if (!c.call.e.ok()) {
        return {};
    }
    // A negative position counts from the end of what was there.
    const bool is_negative = !is_at_end && c.call.known_integers(2)[0] < 0;
    const std::size_t before = is_negative && at > 0 ? at - 1 : at;
    out.insert(out.begin() + static_cast<std::ptrdiff_t>(before), value);
    return {Item::of(std::move(out))};
}

Items sequence_erase(ItemCall& c) {
    Values out = sequence_operand(c, 0);
    const bool is_at_end = c.operands.size() < 2 || c.operands[1].kind == Kind::absent;
    if (out.empty()) {
        c.call.fail("an empty sequence");
        return {};
    }
    const std::size_t at = is_at_end ? out.size() - 1 : position(c, 1, out.size());
    out.erase(out.begin() + static_cast<std::ptrdiff_t>(at));
    return {Item::of(std::move(out))};
}

Items sequence_at(ItemCall& c) {
    const Values values = sequence_operand(c, 0);
    const std::size_t at = position(c, 1, values.size());
    return c.call.e.ok() ? Items{Item::of(values[at])} : Items{};
}

Items sequence_length(ItemCall& c) {
    const auto size = static_cast<double>(sequence_operand(c, 0).size());
    return {Item::of(c.call.scalar(DType::i64, size))};
}

Items split_to_sequence(ItemCall& c) {
    Call& call = c.call;
    const Value x = call.in(0);
    const std::size_t axis = call.axis_attribute("axis", 0, x.rank());
    if (!call.e.ok()) {
        return {};
    }
    const auto size = static_cast<std::int64_t>(x.shape()[axis]);
    Integers sizes(static_cast<std::size_t>(std::min<std::int64_t>(size, 1 << 16)), 1);
    const bool is_unit = !call.has(1);
    if (!is_unit) {
        sizes = call.known_integers(1);
        const std::int64_t each = sizes.empty() ? 0 : sizes[0];
        if (call.in(1).rank() == 0 && each > 0) {
            sizes.assign(static_cast<std::size_t>(size / each), each);
            if (size % each != 0) {
                sizes.push_back(size % each);
            }
        }
    }
    Values out;
    std::int64_t start = 0;
    for (const std::int64_t part : sizes) {
        Value piece = call.slice(x, axis, start, part);
        if (is_unit && call.integer("keepdims", 1) == 0) {
            Integers shape = Ops::dimensions(piece);
            shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(std::min(axis, shape.size())));
            piece = call.reshape(piece, shape);
        }
        if (!call.e.ok()) {
            return {};
        }
        out.push_back(piece);
        start += part;
    }
    if (start != size) {
        call.fail("parts of {} elements in all, the axis has {}", start, size);
    }
    return {Item::of(std::move(out))};
}

Items concat_from_sequence(ItemCall& c) {
    Call& call = c.call;
    Values parts = sequence_operand(c, 0);
    if (parts.empty()) {
        call.fail("an empty sequence");
        return {};
    }
    const bool is_new = call.integer("new_axis", 0) != 0;
    const std::size_t rank = parts[0].rank() + (is_new ? 1 : 0);
    const std::size_t axis = call.axis_attribute("axis", 0, rank);
    if (is_new) {
        for (Value& part : parts) {
            Integers shape = Ops::dimensions(part);
            shape.insert(
                shape.begin() + static_cast<std::ptrdiff_t>(std::min(axis, shape.size())), 1
            );
            part = call.reshape(part, shape);
        }
    }
    return {Item::of(call.concat(parts, axis))};
}

Items optional(ItemCall& c) {
    return {c.operands.empty() ? Item{} : c.operands[0]};
}

Items optional_has_element(ItemCall& c) {
    const bool has = !c.operands.empty() && c.operands[0].kind != Kind::absent;
    return {Item::of(c.call.scalar(DType::boolean, has ? 1 : 0))};
}

Items optional_get_element(ItemCall& c) {
    if (c.operands.empty() || c.operands[0].kind == Kind::absent) {
        c.call.fail("an empty optional");
        return {};
    }
    return {c.operands[0]};
}

struct Row {
    std::string_view op{};
    std::int64_t since = 1;
    ItemLowering lower = nullptr;
};

constexpr std::array rows = {
    Row{"Identity", 1, identity},
    Row{"If", 1, lower_if},
    Row{"Loop", 1, lower_loop},
    Row{"Scan", 8, lower_scan},
    Row{"SequenceMap", 17, lower_sequence_map},
    Row{"SequenceEmpty", 11, sequence_empty},
    Row{"SequenceConstruct", 11, sequence_construct},
    Row{"SequenceInsert", 11, sequence_insert},
    Row{"SequenceErase", 11, sequence_erase},
    Row{"SequenceAt", 11, sequence_at},
    Row{"SequenceLength", 11, sequence_length},
    Row{"SplitToSequence", 11, split_to_sequence},
    Row{"ConcatFromSequence", 11, concat_from_sequence},
    Row{"Optional", 15, optional},
    Row{"OptionalHasElement", 15, optional_has_element},
    Row{"OptionalGetElement", 15, optional_get_element},
};

}  // namespace

ItemLowering find_item_lowering(std::string_view domain, std::string_view op, std::int64_t opset) {
    const auto* row = std::ranges::find(rows, op, &Row::op);
    const bool is_known = row != rows.end() && domain.empty() && opset >= row->since;
    return is_known ? row->lower : nullptr;
}

}  // namespace steelyard::vm::onnx
