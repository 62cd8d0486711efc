// The parts of a job's record, for its encoding.
#pragma once

#include "market/records/job.h"

namespace steelyard::market::codec {

Bytes encode_match(const Match& match);
Result<Match> decode_match(ByteView bytes);
Bytes encode_commit(const Commit& commit);
Result<Commit> decode_commit(ByteView bytes);
Bytes encode_challenge(const Challenge& challenge);
Result<Challenge> decode_challenge(ByteView bytes);

}  // namespace steelyard::market::codec
