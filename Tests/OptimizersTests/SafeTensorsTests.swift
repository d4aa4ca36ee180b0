import Backprop
import Foundation
import KernelSupport
import Optimizers
import TestSupport
import Testing

/// A file with the given header and data, the length of the header before it.
func safeTensorsFile(_ header: String, data: [UInt8] = []) -> [UInt8] {
  let length = UInt64(header.utf8.count)
  return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8) + data
}

private func fixture(_ name: String, testFile: String = #filePath) -> String {
  URL(filePath: testFile).deletingLastPathComponent()
    .appending(path: "Fixtures/\(name).safetensors").path
}

/// What `safetensors_exchange.py` writes, in numbers of type `Number`.
private func exchanged<Number: BinaryFloatingPoint>(as type: Number.Type) -> SafeTensors {
  func tensor(_ numbers: [Double], _ shape: [Int]) -> Tensor {
    Tensor(numbers.map { Scalar(Number($0)) }, shape: shape)
  }
  return SafeTensors(
    [
      "0.weight": tensor([1, -0.0, 2.5, 3e38, 1e-45, -.infinity], [2, 3]),
      "0.bias": tensor([0.1, -0.2, 1 / 3], [3]),
      "temperature": tensor([0.7], []),
      "nothing": tensor([], [0, 4]),
    ],
    metadata: ["note": "é, \"quoted\"\n\\", "training": #"{"step":3}"#])
}

@Suite struct SafeTensorsTests {
  @Test func `a file that Python wrote in single precision is read`() throws {
    let found = try SafeTensors(contentsOf: fixture("python_f32"))
    #expect(found == exchanged(as: Float.self))
    #expect(found.tensors["0.weight"]?.elements[1].sign == .minus, "−0 equals 0")
  }

  @Test func `a file that Python wrote in double precision is converted`() throws {
    #expect(try SafeTensors(contentsOf: fixture("python_f64")) == exchanged(as: Double.self))
  }

  /// Python checks that it reads this very file.
  @Test(.enabled(if: MemoryLayout<Scalar>.size == 4, "the file is in single precision"))
  func `the file that Python reads is what Swift writes`() throws {
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: fixture("swift"))))
    #expect(exchanged(as: Float.self).encoded == bytes)
  }

  @Test(.enabled(if: MemoryLayout<Scalar>.size == 4, "the layout is that of single precision"))
  func `names are sorted, and data begin at a multiple of eight`() throws {
    let contents = SafeTensors(
      ["b": Tensor([1, -2], shape: [1, 2]), "a": Tensor(0.5)], metadata: ["k": "v"])
    let header =
      #"{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"#
      + #""b":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]}}"#
    let padding = String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    #expect(
      contents.encoded
        == safeTensorsFile(
          header + padding, data: [0, 0, 0, 0x3F, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]))
  }

  @Test(arguments: 0..<9) func `any length of header is padded to a multiple of eight`(
    length: Int
  ) {
    let name = String(repeating: "n", count: length)
    let bytes = SafeTensors([name: Tensor(1)]).encoded
    #expect((bytes.count - MemoryLayout<Scalar>.size) % 8 == 0)
    #expect(bytes[0] % 8 == 0)
  }

  @Test func `what is written is read again, to the last bit`() throws {
    var generator = SeededGenerator(seed: 4)
    let shapes = [[], [0], [1], [7], [3, 5], [2, 0, 3], [1, 1, 1, 17]]
    var tensors: [String: Tensor] = ["": Tensor(.infinity), "a\"\\/\u{1F}\u{0}é😀": Tensor(-0.0)]
    for shape in shapes {
      tensors["layer.\(shape)"] = Initializer.gaussian(standardDeviation: 1).tensor(
        shape: [1] + shape, using: &generator
      ).reshaped(shape)
    }
    let contents = SafeTensors(tensors, metadata: ["": "", "\u{7F}\n\t": "\u{1}\r€"])
    let read = try SafeTensors(decoding: contents.encoded, file: "f")
    #expect(read == contents)
    #expect(read.encoded == contents.encoded)
    #expect(try SafeTensors(decoding: SafeTensors([:]).encoded, file: "f") == SafeTensors([:]))
  }

  @Test func `a file is replaced, and its folder made`() throws {
    let folder = try TemporaryFolder()
    let file = folder.path("new/model.safetensors")
    for number: Scalar in [1, 2] {
      let contents = SafeTensors(["x": Tensor(number)])
      try contents.write(to: file)
      #expect(try SafeTensors(contentsOf: file) == contents)
    }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path("new"))
        == ["model.safetensors"])
  }

  /// Files are read in pieces of a megabyte: a tensor of several, one that ends where a piece does, a small one.
  @Test func `a large tensor is read piece by piece`() throws {
    let counts = [600_007, 1 << 18, 5]
    var tensors: [String: Tensor] = [:]
    for (index, count) in counts.enumerated() {
      tensors["\(index)"] = Tensor((0..<count).map { Scalar($0 + index) }, shape: [count])
    }
    let contents = SafeTensors(tensors)
    let folder = try TemporaryFolder()
    try contents.write(to: folder.path("large"))
    #expect(try SafeTensors(contentsOf: folder.path("large")) == contents)
    #expect(try SafeTensors(decoding: contents.encoded, file: "f") == contents)
  }

  @Test(arguments: [
    #"{"x":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}"#,
    "{ \"x\"\t:\n{\r \"data_offsets\" : [ 0 , 8 ] , \"shape\" : [ 1 ] , \"dtype\" : \"F64\" } }\n ",
    #"{"\u0078":{"\u0064type":"F\u0036\u0034","shape":[1],"data_offsets":[0,8]},"__metadata__":{}}"#,
  ])
  func `JSON may be written in several ways`(header: String) throws {
    let file = safeTensorsFile(header, data: [0, 0, 0, 0, 0, 0, 0xF8, 0x3F])
    #expect(try SafeTensors(decoding: file, file: "f").tensors["x"]?.elements == [1.5])
  }

  /// A network with batch normalisation, as PyTorch writes it: one counter is no reason to refuse the rest.
  @Test func `what can be read is read, and the rest is named`() throws {
    let header =
      #"{"bn.count":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"#
      + #""half":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},"#
      + #""brain":{"dtype":"BF16","shape":[2],"data_offsets":[12,16]},"#
      + #""code":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[16,19]},"#
      + #""mask":{"dtype":"BOOL","shape":[1],"data_offsets":[19,20]}}"#
    let data: [UInt8] =
      [7, 0, 0, 0, 0, 0, 0, 0] + [0, 0x3E, 1, 0x80] + [0xC0, 0x3F, 0x80, 0xFF] + [1, 2, 3] + [1]
    let contents = try SafeTensors(decoding: safeTensorsFile(header, data: data), file: "f")
    #expect(contents.tensors.keys == ["brain", "half", "mask"])
    #expect(contents.tensors["half"]?.elements == [1.5, -0x1p-24])
    #expect(contents.tensors["brain"]?.elements == [1.5, -.infinity])
    #expect(contents.tensors["mask"]?.elements == [1])
    #expect(contents.skipped == ["bn.count": "I64", "code": "F8_E4M3"])
  }

  @Test func `names that differ in their Unicode form only are two names`() throws {
    let (one, two) = ("caf\u{E9}", "cafe\u{301}")
    #expect(one == two, "to Swift they are one text")
    let header =
      #"{"\#(one)":{"dtype":"F64","shape":[],"data_offsets":[0,8]},"#
      + #""\#(two)":{"dtype":"F64","shape":[],"data_offsets":[8,16]}}"#
    let data: [UInt8] = [0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0x40]
    var contents = try SafeTensors(decoding: safeTensorsFile(header, data: data), file: "f")
    #expect(contents.tensors[one]?.elements == [1.5])
    #expect(contents.tensors[two]?.elements == [2])
    #expect(try SafeTensors(decoding: contents.encoded, file: "f") == contents)
    contents.tensors[one] = nil
    #expect(contents.tensors.count == 1)
    #expect(SafeTensors([one: Tensor(1)]) != SafeTensors([two: Tensor(1)]))
  }

  @Test func `a tensor cannot take the name of the metadata`() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var contents = SafeTensors(["x": Tensor(1)])
      contents.tensors["__metadata__"] = Tensor(2)
    }
    let said = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(said.contains("Fatal error: SafeTensors: '__metadata__' cannot be a tensor's name"))
  }

  @Test func `a folder, a pipe and a file beside it are left alone`() throws {
    let folder = try TemporaryFolder()
    try folder.write("mine", to: "model.partial/note")
    try SafeTensors(["x": Tensor(1)]).write(to: folder.path("model"))
    #expect(folder.text("model.partial/note") == "mine")
    #expect(throws: SafeTensorsError.unwritable(file: folder.url.path, reason: "it is a folder")) {
      try SafeTensors([:]).write(to: folder.url.path)
    }
    #expect(throws: SafeTensorsError.unreadable(file: folder.url.path, reason: "it is a folder")) {
      try SafeTensors(contentsOf: folder.url.path)
    }
  }

  @Test(arguments: [
    (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{C}\n\r\t"), (#"\u00e9\u20AC\uD83D\ude00"#, "é€😀"),
    ("é€😀", "é€😀"),
  ])
  func `escape sequences are read`(escaped: String, text: String) throws {
    let file = safeTensorsFile(#"{"__metadata__":{"k":"\#(escaped)"}}"#)
    #expect(try SafeTensors(decoding: file, file: "f").metadata == ["k": text])
  }
}
