// Reads raw records of a running chain with proofs, which the last CosmJS that verified them
// (0.32.4) verifies up to the app hash: node store_proofs.mjs HOST:PORT
import assert from "node:assert/strict";
import { QueryClient, StargateClient } from "stargate-0-32";
import { Comet38Client } from "tendermint-rpc-0-32";

const address = process.argv[2] ?? process.env.STEELYARD_RPC ?? "127.0.0.1:26657";
const owner = "yard19rl4cm2hmr8afy4kldpxz3fka4jguq0a6nz3fd";  // the public test mnemonic's

const comet = await Comet38Client.connect(`ws://${address}`);
const client = new QueryClient(comet);
const reader = await StargateClient.connect(`http://${address}`);
const { accountNumber } = await reader.getAccount(owner);

// b, the account's number in 8 bytes, the denomination, 00.
function balanceKey(number, denom) {
  const key = Buffer.concat([Buffer.from("b"), Buffer.alloc(8), Buffer.from(denom), Buffer.from([0])]);
  key.writeBigUInt64BE(BigInt(number), 1);
  return Uint8Array.from(key);
}

const held = await client.queryStoreVerified("bank", balanceKey(accountNumber, "uyard"));
assert.equal(held.value.length, 16);
const amount = BigInt(`0x${Buffer.from(held.value).toString("hex")}`);
assert.ok(amount > 0n);
const asked = await reader.getBalance(owner, "uyard");
assert.equal(amount, BigInt(asked.amount));
console.log(`ok a balance of ${amount} is proved at height ${held.height}`);

for (const [what, key] of [
  ["no other coin", balanceKey(accountNumber, "uother")],
  ["nothing before the first key", Uint8Array.from([0])],
  ["nothing after the last key", Uint8Array.from([255, 255])],
]) {
  const absent = await client.queryStoreVerified("bank", key);
  assert.equal(absent.value.length, 0);
  console.log(`ok ${what} is proved at height ${absent.height}`);
}

const earlier = await client.queryStoreVerified("bank", balanceKey(accountNumber, "uyard"), held.height);
assert.deepEqual(earlier.value, held.value);
console.log("ok an earlier height is proved");
await assert.rejects(client.queryStoreVerified("nostore", Uint8Array.from([1])), /nostore/);
await assert.rejects(
  client.queryStoreVerified("bank", balanceKey(accountNumber, "uyard"), held.height + 1_000), /height/);
console.log("ok what cannot be proved is refused");
comet.disconnect();
reader.disconnect();
// Its subscriptions of headers keep the program alive.
process.exit(0);
