import Foundation
import KernelSupport
import Notebook
import Testing
import bench

@Test(arguments: [
  ([], "a command is missing; expected bench kernels|models [options]"),
  (["kernel"], "'kernel' is no command; expected bench kernels|models [options]"),
  (["kernels", "relu"], "'relu': unexpected; bench kernels takes options only"),
  (["kernels", "--only", "reul"], "--only: 'reul' is unknown; expected one of dot, "),
  (["kernels", "--threads", "0"], "--threads: '0' is "),
  (["kernels", "--shape", "64x64"], "--shape: '64x64' is no shape; "),
  (["kernels", "--shape", "64x0x64"], "--shape: '64x0x64' is no shape; "),
  (["kernels", "--shape", "8x8x8", "--only", "relu"], "--shape: '8x8x8' is not in the table; "),
  (["kernels", "--shape", "8x8x8", "--transposed", "up"], "--transposed: 'up' is unknown; "),
  (["kernels", "--transposed", "left"], "--transposed: tells how the matrix product "),
  (["models", "--only", "mpl"], "--only: 'mpl' is unknown; expected one of mlp, mlp_wide"),
  (["models", "--kernels", "slow"], "--kernels: 'slow' is unknown; expected naive or fast"),
  (["models", "--shape", "8x8x8"], "--shape: unknown option; "),
])
func `a wrong command line is a usage error that says what was expected`(
  words: [String], line: String
) throws {
  let error = try #require(throws: UsageError.self) { try bench(words) }
  #expect(error.description.hasPrefix(line))
  #expect(error.exitStatus == .usage)
}

@Test func `details are timed only by name`() throws {
  let everything = try KernelsCommand(Arguments([], understanding: KernelsCommand.options))
  #expect(everything.cases.contains { $0.kernel == "relu" })
  #expect(!everything.cases.contains { $0.shape == "2048x2048x2048" })
  let products = try KernelsCommand(
    Arguments(["--only", "matmul"], understanding: KernelsCommand.options))
  #expect(products.cases.allSatisfy { $0.kernel == "matmul" })
  for size in [64, 128, 256, 512, 1024, 2048] {
    #expect(products.cases.contains { $0.shape == "\(size)x\(size)x\(size)" })
  }
}

@Test func `a shape is an M by K and a K by N matrix`() throws {
  let arguments = try Arguments(["--shape", "2x3x5"], understanding: KernelsCommand.options)
  let item = try #require(try KernelsCommand(arguments).cases.first)
  #expect(item.cost == .arithmetic(operations: 2 * 2 * 3 * 5))
  #expect(item.prepare().initial[0].count == 2 * 3)
}

@Test func `a kernel's line of JSON has the agreed keys`() throws {
  let row = KernelRow(
    item: .product(512, 512, 512), threads: 1, seconds: [.fast: 0.002], bound: 200e9)
  #expect(
    row.json == [
      #"{"kernel":"matmul","shape":"512x512x512","backend":"fast","threads":1,"#
        + #""microseconds":2000.000,"gflops":134.218,"share":0.671}"#
    ])
  #expect(row.texts[3] == "–" && row.texts[6] == "–")
}

@Test func `a kernel bound by memory is measured in bytes moved`() {
  let item = KernelCase(
    kernel: "scale", shape: "1000", cost: .memory(.update, elements: 1000),
    prepare: { KernelTrial(changing: [[]], tolerance: 0) { _, _ in } })
  let row = KernelRow(item: item, threads: 2, seconds: [.naive: 2e-6, .fast: 1e-6], bound: 16e9)
  let bytes = 2 * 1000 * MemoryLayout<Scalar>.stride
  #expect(row.json[0].contains(#""backend":"naive","threads":2,"microseconds":2.000,"gbps":"#))
  #expect(row.json[1].contains(#""gbps":\#(bytes / 1000).000,"#))
  #expect(row.texts[6] == "2.0×")
}

@Test func `a model's line of JSON is as the peers print it`() throws {
  let model = try #require(TrainingModel.all.first)
  let training = model.prepare()
  let row = ModelRow(
    model: model, backend: .fast, threads: 2, seconds: 1e-4,
    parameterCount: training.parameters.scalarCount)
  #expect(
    row.json
      == #"{"model":"mlp","peer":"swift","backend":"fast","threads":2,"batch":32,"#
      + #""ms_per_step":0.1000,"params":55050}"#)
}

@Test(arguments: [("mlp", 55_050), ("mlp_wide", 669_706), ("cnn", 93_322), ("resnet", 174_970)])
func `a model learns as many numbers as the peers' model`(name: String, count: Int) throws {
  let model = try #require(TrainingModel.all.first { $0.name == name })
  let training = model.prepare()
  #expect(training.parameters.scalarCount == count)
  training.step()
  #expect(training.parameters.allSatisfy { $0.variable.gradient != nil })
}

@Test func `the median is in the middle`() {
  #expect(median([3]) == 3)
  #expect(median([1, 9, 2]) == 2)
  #expect(median([4, 1, 3, 2]) == 2.5)
}
