// TensorProto: elements as dense bytes.
#pragma once

#include "vm/onnx/model.h"
#include "vm/run/runner.h"

namespace steelyard::vm::onnx {

/// Where initialisers outside of the model file are.
class ExternalData {
public:
    virtual ~ExternalData() = default;

    /// The bytes [offset, offset + size) of the file `location`, a path relative to the model that
    /// the caller may not trust; without a size to its end. Errors: there is no such file, it may
    /// not be read, it is too short.
    virtual Result<Bytes> read(
        std::string_view location, std::uint64_t offset, std::optional<std::uint64_t> size
    ) = 0;
};

/// Of TensorProto.DataType. Errors: strings, complex numbers, numbers that ONNX does not know.
Result<DType> dtype_of(std::int64_t data_type);

/// Decodes typed, raw and external data. Errors: a type that the VM has not got (`unsupported`),
/// dimensions over the VM's limits, more or fewer elements than they say, external data without
/// `external`. Nothing is allocated that the bytes do not pay for eightfold.
Result<Tensor> read_tensor(ByteView message, ExternalData* external);

}  // namespace steelyard::vm::onnx
