// What Keplr asks of a chain before it takes it: node keplr_checks.mjs RPC_HOST:PORT REST_HOST:PORT
import { checkRestConnectivity, checkRPCConnectivity } from "@keplr-wallet/chain-validator";
import WebSocket from "ws";

const [rpc, rest] = process.argv.slice(2).map((address) => `http://${address}`);
const { result } = await (await fetch(`${rpc}/status`)).json();
const chainId = result.node_info.network;
await checkRPCConnectivity(chainId, rpc, (url) => new WebSocket(url));
console.log(`ok ${chainId} by RPC`);
await checkRestConnectivity(chainId, rest);
console.log(`ok ${chainId} by REST`);
