// Runs a model in onnxruntime on one thread, and waits for its turns:
//
//     node onnxruntime_rounds.mjs MODEL.onnx INPUT.f32 SHAPE OUTPUT.f32
//
// INPUT holds the floats of the only input, SHAPE is like 1x3x32x32. The floats of the only output
// go to OUTPUT. Then each line of standard input is a count of rounds, and is answered with the
// least CPU time and the least time of one, in seconds. Started beside an installed onnxruntime-node.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const ort = createRequire(`${process.cwd()}/`)('onnxruntime-node');
const [model, inputFile, shape, outputFile] = process.argv.slice(2);

const session = await ort.InferenceSession.create(model, {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
});
const bytes = readFileSync(inputFile);
const floats = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
const feeds = {
  [session.inputNames[0]]: new ort.Tensor('float32', floats, shape.split('x').map(Number)),
};

const result = (await session.run(feeds))[session.outputNames[0]].data;
writeFileSync(outputFile, Buffer.from(result.buffer, result.byteOffset, result.byteLength));
console.log(ort.env.versions.node);

for await (const line of createInterface({ input: process.stdin })) {
  let least = Infinity;
  let leastWall = Infinity;
  for (let round = 0; round < Number(line); ++round) {
    const before = process.cpuUsage();
    const start = process.hrtime.bigint();
    await session.run(feeds);
    leastWall = Math.min(leastWall, Number(process.hrtime.bigint() - start) / 1e9);
    const used = process.cpuUsage(before);
    least = Math.min(least, (used.user + used.system) / 1e6);
  }
  console.log(`${least} ${leastWall}`);
}
process.exit(0);
