// StateReader: committed records, as the ledger sees them. The host provides it.
#pragma once

#include "base/bytes.h"
#include "ledger/state/stores.h"

#include <optional>

namespace steelyard::ledger {

/// A record, as views that hold until the state below changes.
struct RecordView {
    ByteView key;
    ByteView value;
};

/// Reading cannot fail: a host whose state is damaged or closed must not come to this point.
class StateReader {
public:
    virtual ~StateReader() = default;

    virtual std::optional<ByteView> get(Store store, ByteView key) const = 0;

    /// The first record of the store whose key is not less.
    virtual std::optional<RecordView> at_or_after(Store store, ByteView key) const = 0;
};

}  // namespace steelyard::ledger
