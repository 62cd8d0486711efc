#include "market/records/instrument.h"

#include "market/records/codec.h"

namespace steelyard::market {
namespace {

using ledger::Key;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

Key class_key(ClassId id) {
    return Key('k') << static_cast<std::uint32_t>(id);
}

Key next_class_key() {
    return Key('c');
}

/// Names end in what none of them has, so that no key begins another.
Key name_key(std::string_view name) {
    CHECK(!name.empty() && name.find('\0') == std::string_view::npos);
    return Key('n') << as_bytes(name) << std::uint8_t{0};
}

Key program_key(const Hash256& id) {
    return Key('g') << ByteView(id);
}

Key program_bytes_key(const Hash256& id) {
    return Key('h') << ByteView(id);
}

/// Numbers of classes take four bytes wherever they are a value.
Bytes class_id_bytes(std::uint32_t id) {
    return codec::value_of(Key('-') << id);
}

std::uint32_t parse_class_id(ByteView value) {
    codec::NumberReader reader(value);
    const auto id = static_cast<std::uint32_t>(reader.number(4));
    reader.finish();
    return id;
}

}  // namespace

bool may_serve(const Class& worker, const Class& wanted) {
    return worker.kind == wanted.kind && worker.region == wanted.region &&
           worker.vram_floor_bytes >= wanted.vram_floor_bytes &&
           worker.wu_per_second_floor >= wanted.wu_per_second_floor && worker.trust >= wanted.trust;
}

Outcome<std::optional<Class>> get_class(const StateView& state, ClassId id) {
    TRY_ASSIGN(const auto bytes, state.get(Store::market, class_key(id)));
    return codec::known(bytes, decode_class);
}

Outcome<std::optional<ClassId>> find_class(const StateView& state, std::string_view name) {
    if (name.empty() || name.size() > class_name_size_max ||
        name.find('\0') != std::string_view::npos) {
        return std::optional<ClassId>();
    }
    TRY_ASSIGN(const auto bytes, state.get(Store::market, name_key(name)));
    return bytes ? std::optional(ClassId{parse_class_id(*bytes)}) : std::nullopt;
}

Outcome<ClassId> add_class(StateView& state, const Class& added) {
    TRY_ASSIGN(const std::optional<ClassId> taken, find_class(state, added.name));
    CHECK(!taken);
    TRY_ASSIGN(const auto next, state.get(Store::market, next_class_key()));
    const std::uint32_t id = next ? parse_class_id(*next) : 1;
    CHECK(id < std::numeric_limits<std::uint32_t>::max());
    TRY(state.put(Store::market, next_class_key(), class_id_bytes(id + 1)));
    TRY(state.put(Store::market, name_key(added.name), class_id_bytes(id)));
    TRY(state.put(Store::market, class_key(ClassId{id}), encode_class(added)));
    return ClassId{id};
}

Outcome<void> walk_classes(
    const StateView& state,
    ClassId from,
    const std::function<Outcome<bool>(ClassId, const Class&)>& visit
) {
    const auto visit_record = [&](const Record& record) -> Outcome<bool> {
        const ClassId id{KeyReader(record.key).number4()};
        return visit(id, codec::known(decode_class(record.value)));
    };
    return state.walk_from(Store::market, Key('k'), class_key(from), visit_record);
}

Outcome<std::optional<Program>> get_program(const StateView& state, const Hash256& id) {
    TRY_ASSIGN(const auto bytes, state.get(Store::market, program_key(id)));
    return codec::known(bytes, decode_program_record);
}

Outcome<void> put_program(StateView& state, const Hash256& id, const Program& program) {
    return state.put(Store::market, program_key(id), encode_program_record(program));
}

Outcome<void> erase_program(StateView& state, const Hash256& id) {
    TRY(state.erase(Store::market, program_key(id)));
    return state.erase(Store::market, program_bytes_key(id));
}

Outcome<void> walk_programs(
    const StateView& state,
    const Hash256& from,
    const std::function<Outcome<bool>(const Hash256&, const Program&)>& visit
) {
    const auto visit_record = [&](const Record& record) -> Outcome<bool> {
        const ByteView id = ByteView(record.key).subspan(1);
        CHECK(id.size() == sizeof(Hash256));
        return visit(
            to_array(id.first<sizeof(Hash256)>()), codec::known(decode_program_record(record.value))
        );
    };
    return state.walk_from(Store::market, Key('g'), program_key(from), visit_record);
}

Bytes program_bytes(const StateView& state, const Hash256& id) {
    const auto bytes = state.peek_unmetered(Store::market, program_bytes_key(id));
    CHECK(bytes.has_value());
    return to_bytes(*bytes);
}

std::size_t program_size(const StateView& state, const Hash256& id) {
    const auto bytes = state.peek_unmetered(Store::market, program_bytes_key(id));
    CHECK(bytes.has_value());
    return bytes->size();
}

Outcome<void> put_program_bytes(StateView& state, const Hash256& id, ByteView bytes) {
    CHECK(bytes.size() <= program_bytes_max);
    return state.put(Store::market, program_bytes_key(id), bytes);
}

Bytes encode_class(const Class& value) {
    ProtoWriter writer;
    writer.string(1, value.name);
    writer.uint64(2, static_cast<std::uint64_t>(value.kind));
    writer.uint64(3, value.vram_floor_bytes);
    writer.uint64(4, value.wu_per_second_floor);
    writer.string(5, value.region);
    writer.uint64(6, value.trust);
    return std::move(writer).take();
}

Result<Class> decode_class(ByteView bytes) {
    Class value;
    ProtoReader reader("Class", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                value.name = reader.string("name", class_name_size_max);
                break;
            case 2:
                value.kind = codec::choice(reader, "kind", WorkerKind::gpu);
                break;
            case 3:
                value.vram_floor_bytes = reader.uint64("vram_floor_bytes");
                break;
            case 4:
                value.wu_per_second_floor = reader.uint64("wu_per_second_floor");
                break;
            case 5:
                value.region = reader.string("region", region_size_max);
                break;
            case 6:
                value.trust = static_cast<std::uint8_t>(codec::number(reader, "trust", 255));
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "name");
    reader.require(2, "kind");
    reader.require(4, "wu_per_second_floor");
    TRY(reader.finish());
    return value;
}

namespace {

Bytes encode_facts(const ProgramFacts& facts) {
    ProtoWriter writer;
    writer.uint64(1, facts.work_units);
    writer.uint64(2, facts.steps);
    writer.uint64(3, facts.inputs);
    writer.uint64(4, facts.outputs);
    writer.uint64(5, facts.input_bytes);
    writer.uint64(6, facts.output_bytes);
    writer.uint64(7, facts.proof_bytes);
    writer.uint64(8, facts.proof_gas);
    return std::move(writer).take();
}

Result<ProgramFacts> decode_facts(ByteView bytes) {
    ProgramFacts facts;
    ProtoReader reader("ProgramFacts", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                facts.work_units = reader.uint64("work_units");
                break;
            case 2:
                facts.steps = reader.uint64("steps");
                break;
            case 3:
                facts.inputs = reader.uint32("inputs");
                break;
            case 4:
                facts.outputs = reader.uint32("outputs");
                break;
            case 5:
                facts.input_bytes = reader.uint64("input_bytes");
                break;
            case 6:
                facts.output_bytes = reader.uint64("output_bytes");
                break;
            case 7:
                facts.proof_bytes = reader.uint64("proof_bytes");
                break;
            case 8:
                facts.proof_gas = reader.uint64("proof_gas");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return facts;
}

}  // namespace

Bytes encode_program_record(const Program& program) {
    ProtoWriter writer;
    writer.uint64(1, static_cast<std::uint64_t>(program.owner));
    writer.uint64(2, program.deposit);
    writer.int64(3, program.registered.value());
    writer.uint64(4, program.uses);
    writer.message(5, encode_facts(program.facts));
    return std::move(writer).take();
}

Result<Program> decode_program_record(ByteView bytes) {
    Program program;
    ProtoReader reader("Program", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                program.owner = codec::account(reader, "owner");
                break;
            case 2:
                program.deposit = codec::money(reader, "deposit");
                break;
            case 3:
                program.registered = codec::height(reader, "registered");
                break;
            case 4:
                program.uses = reader.uint64("uses");
                break;
            case 5:
                program.facts = reader.nested("facts", decode_facts(reader.message("facts")));
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(5, "facts");
    TRY(reader.finish());
    return program;
}

}  // namespace steelyard::market
