// Classes and programs come and go.
#pragma once

#include "market/funds/funds.h"
#include "market/records/instrument.h"

namespace steelyard::market {

class ProofVerifier;

/// Whether a class's texts and numbers are in range. Errors: bad_text, bad_order.
Outcome<void> check_class(const Class& value);

/// For `class_fee`. Events: class. Errors: class_exists, insufficient_funds.
Outcome<ClassId> create_class(Context& context, AccountNumber creator, const Class& value);

/// For its deposit. Gas: 20 a byte beside the state's. Events: program. Errors: no_verifier,
/// bad_program, program_exists, insufficient_funds.
Outcome<Hash256> register_program(Context& context, AccountNumber owner, ByteView program);

/// The deposit goes back. Errors: unknown_program, not_owner, program_in_use.
Outcome<void> remove_program(Context& context, AccountNumber owner, const Hash256& id);

/// When an order that names it comes, and when it is final. Errors: unknown_program.
Outcome<Program> begin_use(StateView& state, const Hash256& id);
Outcome<void> end_use(StateView& state, const Hash256& id);

}  // namespace steelyard::market
