// Runs the models that write_onnx_models wrote in onnxruntime, and compares with what the VM puts out.
//
//   node run_onnx_models.mjs FOLDER
//
// A model that onnxruntime has no kernel for, or whose tensors its JavaScript face has no type for, is counted, and so
// is one that it computes otherwise where an input has no elements; any other error fails, and so does an output that
// is not near. Exits with 77 where onnxruntime is not installed.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const ort = await import("onnxruntime-node").catch(() => {
  console.log("skipped: onnxruntime-node is not installed");
  process.exit(77);
});

const types = {
  f32: ["float32", Float32Array],
  f64: ["float64", Float64Array],
  f16: ["float16", Uint16Array],
  i8: ["int8", Int8Array],
  u8: ["uint8", Uint8Array],
  i16: ["int16", Int16Array],
  u16: ["uint16", Uint16Array],
  i32: ["int32", Int32Array],
  u32: ["uint32", Uint32Array],
  i64: ["int64", BigInt64Array],
  u64: ["uint64", BigUint64Array],
  bool: ["bool", Uint8Array],
};

// Of the greatest absolute value of an output, beside the relative one.
const tolerances = { f32: 2e-5, f64: 2e-5, f16: 2e-3 };

// Limits of onnxruntime's kernels that ONNX does not have.
const limits =
  /NOT_IMPLEMENTED|Could not find an implementation|Pad should be smaller than kernel|exclude_outside can be set to 1 when/;

function elements(one, data) {
  const [type, Elements] = types[one.type];
  const bytes = data.slice(one.offset, one.offset + one.bytes);
  return { type, values: new Elements(bytes.buffer, bytes.byteOffset, one.bytes / Elements.BYTES_PER_ELEMENT) };
}

function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : (fraction / 1024) * 2 ** -14);
}

function difference(one, is, wanted) {
  if (is.dims.join() !== one.dims.join()) return `has the shape ${is.dims}, not ${one.dims}`;
  if (is.type !== wanted.type) return `is ${is.type}, not ${wanted.type}`;
  if (!(one.type in tolerances)) {
    const at = wanted.values.findIndex((value, index) => value !== is.data[index]);
    return at < 0 ? "" : `element ${at} is ${is.data[at]}, not ${wanted.values[at]}`;
  }
  const isRaw = is.data instanceof Uint16Array;
  const real = one.type === "f16" ? (values, raw) => Array.from(values, raw ? fromHalf : Number) : (values) => values;
  const a = real(is.data, isRaw);
  const b = real(wanted.values, true);
  let greatest = 0;
  for (const value of b) if (Number.isFinite(value)) greatest = Math.max(greatest, Math.abs(value));
  for (let at = 0; at < b.length; ++at) {
    if (Object.is(a[at], b[at]) || a[at] === b[at]) continue;
    const near = tolerances[one.type] * (greatest + 1);
    if (!(Math.abs(a[at] - b[at]) <= near)) return `element ${at} is ${a[at]}, not ${b[at]}`;
  }
  return "";
}

const folder = process.argv[2];
const counts = { agree: 0, limited: 0, failed: 0 };
for (const line of readFileSync(join(folder, "models.jsonl"), "utf8").trim().split("\n")) {
  const model = JSON.parse(line);
  const all = [...model.inputs, ...model.outputs];
  if (all.some((one) => !(one.type in types))) {
    ++counts.limited;
    continue;
  }
  const data = new Uint8Array(readFileSync(join(folder, model.data)));
  let said = "";
  try {
    const session = await ort.InferenceSession.create(join(folder, model.model), { logSeverityLevel: 4 });
    const given = {};
    for (const input of model.inputs) {
      const { type, values } = elements(input, data);
      given[input.name] = new ort.Tensor(type, values, input.dims);
    }
    const results = await session.run(given);
    for (const output of model.outputs) {
      said ||= difference(output, results[output.name], elements(output, data));
    }
    await session.release();
  } catch (error) {
    if (limits.test(error.message)) {
      ++counts.limited;
      if (process.env.VERBOSE) console.log(`${model.model}: ${error.message}`);
      continue;
    }
    said = error.message;
  }
  if (said && model.inputs.some((one) => one.dims.includes(0))) {
    ++counts.limited;
    continue;
  }
  if (said) console.log(`${model.model}: ${said}`);
  ++counts[said ? "failed" : "agree"];
}
console.log(`${counts.agree} models agree, ${counts.failed} do not, ${counts.limited} have no kernel`);
process.exit(counts.failed === 0 && counts.agree > 0 ? 0 : 1);
