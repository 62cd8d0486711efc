#!/usr/bin/python3
"""The commands of `steelyard vm`: programs and models, runs, proofs; all without a node."""

import json
import os
import pathlib
import struct
import subprocess
import tempfile
import unittest
import zipfile

from support import ROOT

STEELYARD = os.environ.get("STEELYARD", str(ROOT / "build/release/bin/steelyard"))
SEED = "ab" * 32
ABS, ADD, ATAN2, ARGSORT = 0x0101, 0x0200, 0x0209, 0x0508
F32, F64, I32 = 1, 2, 9
BOUND, NO_BOUND = 0x47800000, 0x7F800000


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def text(value):
    return varint(len(value)) + value.encode()


def tensor_type(dtype, sizes):
    return bytes([dtype, len(sizes)]) + b"".join(map(varint, sizes))


def reference(kind, index):
    return varint(index << 3 | ["input", "constant", "node"].index(kind))


def section(*entries):
    return varint(len(entries)) + b"".join(entries)


def node(op, *operands, bound=BOUND):
    return varint(op) + varint(1) + section(*operands) + section() + struct.pack("<I", bound)


def small_program():
    """y = |x| + 1, by doc/spec/vm.md, section 3."""
    return b"SVM1" + varint(1) + section(text("x") + tensor_type(F32, [4])) \
        + section(tensor_type(F32, [1]) + struct.pack("<f", 1)) \
        + section(node(ABS, reference("input", 0)), node(ADD, reference("node", 0), reference("constant", 0))) \
        + section() + section() + section(text("y") + reference("node", 1))


def npy(descr, shape, data):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


def field(number, value):
    """Of a protobuf message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def value_info(name, sizes):
    shape = b"".join(field(1, field(2 if isinstance(size, str) else 1, size)) for size in sizes)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))


def model_without_weights(op, sizes):
    """y = op(x, x)"""
    nodes = field(1, "x") + field(1, "x") + field(2, "y") + field(3, "the/node") + field(4, op)
    graph = field(1, nodes) + field(2, "g") + field(11, value_info("x", sizes)) + field(12, value_info("y", sizes))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))


def model(op, sizes, weight_size):
    """y = op(x, w)"""
    weight = field(1, weight_size) + field(2, 1) + field(8, "w") + field(9, floats(*range(weight_size)))
    nodes = field(1, "x") + field(1, "w") + field(2, "y") + field(3, "the/node") + field(4, op)
    graph = field(1, nodes) + field(2, "g") + field(5, weight) + field(11, value_info("x", sizes)) \
        + field(12, value_info("y", sizes))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))


def is_sanitised():
    """Whether the program was built with a sanitizer, whose own memory is many times a run's."""
    program = pathlib.Path(STEELYARD).read_bytes()
    return b"__asan_init" in program or b"__tsan_init" in program


class Vm(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.program = self.write("p.svm", small_program())
        self.x = self.write("x.npy", npy("<f4", "(4,)", floats(-1, 2, -3, 4)))

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def run_vm(self, *arguments, env=None):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("STEELYARD_")}
        return subprocess.run(
            [STEELYARD, "vm", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False,
            env={**clean, "HOME": str(self.folder), **(env or {})})

    def succeed(self, *arguments, **options):
        done = self.run_vm(*arguments, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def json(self, *arguments, **options):
        return json.loads(self.succeed(*arguments, "--output", "json", **options))

    def refuse(self, exit_code, said, *arguments):
        done = self.run_vm(*arguments)
        self.assertEqual(done.returncode, exit_code, done.stdout + done.stderr)
        self.assertIn(said, done.stderr)


class Programs(Vm):
    def test_a_program_is_inspected(self):
        told = self.json("inspect", self.program, "--nodes")

        self.assertEqual(told["inputs"], [{"name": "x", "type": "f32[4]"}])
        self.assertEqual(told["outputs"], [{"name": "y", "type": "f32[4]"}])
        self.assertEqual([told["nodes"], told["loops"], told["steps"], told["work_units"]], [2, 0, 2, 1])
        self.assertEqual(told["peak_bytes"], 16 + 4 + 2 * 64)
        self.assertEqual([one["op"] for one in told["node_list"]], ["abs", "add"])
        self.assertEqual(told["id"], self.json("check", self.program)["id"])
        self.assertRegex(self.succeed("inspect", self.program), r"work units +1\n")

    def test_broken_programs_are_refused_with_the_place(self):
        good = small_program()
        self.refuse(2, "SVM1, offset 0: does not begin with", "check", self.write("a.svm", b"X" + good[1:]))
        self.refuse(2, "1 bytes are left over", "check", self.write("b.svm", good + b"\0"))
        backwards = good.replace(node(ABS, reference("input", 0)), node(ABS, reference("node", 1)))
        self.refuse(2, "node 0 (abs): operand 0: node 1 cannot be read here", "inspect",
                    self.write("c.svm", backwards))
        self.refuse(3, "cannot open", "check", self.folder / "none.svm")

    def test_a_row_that_is_too_long_to_sort_in_a_probe_is_refused(self):
        def sort(dtype, size):
            """By doc/spec/vm-operators.md, ascending."""
            of = varint(ARGSORT) + varint(1) + section(reference("input", 0)) + section(varint(0))
            return b"SVM1" + varint(1) + section(text("x") + tensor_type(dtype, [size])) + section() \
                + section(of + struct.pack("<I", NO_BOUND)) + section() + section() \
                + section(text("y") + reference("node", 0))

        for dtype, most in ((F32, 2056), (F64, 2048)):
            self.succeed("check", self.write("s.svm", sort(dtype, most)))
            self.refuse(2, f"node 0 (argsort): a probe of one element of i64[{most + 1}] opens ", "check",
                        self.write("s.svm", sort(dtype, most + 1)))
            self.refuse(2, "gas, at most 131072 and 50000", "check", self.write("s.svm", sort(dtype, most + 1)))


class Runs(Vm):
    def test_a_run_writes_outputs_and_tells_roots(self):
        told = self.json("run", self.program, "--input", f"x={self.x}", "--out", self.folder / "out")

        self.assertEqual(list(told), ["output_root", "trace_root", "work_units", "steps", "seconds", "peak_bytes"])
        written = (self.folder / "out" / "y.npy").read_bytes()
        self.assertEqual(written[-16:], floats(2, 3, 4, 5))
        self.assertEqual(len(self.succeed("trace", self.program, "--input", f"x={self.x}").splitlines()), 2)

    def test_roots_do_not_depend_on_machine_or_form_of_inputs(self):
        bare = self.write("x.bin", floats(-1, 2, -3, 4))
        with zipfile.ZipFile(self.folder / "x.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(self.x, "x.npy")
        header = b'{"x":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'
        tensors = self.write("x.safetensors", struct.pack("<Q", len(header)) + header + floats(-1, 2, -3, 4))
        ways = [["--input", f"x={self.x}", "--threads", "3"], ["--input", f"x={bare}"],
                ["--inputs", self.folder / "x.npz"], ["--inputs", tensors],
                ["--input", f"x={self.x}", "--isa", "scalar-soft-fma"]]
        told = [self.json("run", self.program, *way) for way in ways]
        told.append(self.json("run", self.program, *ways[0], env={"STEELYARD_ISA": "scalar"}))

        self.assertEqual(len({one["output_root"] for one in told}), 1)
        self.assertEqual(len({one["trace_root"] for one in told}), 1)
        untraced = self.json("run", self.program, *ways[0], "--no-trace")
        self.assertEqual(untraced["output_root"], told[0]["output_root"])
        self.assertEqual(untraced["trace_root"], "")

    def test_a_program_is_timed_with_inputs_that_nobody_brings(self):
        told = self.json("bench", self.program, "--rounds", "1")

        self.assertEqual([told["program"], told["steps"]], [self.program, 2])
        self.assertGreater(told["seconds_one_thread"], 0)
        self.assertIn("trace on/off", self.succeed("bench", self.program, "--input", f"x={self.x}"))
        self.refuse(2, "--rounds", "bench", self.program, "--rounds", "0")

    def test_a_program_is_timed_with_the_weights_beside_it(self):
        header = b'{"x":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'
        self.write("p.safetensors", struct.pack("<Q", len(header)) + header + floats(1, 2e9, 3, 4))

        self.refuse(2, "a fault at step 0", "bench", self.program)

    def test_times_of_operators_and_shapes_are_told(self):
        told = self.json("bench", self.program, "--rounds", "1", "--by", "operator")
        self.assertEqual(sorted(one["name"] for one in told["groups"]), ["abs", "add", "bounds", "other"])
        self.assertEqual({one["name"]: one["nodes"] for one in told["groups"]}["bounds"], 2)

        shapes = self.succeed("bench", self.program, "--threads", "1", "--by", "shape")
        self.assertIn("add f32[4] f32[1] -> f32[4]", shapes)
        self.refuse(2, "--by", "bench", self.program, "--by", "colour")

    def test_a_run_takes_the_memory_that_it_may_and_no_more(self):
        """Of 4 MiB inputs to a 4 MiB output, all in what the program's peak says: the trace takes 32 bytes a step."""
        size = 1 << 20
        program = self.write("big.svm", small_program().replace(tensor_type(F32, [4]), tensor_type(F32, [size])))
        given = ["--input", "x=" + self.write("big.bin", bytes(4 * size))]
        peak = self.json("inspect", program)["peak_bytes"]
        self.assertEqual(peak, 4 * size + 4 + 2 * 4 * size)
        for command, exact in ((["run"], peak + 2 * 32), (["trace"], peak + 2 * 32), (["run", "--no-trace"], peak)):
            self.succeed(command[0], program, *command[1:], *given, "--memory-max", exact)
            self.refuse(1, f"the run takes {exact} bytes of memory, at most {exact - 1} are allowed", command[0],
                        program, *command[1:], *given, "--memory-max", exact - 1)
        proof = ["prove", program, *given, "--seed", SEED, "--out", self.folder / "p.proof", "--memory-max"]
        self.refuse(1, "bytes of memory", *proof, peak + 4 * size)
        self.succeed(*proof, peak + 5 * size)
        self.refuse(1, "bytes of memory", "bench", program, "--rounds", 1, "--memory-max", peak - 1)
        self.refuse(2, "--memory-max", "run", program, *given, "--memory-max", 0)

    @unittest.skipIf(is_sanitised(), "a sanitizer takes memory of its own")
    def test_a_run_with_large_inputs_holds_them_once(self):
        size = 1 << 24
        program = self.write("big.svm", small_program().replace(tensor_type(F32, [4]), tensor_type(F32, [size])))
        given = "x=" + self.write("big.bin", bytes(4 * size))
        small = self.peak_of("run", self.program, "--input", f"x={self.x}")
        large = self.peak_of("run", program, "--input", given, "--threads", 1)
        peak = self.json("inspect", program)["peak_bytes"]
        self.assertLess(large - small, peak + (32 << 20))

    def peak_of(self, *arguments):
        """The bytes that a process ever had in memory at once."""
        process = subprocess.Popen([STEELYARD, "vm", *map(str, arguments)], stdout=subprocess.DEVNULL)
        status, usage = os.wait4(process.pid, 0)[1:]
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        return usage.ru_maxrss * 1024

    def test_wrong_inputs_are_refused(self):
        given = f"x={self.x}"
        self.refuse(2, 'nobody brings the input "x", f32[4]', "run", self.program)
        self.refuse(2, "given twice", "run", self.program, "--input", given, "--input", given)
        self.refuse(2, 'no input "z"', "run", self.program, "--input", given, "--input", f"z={self.x}")
        self.refuse(2, "is not NAME=VALUE", "run", self.program, "--input", self.x)
        short = self.write("short.bin", floats(1))
        self.refuse(2, 'has 4 bytes, the input "x" is f32[4] of 16 bytes', "run", self.program, "--input", f"x={short}")
        other = self.write("other.npy", npy("<i4", "(4,)", bytes(16)))
        self.refuse(2, "i32[4]", "run", self.program, "--input", f"x={other}")
        self.refuse(2, "none of scalar", "run", self.program, "--input", given, "--isa", "mmx")
        broken = self.write("broken.npy", b"no numpy")
        self.refuse(2, f"{broken}: npy, offset 0", "run", self.program, "--input", f"x={broken}")

    def test_what_is_no_file_is_told_apart(self):
        given = f"x={self.x}"
        for name in ("d.svm", "d.onnx", "d.npy", "d.bin", "d.npz", "d.safetensors"):
            (self.folder / name).mkdir()
        folder = str(self.folder)
        for path in ("d.svm", "d.onnx"):
            self.refuse(2, f"{folder}/{path} is a folder, not a file", "run", self.folder / path, "--input", given)
        for path in ("d.npy", "d.bin"):
            self.refuse(2, f"{folder}/{path} is a folder", "run", self.program, "--input", f"x={folder}/{path}")
        for path in ("d.npz", "d.safetensors"):
            self.refuse(2, f"{folder}/{path} is a folder", "run", self.program, "--inputs", self.folder / path)
        self.refuse(2, "/dev/null is no regular file", "run", self.program, "--input", "x=/dev/null")
        self.refuse(1, f"cannot make the folder {self.x}", "run", self.program, "--input", given, "--out", self.x)

    def test_options_that_have_no_use_are_refused(self):
        given = f"x={self.x}"
        for option in (["--dim", "N=3"], ["--shape", "x=4"], ["--const", given], ["--unbounded"]):
            self.refuse(2, "are of models alone", "run", self.program, "--input", given, *option)
        self.refuse(2, 'the program has no input "z"', "run", self.program, "--input", f"z={self.x}")
        onnx = self.write("m.onnx", model("Add", ["N", 1000], 1000))
        self.refuse(2, "no input of the model has a dimension 'M'", "inspect", onnx, "--dim", "M=3")
        self.refuse(2, "the model has no input 'z'", "inspect", onnx, "--shape", "z=3")
        self.refuse(2, '"" is no size', "inspect", onnx, "--shape", "x=3x1000x")
        self.refuse(2, '"" is no size', "inspect", onnx, "--shape", "x=x")
        self.refuse(2, "input 'x' is f32, bound to i32[4]", "inspect", onnx, "--const",
                    "x=" + self.write("i.npy", npy("<i4", "(4,)", bytes(16))))
        x = self.write("m.npy", npy("<f4", "(2, 1000)", floats(*range(2000))))
        self.refuse(2, 'no input "y"', "run", onnx, "--input", f"x={x}", "--input", f"y={x}")
        self.refuse(2, f"{self.program} is a program already", "import", self.program, "-o", self.folder / "q.svm")
        renamed = self.write("model", pathlib.Path(onnx).read_bytes())
        self.refuse(2, "the name of a model ends with .onnx", "check", renamed)

    def test_sizes_that_do_not_fit_a_model_are_told(self):
        onnx = self.write("m.onnx", model("Add", [2, 1000], 1000))
        x = self.write("m.npy", npy("<f4", "(2, 999)", floats(*range(1998))))
        self.refuse(7, "note: input 'x' is f32[2,999], of other sizes than the model's", "run", onnx, "--input",
                    f"x={x}")
        self.refuse(7, "--dim NAME=N", "inspect", self.write("n.onnx", model("Add", ["N", 1000], 1000)))

    def test_a_fault_is_told_and_proven(self):
        big = self.write("big.npy", npy("<f4", "(4,)", floats(1, 2e9, 3, 4)))
        done = self.run_vm("run", self.program, "--input", f"x={big}", "--output", "json")
        self.assertEqual(done.returncode, 6)
        told = json.loads(done.stdout)
        self.assertEqual(told["fault"], {"kind": "out_of_bound", "step": 0, "element": 1, "node": 0, "op": "abs"})
        proof = self.folder / "f.proof"
        self.succeed("prove", self.program, "--input", f"x={big}", "--seed", SEED, "--out", proof)
        claim = ["--proof", proof, "--seed", SEED, "--output-root", told["output_root"], "--trace-root",
                 told["trace_root"]]
        self.succeed("verify", self.program, *claim, "--fault", "out_of_bound:0:1")
        self.assertEqual(self.run_vm("verify", self.program, *claim, "--fault", "out_of_bound:0:2").returncode, 6)
        self.assertEqual(self.run_vm("verify", self.program, *claim).returncode, 6)
        self.refuse(2, "is not out_of_bound:STEP:ELEMENT", "verify", self.program, *claim, "--fault", "out_of_bound:0")


class Proofs(Vm):
    def setUp(self):
        super().setUp()
        self.proof = self.folder / "f.proof"
        self.told = self.json("prove", self.program, "--input", f"x={self.x}", "--seed", SEED, "--probes", "5",
                              "--out", self.proof)

    def claim(self, **changes):
        values = {"proof": self.proof, "output-root": self.told["output_root"],
                  "trace-root": self.told["trace_root"], "seed": SEED, "probes": "5", **changes}
        return [part for name, value in values.items() for part in ("--" + name, str(value))]

    def verdict(self, *extra, **changes):
        done = self.run_vm("verify", self.program, *self.claim(**changes), *extra, "--output", "json")
        told = json.loads(done.stdout) if done.stdout else {"verdict": "refused"}
        self.assertEqual(done.returncode == 0, told["verdict"] == "right")
        return told["verdict"]

    def test_an_honest_proof_is_right(self):
        self.assertEqual(self.verdict(), "right")
        known = ["--input-id", "x=" + self.told["input_ids"]["x"]]
        self.assertEqual(self.verdict(*known), "right")

        self.assertEqual(self.json("verify", self.program, *self.claim())["unchecked_inputs"], ["x"])
        self.assertEqual(self.json("verify", self.program, *self.claim(), *known)["unchecked_inputs"], [])
        self.assertEqual(self.succeed("verify", self.program, *self.claim()),
                         "right: 5 probes\nnot checked, for want of --input-id: x\n")
        self.assertEqual(self.succeed("verify", self.program, *self.claim(), *known), "right: 5 probes\n")

    def test_the_number_of_probes_is_found_out(self):
        """Of a program whose probes open different chunks, so that more would open more."""
        onnx = self.write("m.onnx", model("Add", [64, 1000], 1000))
        x = self.write("m.npy", npy("<f4", "(64, 1000)", floats(*range(64000))))
        program, proof = self.folder / "m.svm", self.folder / "m.proof"
        self.succeed("import", onnx, "-o", program)
        for count in (1, 7):
            told = self.json("prove", program, "--input", f"x={x}", "--seed", SEED, "--probes", count, "--out", proof)
            claim = ["--proof", proof, "--seed", SEED, "--output-root", told["output_root"], "--trace-root",
                     told["trace_root"]]
            self.assertEqual(self.json("verify", program, *claim)["probes"], count)
            done = self.run_vm("verify", program, *claim, "--probes", count + 1)
            self.assertEqual(done.returncode, 6)
            self.assertIn("malformed: ", done.stdout)

    def test_probes_are_those_that_a_challenge_asks_for(self):
        """Where nearly all steps have no elements most draws come to nothing; a challenge takes the first that do not."""
        names = [f"e{number:03}" for number in range(200)]
        program = self.write("empty.svm", b"SVM1" + varint(1)
                             + section(*[text(name) + tensor_type(F32, [0]) for name in names],
                                       text("x") + tensor_type(F32, [4]))
                             + section() + section(*[node(ABS, reference("input", i)) for i in range(201)])
                             + section() + section() + section(text("y") + reference("node", 200)))
        empty = self.write("e.bin", b"")
        given = [word for name in names for word in ("--input", f"{name}={empty}")]
        told = self.json("prove", program, *given, "--input", f"x={self.x}", "--seed", SEED, "--probes", 12, "--out",
                         self.proof)
        self.assertEqual(told["probes"], 12)
        told = self.json("verify", program, "--proof", self.proof, "--seed", SEED, "--probes", 12, "--output-root",
                         told["output_root"], "--trace-root", told["trace_root"])
        self.assertEqual((told["verdict"], told["probes"]), ("right", 12))

    def test_inputs_that_a_proof_does_not_open_are_told(self):
        other = self.write("other.svm", small_program().replace(
            section(text("x") + tensor_type(F32, [4])),
            section(text("x") + tensor_type(F32, [4]), text("unread") + tensor_type(F32, [4]))))
        proof = self.folder / "o.proof"
        told = self.json("prove", other, "--input", f"x={self.x}", "--input", f"unread={self.x}", "--seed", SEED,
                         "--out", proof)
        claim = ["--proof", proof, "--seed", SEED, "--output-root", told["output_root"], "--trace-root",
                 told["trace_root"], *(part for name, it in told["input_ids"].items()
                                       for part in ("--input-id", f"{name}={it}"))]
        judged = self.json("verify", other, *claim)
        self.assertEqual([judged["verdict"], judged["unchecked_inputs"], judged["unopened_inputs"]],
                         ["right", [], ["unread"]])
        self.assertIn("as this proof opens nothing of them: unread\n", self.succeed("verify", other, *claim))

    def test_another_claim_is_not_shown_by_it(self):
        other = "00" * 32
        self.assertEqual(self.verdict(**{"output-root": other}), "malformed")
        self.assertEqual(self.verdict(**{"trace-root": other}), "malformed")
        self.assertEqual(self.verdict("--input-id", "x=" + other), "malformed")
        self.refuse(2, "is not 64 hex digits", "verify", self.program, *self.claim(seed="abc"))
        self.refuse(2, f"{self.x}: offset 0: not a proof", "verify", self.program, *self.claim(proof=self.x))

    def test_no_flipped_byte_passes(self):
        good = self.proof.read_bytes()
        for at in range(0, len(good), 97):
            changed = self.write("changed.proof", good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
            self.assertNotEqual(self.verdict(proof=changed), "right", f"byte {at}")


class Models(Vm):
    def test_a_model_runs_as_it_is_and_as_its_program(self):
        onnx = self.write("m.onnx", model("Add", [2, 1000], 1000))
        x = self.write("m.npy", npy("<f4", "(2, 1000)", floats(*range(2000))))
        program = self.folder / "m.svm"
        told = self.json("import", onnx, "-o", program)
        self.assertEqual(told["id"], self.json("check", program)["id"])
        self.assertTrue((self.folder / "m.safetensors").exists())
        first = self.json("run", onnx, "--input", f"x={x}", "--out", self.folder / "out")
        second = self.json("run", program, "--input", f"x={x}")
        self.assertEqual(first["output_root"], second["output_root"])
        written = (self.folder / "out" / "y.npy").read_bytes()
        self.assertEqual(written[-4:], floats(1999 + 999))

        proof = self.folder / "m.proof"
        self.succeed("prove", program, "--input", f"x={x}", "--seed", SEED, "--out", proof)
        (self.folder / "m.safetensors").unlink()
        self.succeed("verify", program, "--proof", proof, "--seed", SEED, "--output-root", second["output_root"],
                     "--trace-root", second["trace_root"])
        self.refuse(2, 'nobody brings the input "w"', "run", program, "--input", f"x={x}")

    def test_weights_are_those_of_the_import(self):
        x = self.write("m.npy", npy("<f4", "(2, 1000)", floats(*range(2000))))
        program, weights = self.folder / "m.svm", self.folder / "m.safetensors"
        self.succeed("import", self.write("m.onnx", model("Add", [2, 1000], 1000)), "-o", program)
        good = weights.read_bytes()
        weights.write_bytes(good[:-1] + b"\0")
        self.refuse(2, f'the weight "w" in {weights} is not what was imported', "run", program, "--input", f"x={x}")
        weights.write_bytes(good.replace(b'"w":{"dtype"', b'"v":{"dtype"'))
        self.refuse(2, f'the weight "w" is missing from {weights}', "run", program, "--input", f"x={x}")
        self.succeed("import", self.write("o.onnx", model("Mul", [2, 1000], 1000)), "-o", self.folder / "o.svm")
        weights.write_bytes((self.folder / "o.safetensors").read_bytes())
        self.refuse(2, f"{weights} has the weights of program", "run", program, "--input", f"x={x}")
        weights.unlink()
        self.refuse(2, f'neither --input nor --inputs, nor {weights}', "run", program, "--input", f"x={x}")

    def test_weights_of_an_earlier_import_do_not_stand_beside_a_program_without_any(self):
        program, weights = self.folder / "m.svm", self.folder / "m.safetensors"
        self.succeed("import", self.write("m.onnx", model("Add", [2, 1000], 1000)), "-o", program)
        before = program.read_bytes()
        plain = self.write("n.onnx", model_without_weights("Add", [2, 1000]))
        self.refuse(2, f"{weights} is there, and would be taken for weights of {program}, which has none", "import", plain,
                    "-o", program)
        self.assertEqual(program.read_bytes(), before)

        weights.unlink()
        self.assertEqual(self.json("import", plain, "-o", program)["weights"], "")
        self.assertFalse(weights.exists())
        x = self.write("m.npy", npy("<f4", "(2, 1000)", floats(*range(2000))))
        self.succeed("run", program, "--input", f"x={x}")

    def test_dimensions_are_bound_at_import(self):
        onnx = self.write("m.onnx", model("Add", ["N", 1000], 1000))
        types = [self.json("inspect", onnx, *way)["outputs"][0]["type"]
                 for way in (["--dim", "N=3"], ["--shape", "x=3x1000"])]
        self.assertEqual(types, ["f32[3,1000]"] * 2)
        self.refuse(2, "is no size", "inspect", onnx, "--dim", "N=many")

    def test_a_model_that_cannot_be_imported_tells_every_node(self):
        onnx = self.write("m.onnx", model("Frobnicate", [4], 4))
        self.refuse(7, "the/node (Frobnicate)", "import", onnx, "-o", self.folder / "m.svm")
        self.assertFalse((self.folder / "m.svm").exists())
        self.refuse(2, "does not end with .svm", "import", onnx, "-o", self.folder / "m.out")

    def test_a_program_becomes_a_model_with_or_without_its_weights(self):
        onnx = self.write("m.onnx", model("Add", [2, 1000], 1000))
        x = self.write("m.npy", npy("<f4", "(2, 1000)", floats(*range(2000))))
        w = self.write("w.npy", npy("<f4", "(1000,)", floats(*range(1000))))
        program, apart, whole, given = (self.folder / name for name in ("m.svm", "a.onnx", "b.onnx", "c.onnx"))
        self.succeed("import", onnx, "-o", program)

        told = self.json("export", program, "-o", apart)
        self.assertEqual(list(told), ["id", "model", "nodes", "initialisers", "bytes"])
        self.assertEqual([told["nodes"], told["initialisers"], told["bytes"]], [1, 0, apart.stat().st_size])
        self.assertEqual(self.json("export", program, "-o", whole, "--weights")["initialisers"], 1)
        none = self.run_vm("export", self.program, "-o", self.folder / "p.onnx", "--weights")
        self.assertEqual([none.returncode, none.stderr],
                         [0, f"note: {self.folder}/p.safetensors has no weights: none go into the model\n"])
        self.assertEqual(self.json("export", program, "-o", given, "--input", f"w={w}")["initialisers"], 1)
        self.assertEqual(whole.read_bytes(), given.read_bytes())

        wanted = self.json("run", program, "--input", f"x={x}")["output_root"]
        self.assertEqual(self.json("run", whole, "--input", f"x={x}")["output_root"], wanted)
        self.assertEqual(self.json("run", apart, "--input", f"x={x}", "--input", f"w={w}")["output_root"], wanted)

    def test_a_program_that_cannot_be_exported_tells_every_node(self):
        angle = small_program().replace(node(ADD, reference("node", 0), reference("constant", 0)),
                                        node(ATAN2, reference("node", 0), reference("constant", 0)))
        program, out = self.write("angle.svm", angle), self.folder / "m.onnx"
        self.refuse(7, "1 nodes cannot be exported: node_1 (atan2): ONNX has no angle", "export", program, "-o", out)
        self.assertFalse(out.exists())
        self.refuse(2, "does not end with .onnx", "export", program, "-o", self.folder / "m.out")
        self.refuse(2, "the program has no input 'z'", "export", self.program, "-o", out, "--input", f"z={self.x}")


if __name__ == "__main__":
    unittest.main()
