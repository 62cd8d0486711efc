// ProtoReader: what it accepts is exactly what ProtoWriter writes for the same fields.
#include "base/check.h"
#include "base/protowire.h"

using namespace steelyard;

namespace {

constexpr std::size_t bytes_size_max = 64;
constexpr std::size_t items_max = 8;

/// Copies a message field by field, the kind of each field fixed by its number.
Bytes copy(ProtoReader& reader) {
    ProtoWriter writer;
    std::size_t items = 0;
    while (reader.next()) {
        const std::uint32_t field = reader.field();
        switch (field) {
            case 1:
                writer.uint64(field, reader.uint64("uint64"));
                break;
            case 2:
                writer.int64(field, reader.int32("int32"));
                break;
            case 3:
                writer.boolean(field, reader.boolean("boolean"));
                break;
            case 4:
                writer.sfixed64(field, reader.sfixed64("sfixed64"));
                break;
            case 5:
                writer.bytes(field, reader.bytes("bytes", bytes_size_max));
                break;
            case 6:
                writer.string(field, reader.string("string", bytes_size_max));
                break;
            case 7:
                writer.message(field, reader.message("message"));
                break;
            case 8:
                writer.message(field, reader.repeated_message("items"));
                reader.at_most("items", items++, items_max);
                break;
            default:
                reader.unknown();
        }
    }
    return std::move(writer).take();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    ProtoReader reader("Sample", bytes);
    const Bytes copied = copy(reader);
    CHECK(!reader.finish() || equal(copied, bytes));
    return 0;
}
