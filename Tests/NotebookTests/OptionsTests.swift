import KernelSupport
import Notebook
import Testing

@Test func `options are read with a space and with an equals sign`() throws {
  let options = try NotebookOptions(
    [
      "--data", "folder", "--kernels=naive", "--threads", "3", "--seed=7", "--epochs", "2",
      "--until=train", "--figures", "out", "--metrics=m.jsonl", "--record", "r.json",
      "--save", "new.safetensors", "--load=old.safetensors",
    ], takes: [.epochs, .checkpoints])
  #expect(options.data == "folder")
  #expect(options.kernels == .naive)
  #expect(options.threads == 3)
  #expect(options.seed == 7)
  #expect(options.epochs == 2)
  #expect(options.until == "train")
  #expect(options.figures == "out")
  #expect(options.metrics == "m.jsonl")
  #expect(options.record == "r.json")
  #expect(options.save == "new.safetensors")
  #expect(options.load == "old.safetensors")
}

@Test func `a notebook without options has the standard ones`() throws {
  let options = try NotebookOptions([], takes: [.epochs, .checkpoints])
  #expect(options.kernels == .fast)
  #expect(options.threads == Threads.available)
  #expect(options.seed == 1)
  #expect(options.figures == nil)
  #expect(options.data == nil && options.epochs == nil && options.until == nil)
  #expect(options.save == nil && options.load == nil)
  #expect(!options.listsCells && !options.showsHelp)
}

@Test(arguments: [
  (["--speed"], "--speed: unknown option"),
  (["-x"], "-x: unknown option"),
  (["--data"], "--data: a value is missing; expected --data DIR"),
  (["--data="], "--data: a value is missing"),
  (["--data", "--list"], "--data: a value is missing"),
  (["--list=yes"], "--list: takes no value"),
  (["--threads", "0"], "--threads: '0' is not a whole number from 1 to 1024"),
  (["--threads", "two"], "--threads: 'two'"),
  (["--threads", "2.5"], "--threads: '2.5'"),
  (["--threads", "99999999999999999999"], "--threads: '99999999999999999999'"),
  (["--epochs", "-1"], "--epochs: '-1' is not a whole number from 1"),
  (["--seed", "-1"], "--seed: '-1' is not a whole number from 0"),
  (["--seeds", "1"], "--seeds: '1' is not a whole number from 2 to 1000"),
  (["--seeds", "3", "--metrics", "m"], "--seeds: cannot go with --metrics"),
  (["--load", "c", "--seeds", "3"], "--seeds: cannot go with --load"),
  (["--kernels", "slow"], "--kernels: 'slow' is unknown; expected naive or fast"),
  (["digits"], "'digits': unexpected"),
  (["--seed", "1", "--seed=1"], "--seed: given twice"),
  (["--list", "--list"], "--list: given twice"),
  (["--save", "a", "--metrics", "b/../a"], "--metrics: the same file as --save"),
  (["--metrics", "a", "--record", "./a"], "--record: the same file as --metrics"),
])
func `a wrong command line is answered in one line`(words: [String], line: String) {
  let error = #expect(throws: UsageError.self) {
    try NotebookOptions(words, takes: [.epochs, .checkpoints])
  }
  #expect(error?.description.hasPrefix(line) == true, "\(error?.description ?? "")")
  #expect(error?.exitStatus == .usage)
}

@Test(arguments: [
  ("--epochs", NotebookInputs.epochs), ("--save", .checkpoints), ("--load", .checkpoints),
  ("--text", .text),
])
func `a notebook knows those options only that have a meaning for it`(
  option: String, input: NotebookInputs
) throws {
  let all: NotebookInputs = [.epochs, .checkpoints, .text]
  #expect(throws: UsageError("\(option): unknown option; --help lists those that exist")) {
    try NotebookOptions([option, "2"], takes: all.subtracting(input))
  }
  _ = try NotebookOptions([option, "2"], takes: input)
}

@Test func `help aligns what it says about options`() {
  let text = helpText(
    usage: "book [options]", purpose: "Runs.",
    options: [CommandOption("--check", help: "a"), CommandOption("--data", "DIR", help: "b")])
  #expect(text == "usage: book [options]\nRuns.\n\n  --check     a\n  --data DIR  b")
}
